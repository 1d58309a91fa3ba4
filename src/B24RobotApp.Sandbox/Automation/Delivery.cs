using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>Something the queue sends to an application: a robot's call or an event. It is sent once.</summary>
public sealed class Delivery(string name, Uri handler, JsonObject form, DateTimeOffset queuedAt)
{
    /// <summary>The robot's code or the event's name.</summary>
    public string Name => name;

    public Uri Handler => handler;

    /// <summary>What is sent, tokens included.</summary>
    public JsonObject Form => form;

    public DateTimeOffset QueuedAt => queuedAt;

    public bool IsRobotCall { get; init; }

    /// <summary>The outgoing webhook that is told; <see langword="null"/> where it is an application.</summary>
    public long? WebhookId { get; init; }

    /// <summary>How often it was posted: once, unless it was doubled on purpose.</summary>
    public int Posts { get; internal set; }

    /// <summary>HTTP status of the handler; <see langword="null"/> until it answered, and if it never did.</summary>
    public int? Status { get; internal set; }

    /// <summary>Why it did not arrive: no connection, no answer in ten seconds, or dropped on purpose.</summary>
    public string? Failure { get; internal set; }

    public TimeSpan Duration { get; internal set; }

    public bool IsDone => Status is not null || Failure is not null;
}
