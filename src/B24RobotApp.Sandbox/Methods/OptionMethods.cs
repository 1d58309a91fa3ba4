using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary>Values that a portal keeps for an application, for all or for one user.</summary>
internal static class OptionMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("app.option.get", null, call => Get(call, Application(call).Options));
        table.Add("app.option.set", null, SetForAll);
        table.Add("user.option.get", null, call => Get(call, OfUser(call)));
        table.Add("user.option.set", null, call => Set(call, OfUser(call)));
    }

    private static JsonNode SetForAll(RestCall call)
    {
        var options = Application(call).Options;
        return call.User.IsAdmin ? Set(call, options) : throw RestErrors.AccessDenied("Administrator authorization required");
    }

    private static JsonNode? Get(RestCall call, JsonObject options) =>
        call.Parameters["option"].AsText() is { } option ? options[option]?.DeepClone() : options.DeepClone();

    private static JsonNode Set(RestCall call, JsonObject options)
    {
        // Without "options" the parameters themselves are the options.
        var given = call.Parameters["options"] is { } node ? node.AsMap() ?? [] : call.Parameters;
        if (given.Count == 0)
        {
            throw RestErrors.ArgumentNull("options");
        }
        foreach (var (key, value) in given)
        {
            options[key] = value?.DeepClone();
        }
        return true;
    }

    private static JsonObject OfUser(RestCall call)
    {
        var app = Application(call);
        if (!app.UserOptions.TryGetValue(call.User.Id, out var options))
        {
            app.UserOptions.Add(call.User.Id, options = []);
        }
        return options;
    }

    private static AppInstallation Application(RestCall call) =>
        call.App ?? throw RestErrors.AccessDenied("Application context required");
}
