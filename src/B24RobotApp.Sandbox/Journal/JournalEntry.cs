using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Journal;

/// <summary>One HTTP request to a portal or to the authorization server. Holds no token and no secret.</summary>
public sealed record JournalEntry
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>The method in lower case, or the path for what is not REST.</summary>
    public required string Method { get; init; }

    /// <summary>Its parameters without credentials; empty for a batch.</summary>
    public JsonObject? Parameters { get; init; }

    /// <summary>The sub-calls of a batch, in order.</summary>
    public IReadOnlyList<JournalCall> Calls { get; init; } = [];

    /// <summary>Who called, such as "app local.1 as user 7", "webhook of user 1" or "nobody".</summary>
    public string Caller { get; init; } = "nobody";

    public string SourceAddress { get; init; } = "";

    /// <summary>HTTP status; 0 if the connection was cut.</summary>
    public int Status { get; init; }

    /// <summary>The error's code, if the answer was one.</summary>
    public string? Error { get; init; }

    /// <summary>The fault that struck, if one did.</summary>
    public string? Fault { get; init; }

    /// <summary>What broke inside the sandbox: a defect of its own.</summary>
    public string? Defect { get; init; }

    public TimeSpan Duration { get; init; }

    internal int Weight => 1 + Calls.Count;
}
