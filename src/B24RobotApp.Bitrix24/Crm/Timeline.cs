using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A comment in a timeline.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">BB code.</param>
/// <param name="AuthorId">The user in whose name it was written.</param>
/// <param name="CreatedAt">When it was written.</param>
public sealed record TimelineComment(long Id, string Text, long AuthorId, DateTimeOffset? CreatedAt);

/// <summary>Entries in the timeline of a CRM entity. Nothing here is idempotent. Source: crm/timeline/comments/*.md, crm/timeline/logmessage/*.md.</summary>
public static class Timeline
{
    /// <summary><c>crm.timeline.comment.add</c>: BB code, the author is the token's user. An empty comment is refused with <c>INVALID_ARG_VALUE</c>.</summary>
    public static Call AddComment(int entityTypeId, long entityId, string comment) =>
        new(
            "crm.timeline.comment.add",

            // The portal takes this key in lower case only, and those inside in upper case.
            new JsonObject
            {
                ["fields"] = new JsonObject { ["ENTITY_ID"] = entityId, ["ENTITY_TYPE"] = CrmEntityTypes.TimelineName(entityTypeId), ["COMMENT"] = comment },
            },
            Writes: true);

    /// <summary><c>crm.timeline.comment.list</c>: the newest 50 comments.</summary>
    public static Call ListComments(int entityTypeId, long entityId) =>
        new("crm.timeline.comment.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["ENTITY_ID"] = entityId, ["ENTITY_TYPE"] = CrmEntityTypes.TimelineName(entityTypeId) },
            ["order"] = new JsonObject { ["ID"] = "DESC" },
        });

    /// <summary>The comments listed.</summary>
    public static IEnumerable<TimelineComment> ReadComments(CallResult result) => result.Result.AsList().Select(comment => new TimelineComment(
        comment.Id("ID") ?? 0, comment.Text("COMMENT") ?? "", comment.Id("AUTHOR_ID") ?? 0, comment.Property("CREATED").AsDateTime()));

    /// <summary><c>crm.timeline.logmessage.add</c>: an entry of the app's own, quieter than a comment.</summary>
    /// <param name="entityTypeId">The entity's kind.</param>
    /// <param name="entityId">The entity.</param>
    /// <param name="title">The entry's heading.</param>
    /// <param name="text">What it says.</param>
    /// <param name="icon">One of the codes that <c>crm.timeline.icon.list</c> lists.</param>
    public static Call AddLogMessage(int entityTypeId, long entityId, string title, string text, string icon = "info") =>
        new(
            "crm.timeline.logmessage.add",
            new JsonObject
            {
                ["fields"] = new JsonObject
                {
                    ["entityTypeId"] = entityTypeId,
                    ["entityId"] = entityId,
                    ["title"] = title,
                    ["text"] = text,
                    ["iconCode"] = icon,
                },
            },
            Writes: true);

    /// <summary>The id of a comment or log message that was added.</summary>
    public static long? ReadId(CallResult result) => result.Result.AsLong() ?? result.Result.Property("logMessage").Id("id");
}
