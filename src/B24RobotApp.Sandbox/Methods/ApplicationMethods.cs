using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary>What a caller can ask about himself, the application and the portal.</summary>
internal static class ApplicationMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("scope", null, Scope);
        table.Add("methods", null, call => Methods(call, table));
        table.Add("method.get", null, call => Method(call, table));
        table.Add("app.info", null, AppInfo);
        table.Add("profile", null, Profile);
        table.Add("feature.get", null, Feature);
        table.Add("server.time", null, call => TimeBlock.Iso(call.Portal, call.Portal.Now));
    }

    private static JsonArray Scope(RestCall call)
    {
        var scopes = call.UpperCased()["FULL"].IsEmpty() ? call.Scopes : KnownScopes.All;
        return new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]);
    }

    private static JsonArray Methods(RestCall call, RestMethodTable table)
    {
        var upper = call.UpperCased();
        var scope = upper["SCOPE"].AsText();
        var names = table.All
            .Where(method => method.Requires?.Invoke(call.Portal.Settings) ?? true)
            .Where(method => scope switch
            {
                "" => method.Scope is null,
                not null => method.Scope == scope,
                null => !upper["FULL"].IsEmpty() || method.Scope is null || call.Scopes.Contains(method.Scope),
            })
            .Select(method => JsonValue.Create(method.Name));
        return new JsonArray([.. names]);
    }

    private static JsonObject Method(RestCall call, RestMethodTable table)
    {
        var method = table.Find(call.Parameters["name"].AsText() ?? "");
        var exists = method is not null && (method.Requires?.Invoke(call.Portal.Settings) ?? true);
        return new JsonObject
        {
            ["isExisting"] = exists,
            ["isAvailable"] = exists
                && (method!.Scope is null || call.Scopes.Contains(method.Scope) || method.OtherScopes.Any(call.Scopes.Contains)),
        };
    }

    private static JsonObject AppInfo(RestCall call)
    {
        if (call.App is not { } app)
        {
            throw RestErrors.AccessDenied("Application context required");
        }
        var license = call.Portal.Settings.License;
        var type = license[(license.IndexOf('_', StringComparison.Ordinal) + 1)..];
        return new JsonObject
        {
            ["ID"] = app.Id,
            ["CODE"] = app.ClientId,
            ["VERSION"] = 1,
            ["STATUS"] = "L",
            ["INSTALLED"] = app.IsInstalled,
            ["PAYMENT_EXPIRED"] = "N",
            ["DAYS"] = null,
            ["LANGUAGE_ID"] = call.Portal.Settings.Language,
            ["LICENSE"] = license,
            ["LICENSE_TYPE"] = type,
            ["LICENSE_FAMILY"] = type.TrimEnd("0123456789".ToCharArray()),
        };
    }

    private static JsonObject Profile(RestCall call) => new()
    {
        ["ID"] = call.User.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["ADMIN"] = call.User.IsAdmin,
        ["NAME"] = call.User.Name,
        ["LAST_NAME"] = call.User.LastName,
        ["PERSONAL_GENDER"] = "",
        ["TIME_ZONE"] = "",
        ["TIME_ZONE_OFFSET"] = (long)(call.Portal.ServerOffset + call.User.ZoneOffset).TotalSeconds,
    };

    private static JsonObject Feature(RestCall call)
    {
        var code = call.UpperCased()["CODE"].AsText();
        return string.IsNullOrEmpty(code)
            ? throw new RestError("CODE_EMPTY", "CODE can't be empty")
            : new JsonObject { ["value"] = call.Portal.Settings.Features.Contains(code) ? "Y" : "N" };
    }
}
