using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Events;

/// <summary>A handler that the app has bound to an event of the portal.</summary>
/// <param name="Event">The event's name in upper case.</param>
/// <param name="Handler">The address that is posted to.</param>
public sealed record EventBinding(string Event, string Handler);

/// <summary>Handlers of a portal's events; application tokens only. Source: events/event-*.md.</summary>
public static class EventBindings
{
    /// <summary><c>event.get</c>: what the app has bound.</summary>
    public static Call List() => new("event.get", []);

    /// <summary>The bindings of online events listed.</summary>
    public static IReadOnlyList<EventBinding> Read(CallResult result) =>
    [
        .. result.Result.AsList()
            .Where(binding => binding.Property("offline").AsBoolean() != true)
            .Select(binding => new EventBinding((binding.Text("event") ?? "").ToUpperInvariant(), binding.Text("handler") ?? "")),
    ];

    /// <summary><c>event.bind</c>. A pair that is bound already is answered <c>ERROR_CORE</c>.</summary>
    public static Call Bind(string name, Uri handler) =>
        new("event.bind", new JsonObject { ["event"] = name, ["handler"] = handler.AbsoluteUri }, Writes: true);

    /// <summary><c>event.unbind</c>; a pair that is not bound is no error.</summary>
    public static Call Unbind(string name, string handler) =>
        new("event.unbind", new JsonObject { ["event"] = name, ["handler"] = handler }, Writes: true);
}
