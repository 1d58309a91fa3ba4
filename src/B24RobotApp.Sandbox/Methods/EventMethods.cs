using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary><c>event.*</c>: handlers of online events. The offline queue is not here: binding to it is refused.</summary>
internal static class EventMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("events", null, List);
        table.Add("event.bind", null, Bind);
        table.Add("event.unbind", null, Unbind);
        table.Add("event.get", null, Get);
        table.Add("event.test", null, Test);
    }

    private static JsonArray List(RestCall call)
    {
        var app = Application(call);
        var upper = call.UpperCased();
        var scope = upper["SCOPE"].AsText();
        var names = KnownEvents.Of(call.Portal)
            .Where(group => string.IsNullOrEmpty(scope)
                ? group.Key == "" || scope is null && (!upper["FULL"].IsEmpty() || app.Scopes.Contains(group.Key))
                : group.Key == scope)
            .SelectMany(group => group.Value);
        return new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
    }

    private static JsonNode Bind(RestCall call)
    {
        var app = Application(call);
        var upper = call.UpperCased();
        var name = (upper["EVENT"].AsText() ?? "").ToUpperInvariant();
        var userId = upper["AUTH_TYPE"].AsLong() ?? 0;
        if (userId > 0 && userId != call.User.Id && !call.User.IsAdmin)
        {
            throw RestErrors.AccessDenied("Event binding with AUTH_TYPE requires administrator access rights");
        }
        if (userId <= 0 && !call.User.IsAdmin)
        {
            userId = call.User.Id;
        }
        if (name.Length == 0)
        {
            throw RestErrors.ArgumentNull("EVENT");
        }
        CheckOnline(upper, call, "binding");
        if (string.IsNullOrEmpty(upper["HANDLER"].AsText()))
        {
            throw RestErrors.ArgumentNull("HANDLER");
        }

        var handler = HandlerAddress.Check(upper["HANDLER"].AsText(), app);
        if (!KnownEvents.Of(call.Portal).Any(group => (group.Key == "" || app.Scopes.Contains(group.Key)) && group.Value.Contains(name)))
        {
            throw new RestError("ERROR_EVENT_NOT_FOUND", "Event not found");
        }
        if (app.EventBindings.Any(bound => bound.Event == name && bound.Handler == handler && bound.UserId == userId))
        {
            throw RestErrors.Core("Unable to set event handler: Handler already binded");
        }
        app.EventBindings.Add(new EventBinding(call.Portal.NewBindingId(), name, handler, userId));
        return true;
    }

    private static JsonObject Unbind(RestCall call)
    {
        var app = Application(call);
        var upper = call.UpperCased();
        var name = (upper["EVENT"].AsText() ?? "").ToUpperInvariant();
        var handler = upper["HANDLER"].AsText();
        if (name.Length == 0)
        {
            throw RestErrors.ArgumentNull("EVENT");
        }
        CheckOnline(upper, call, "unbinding");
        if (string.IsNullOrEmpty(handler))
        {
            throw RestErrors.ArgumentNull("HANDLER");
        }

        long? userId = upper.ContainsKey("AUTH_TYPE") ? upper["AUTH_TYPE"].AsLong() ?? 0 : null;
        if (userId is not null && userId != call.User.Id && !call.User.IsAdmin)
        {
            throw RestErrors.AccessDenied("Event unbinding with AUTH_TYPE requires administrator access rights");
        }
        userId ??= call.User.IsAdmin ? null : call.User.Id;
        var count = app.EventBindings.RemoveAll(bound =>
            bound.Event == name && bound.Handler.OriginalString == handler && (userId is null || bound.UserId == userId));
        return new JsonObject { ["count"] = count };
    }

    private static JsonArray Get(RestCall call)
    {
        var bindings = Application(call).EventBindings
            .Where(bound => call.User.IsAdmin || bound.UserId == call.User.Id)
            .Select(bound => new JsonObject
            {
                ["event"] = bound.Event,
                ["handler"] = bound.Handler.OriginalString,
                ["auth_type"] = bound.UserId.ToString(CultureInfo.InvariantCulture),
                ["offline"] = 0,
            });
        return new JsonArray([.. bindings]);
    }

    private static JsonNode Test(RestCall call)
    {
        var app = Application(call);
        call.Portal.Events.RaiseTest(app, (JsonObject)call.Parameters.DeepClone(), call.User.Id);
        return 1;
    }

    private static void CheckOnline(JsonObject upper, RestCall call, string action)
    {
        switch ((upper["EVENT_TYPE"].AsText() ?? "").ToLowerInvariant())
        {
            case "" or "online":
                return;
            case "offline" when !call.User.IsAdmin:
                throw RestErrors.AccessDenied($"Offline events {action} requires administrator access rights");
            case "offline":
                throw new RestError("ERROR_ARGUMENT", "Offline event cannot be registered for this event.");
            default:
                throw RestErrors.Argument("Value must be one of {online|offline}", "EVENT_TYPE");
        }
    }

    private static AppInstallation Application(RestCall call) => call.App ?? throw RestErrors.WrongAuthType();
}
