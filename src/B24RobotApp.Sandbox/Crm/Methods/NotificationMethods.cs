using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.People;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>im.notify*</c>: notifications of users.</summary>
internal static class NotificationMethods
{
    private const int LongestAttachment = 60_000;

    public static void Register(RestMethodTable table)
    {
        table.Add("im.notify.system.add", "im", call => Add(call, isSystem: true));
        table.Add("im.notify.personal.add", "im", call => Add(call, isSystem: false));
        table.Add("im.notify", "im", call => Add(call, string.Equals(call.Classic("TYPE").AsText(), "SYSTEM", StringComparison.OrdinalIgnoreCase)));
    }

    private static JsonNode Add(RestCall call, bool isSystem)
    {
        var userId = (call.Classic("USER_ID") ?? call.Classic("TO")).ToLong();
        if (userId <= 0)
        {
            throw new RestError("USER_ID_EMPTY", "User ID can't be empty");
        }
        var text = call.Classic("MESSAGE").AsText()?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            throw new RestError("MESSAGE_EMPTY", "Message can't be empty");
        }
        CheckAttachment(call.Classic("ATTACH"));

        // The notification of a user who is not there, or is gone, is not made.
        var notifications = call.Portal.Crm.Data.Notifications;
        if (call.Portal.FindUser(userId) is not { IsActive: true })
        {
            return false;
        }

        var owner = call.App?.ClientId ?? call.Classic("CLIENT_ID").AsText();
        var tag = Tag(owner, call.Classic("TAG").AsText());
        if (tag is not null)
        {
            notifications.RemoveAll(known => known.UserId == userId && known.Tag == tag);
        }
        var notification = new Notification(
            call.Portal.Crm.Data.Next("notification", 12_345), userId, isSystem ? 0 : call.User.Id, text, call.Portal.Now)
        {
            Tag = tag,
            SubTag = Tag(owner, call.Classic("SUB_TAG").AsText()),
        };
        notifications.Add(notification);
        return notification.Id;
    }

    /// <summary>Tags belong to an application; a webhook that names none has no tag.</summary>
    private static string? Tag(string? owner, string? tag) => string.IsNullOrEmpty(owner) || string.IsNullOrEmpty(tag) ? null : $"{owner}|{tag}";

    private static void CheckAttachment(JsonNode? attachment)
    {
        switch (attachment)
        {
            case null:
                return;
            case JsonValue value when value.AsText() is { } text:
                if (text.Length > LongestAttachment)
                {
                    throw TooBig();
                }
                try
                {
                    if (text.Length > 0)
                    {
                        JsonNode.Parse(text);
                    }
                }
                catch (JsonException)
                {
                    throw new RestError("ATTACH_ERROR", "Incorrect attach params");
                }
                return;
            default:
                if (attachment.ToJsonString().Length > LongestAttachment)
                {
                    throw TooBig();
                }
                return;
        }
    }

    private static RestError TooBig() => new("ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach");
}
