using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>A portal's employees. Source: user/*.md.</summary>
public static class PortalUsers
{
    /// <summary><c>user.get</c>: users by filter, upper-case keys; needs one of the scopes <c>user_basic</c> (with e-mail addresses), <c>user_brief</c> or <c>user</c>.</summary>
    public static Call Find(JsonObject filter) => new("user.get", new JsonObject { ["FILTER"] = filter });
}
