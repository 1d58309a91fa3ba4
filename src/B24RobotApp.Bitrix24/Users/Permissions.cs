using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>What a token or webhook may do; no scope needed. Source: common/system/scope.md, common/system/method-get.md.</summary>
public static class Permissions
{
    /// <summary><c>scope</c>: the scopes of the token or webhook.</summary>
    public static Call Scopes() => new("scope", []);

    /// <summary>The scopes listed.</summary>
    public static IReadOnlySet<string> ReadScopes(CallResult result) =>
        result.Result.AsList().Select(scope => scope.AsText() ?? "").ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary><c>method.get</c>: whether a method exists there and may be called.</summary>
    public static Call Method(string name) => new("method.get", new JsonObject { ["name"] = name });

    /// <summary>Whether the method may be called.</summary>
    public static bool ReadIsAvailable(CallResult result) =>
        result.Result.Property("isExisting").AsBoolean() == true && result.Result.Property("isAvailable").AsBoolean() == true;
}
