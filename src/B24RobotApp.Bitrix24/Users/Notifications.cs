using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>Notifications in the messenger; scope <c>im</c>. Source: chats/notifications/im-notify-system-add.md, im-notify-personal-add.md.</summary>
public static class Notifications
{
    /// <summary><c>im.notify.system.add</c>: from the portal itself.</summary>
    /// <param name="userId">Who gets it.</param>
    /// <param name="message">BB code.</param>
    /// <param name="tag">A later notification of the app with the same tag replaces this one.</param>
    /// <param name="clientId">Any text; with a webhook the portal takes a tag only together with it.</param>
    public static Call System(long userId, string message, string tag, string? clientId = null) => Add("im.notify.system.add", userId, message, tag, clientId);

    /// <summary><c>im.notify.personal.add</c>: from the token's user.</summary>
    /// <inheritdoc cref="System"/>
    public static Call Personal(long userId, string message, string tag, string? clientId = null) => Add("im.notify.personal.add", userId, message, tag, clientId);

    /// <summary>The notification's id; <see langword="null"/> if the portal answered <c>false</c>, as it does when the user does not want any.</summary>
    public static long? ReadId(CallResult result) => result.Result.AsLong();

    private static Call Add(string method, long userId, string message, string tag, string? clientId)
    {
        var parameters = new JsonObject { ["USER_ID"] = userId, ["MESSAGE"] = message, ["TAG"] = tag };
        if (clientId is not null)
        {
            parameters["CLIENT_ID"] = clientId;
        }

        return new Call(method, parameters, Writes: true);
    }
}
