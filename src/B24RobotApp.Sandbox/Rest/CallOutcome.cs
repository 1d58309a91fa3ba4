using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>What became of one call.</summary>
internal sealed record CallOutcome
{
    public JsonNode? Result { get; init; }

    /// <summary>Set if it failed; <see cref="Result"/> means nothing then.</summary>
    public RestError? Error { get; init; }

    public int? Total { get; init; }

    public int? Next { get; init; }

    /// <summary>The <c>time</c> block of a success.</summary>
    public JsonObject? Time { get; init; }

    public RestFile? File { get; init; }

    public TimeSpan Cost { get; init; }

    public JsonObject? Parameters { get; init; }

    public string? Defect { get; init; }

    public string? ErrorCode => Error?.Code.AsText();

    public int Status => Error?.Status ?? 200;

    /// <summary>The answer to a plain call.</summary>
    public JsonObject ToBody()
    {
        if (Error is not null)
        {
            return Error.ToBody();
        }
        var body = new JsonObject { ["result"] = Result };
        if (Next is { } next)
        {
            body["next"] = next;
        }
        if (Total is { } total)
        {
            body["total"] = total;
        }
        body["time"] = Time;
        return body;
    }
}
