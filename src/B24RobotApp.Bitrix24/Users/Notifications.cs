using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>Notifications in the messenger; scope <c>im</c>. Source: chats/notifications/*.md.</summary>
public static class Notifications
{
    /// <summary><c>im.notify.system.add</c>: from the portal itself.</summary>
    /// <param name="userId">Who gets it.</param>
    /// <param name="message">BB code.</param>
    /// <param name="tag">A later notification with the same tag replaces this one.</param>
    public static Call System(long userId, string message, string tag) =>
        new("im.notify.system.add", new JsonObject { ["USER_ID"] = userId, ["MESSAGE"] = message, ["TAG"] = tag }, Writes: true);
}
