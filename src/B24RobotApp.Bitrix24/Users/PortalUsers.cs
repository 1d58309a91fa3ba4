using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>An employee of a portal.</summary>
/// <param name="Id">His id there.</param>
/// <param name="Name">First and last name; empty if the scope does not show them.</param>
/// <param name="Email">His address; empty if the scope does not show it.</param>
/// <param name="IsActive">Whether he still works there.</param>
public sealed record PortalUser(long Id, string Name, string Email, bool IsActive);

/// <summary>
/// A portal's employees; needs one of the scopes <c>user_basic</c> (with e-mail addresses), <c>user_brief</c> or <c>user</c>. Integrators and bots are never listed. Source: user/user-get.md, user-current.md.
/// </summary>
public static class PortalUsers
{
    /// <summary><c>user.get</c>: a page of 50 users by filter, upper-case keys, which may have a prefix such as <c>@</c> for a list of values.</summary>
    public static Call Find(JsonObject filter, int start = 0)
    {
        var parameters = new JsonObject { ["FILTER"] = filter };
        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("user.get", parameters);
    }

    /// <summary><c>user.current</c>: the token's user.</summary>
    public static Call Current() => new("user.current", []);

    /// <summary>The users of a page of <see cref="Find"/>.</summary>
    public static IEnumerable<PortalUser> Read(CallResult result) => result.Result.AsList().Select(ReadUser);

    /// <summary>The user of <see cref="Current"/>.</summary>
    public static PortalUser ReadCurrent(CallResult result) => ReadUser(result.Result);

    private static PortalUser ReadUser(JsonElement user) => new(
        user.Id("ID") ?? 0,
        string.Join(' ', new[] { user.Text("NAME"), user.Text("LAST_NAME") }.Where(part => !string.IsNullOrWhiteSpace(part))),
        user.Text("EMAIL") ?? "",
        user.Property("ACTIVE").AsBoolean() ?? true);
}
