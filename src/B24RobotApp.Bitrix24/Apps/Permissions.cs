using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Apps;

/// <summary>Whether a method can be called.</summary>
/// <param name="Exists">Whether the portal has it, by its version, modules and plan.</param>
/// <param name="IsAvailable">Whether the scopes of the token or webhook reach it.</param>
public sealed record MethodAvailability(bool Exists, bool IsAvailable);

/// <summary>What a token or a webhook may do; needs no scope. Source: common/system/scope.md, method-get.md.</summary>
public static class Permissions
{
    /// <summary><c>scope</c>: the scopes of the app or webhook.</summary>
    public static Call ListScopes() => new("scope", []);

    /// <summary>The scopes listed.</summary>
    public static IReadOnlySet<string> ReadScopes(CallResult result) =>
        result.Result.AsList().Select(scope => scope.AsText()).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary><c>method.get</c>.</summary>
    /// <param name="name">The method in lower case.</param>
    public static Call CheckMethod(string name) => new("method.get", new JsonObject { ["name"] = name });

    /// <summary>The answer of <see cref="CheckMethod"/>.</summary>
    public static MethodAvailability ReadMethod(CallResult result) =>
        new(result.Result.Property("isExisting").AsBoolean() == true, result.Result.Property("isAvailable").AsBoolean() == true);
}
