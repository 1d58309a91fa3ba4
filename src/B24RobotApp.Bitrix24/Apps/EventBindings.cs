using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Apps;

/// <summary>An event that the portal posts to the app.</summary>
/// <param name="Event">Its name in upper case.</param>
/// <param name="Handler">The address it is posted to; empty for an offline event.</param>
/// <param name="UserId">In whose name it comes; 0 for the user who caused it.</param>
/// <param name="IsOffline">Whether it is kept to be fetched instead.</param>
public sealed record EventBinding(string Event, string Handler, long UserId, bool IsOffline);

/// <summary>Events of the app; needs its token, an administrator's for most. They go when the app is deleted or updated. Source: events/event-bind.md, event-get.md, event-unbind.md.</summary>
public static class EventBindings
{
    /// <summary><c>event.bind</c>. A repetition is an error that says so: ask <see cref="List"/> first.</summary>
    public static Call Bind(string name, Uri handler) =>
        new("event.bind", new JsonObject { ["event"] = name, ["handler"] = handler.AbsoluteUri }, Writes: true);

    /// <summary><c>event.unbind</c> for one handler.</summary>
    public static Call Unbind(string name, string handler) =>
        new("event.unbind", new JsonObject { ["event"] = name, ["handler"] = handler }, Writes: true);

    /// <summary><c>event.get</c>: all bindings of the app.</summary>
    public static Call List() => new("event.get", []);

    /// <summary>The bindings listed.</summary>
    public static IReadOnlyList<EventBinding> Read(CallResult result) =>
    [
        .. result.Result.AsList().Select(row => new EventBinding(
            row.Text("event")?.ToUpperInvariant() ?? "", row.Text("handler") ?? "", row.Id("auth_type") ?? 0, row.Property("offline").AsBoolean() == true)),
    ];
}
