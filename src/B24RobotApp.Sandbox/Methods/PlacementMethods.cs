using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary><c>placement.*</c>: widgets of an application.</summary>
internal static class PlacementMethods
{
    /// <summary>Places where only one widget of an application may be.</summary>
    private static readonly string[] Single = ["PAGE_BACKGROUND_WORKER", "REST_APP_URI"];

    public static void Register(RestMethodTable table)
    {
        table.Add("placement.list", "placement", List);
        table.Add("placement.bind", "placement", Bind);
        table.Add("placement.unbind", "placement", Unbind);
        table.Add("placement.get", "placement", Get);
    }

    private static JsonArray List(RestCall call)
    {
        var app = Application(call);
        var upper = call.UpperCased();
        var scope = upper["SCOPE"].AsText();
        var codes = KnownPlacements.ByScope
            .Where(group => string.IsNullOrEmpty(scope) ? !upper["FULL"].IsEmpty() || app.Scopes.Contains(group.Key) : group.Key == scope)
            .SelectMany(group => group.Value);
        return new JsonArray([.. codes.Select(code => JsonValue.Create(code))]);
    }

    private static JsonNode Bind(RestCall call)
    {
        var app = Administrated(call);
        var upper = call.UpperCased();
        var code = (upper["PLACEMENT"].AsText() ?? "").ToUpperInvariant();
        // Documented: these errors come with status 200.
        if (code.Length == 0)
        {
            throw RestErrors.ArgumentNull("PLACEMENT", 200);
        }
        if (code == "DEFAULT")
        {
            throw RestErrors.Argument("Wrong value", "PLACEMENT", 200);
        }
        if (string.IsNullOrEmpty(upper["HANDLER"].AsText()))
        {
            throw RestErrors.ArgumentNull("HANDLER", 200);
        }

        var handler = HandlerAddress.Check(upper["HANDLER"].AsText(), app);
        if (!KnownPlacements.ByScope.Any(group => app.Scopes.Contains(group.Key) && group.Value.Contains(code)))
        {
            throw new RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found");
        }
        if ((upper["USER_ID"].AsLong() ?? 0) > 0 && code != "PAGE_BACKGROUND_WORKER")
        {
            throw new RestError("ERROR_PLACEMENT_USER_MODE", "User mode is not available.", 200);
        }
        if (Single.Contains(code) && app.Placements.Any(bound => bound.Placement == code))
        {
            throw new RestError("ERROR_PLACEMENT_MAX_COUNT", "Placement max count", 200);
        }
        if (app.Placements.Any(bound => bound.Placement == code && bound.Handler == handler))
        {
            throw RestErrors.Core("Unable to set placement handler: Handler already binded");
        }

        var languages = Languages(upper["LANG_ALL"].AsMap() ?? []);
        app.PlacementBindings.Add(new PlacementBinding
        {
            Id = call.Portal.NewBindingId(),
            Placement = code,
            Handler = handler,
            Title = upper["TITLE"].AsText()?.Trim() ?? languages.FirstOrDefault().Value?["TITLE"].AsText() ?? "",
            Description = upper["DESCRIPTION"].AsText()?.Trim() ?? "",
            Languages = languages,
            Options = (JsonObject?)upper["OPTIONS"].AsMap()?.DeepClone() ?? [],
        });
        return true;
    }

    private static JsonObject Unbind(RestCall call)
    {
        var app = Administrated(call);
        var upper = call.UpperCased();
        var code = (upper["PLACEMENT"].AsText() ?? "").ToUpperInvariant();
        var handler = upper["HANDLER"].AsText();
        if (code.Length == 0)
        {
            throw RestErrors.ArgumentNull("PLACEMENT");
        }
        var removed = app.PlacementBindings.RemoveAll(bound => bound.Placement == code && bound.RobotCode is null
            && (string.IsNullOrEmpty(handler) || bound.Handler.OriginalString == handler));
        // Newer portals count each handler when they find it and once more when it is gone.
        return new JsonObject { ["count"] = call.Portal.Settings.Generation == PortalGeneration.Newest ? removed * 2 : removed };
    }

    private static JsonArray Get(RestCall call)
    {
        var app = Administrated(call);
        return new JsonArray([.. app.PlacementBindings.Select(bound => new JsonObject
        {
            ["placement"] = bound.Placement,
            ["userId"] = 0,
            ["handler"] = bound.Handler.OriginalString,
            ["options"] = bound.Options.DeepClone(),
            ["title"] = bound.Title,
            ["description"] = bound.Description,
            ["langAll"] = bound.Languages.DeepClone(),
        })]);
    }

    private static JsonObject Languages(JsonObject given) => new(given.Select(language => KeyValuePair.Create(language.Key, (JsonNode?)new JsonObject
    {
        ["TITLE"] = language.Value?["TITLE"].AsText() ?? "",
        ["DESCRIPTION"] = language.Value?["DESCRIPTION"].AsText() ?? "",
        ["GROUP_NAME"] = language.Value?["GROUP_NAME"].AsText() ?? "",
    })));

    private static AppInstallation Application(RestCall call) => call.App ?? throw RestErrors.WrongAuthType("Application context required");

    private static AppInstallation Administrated(RestCall call)
    {
        var app = Application(call);
        return call.User.IsAdmin ? app : throw RestErrors.AccessDenied();
    }
}
