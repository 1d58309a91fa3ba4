using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>Entries in the timeline of a CRM entity. Source: crm/timeline/comments/*.md.</summary>
public static class Timeline
{
    /// <summary><c>crm.timeline.comment.add</c>; BB code, the author is the token's user. Not idempotent.</summary>
    public static Call AddComment(int entityTypeId, long entityId, string comment) =>
        new(
            "crm.timeline.comment.add",
            new JsonObject { ["fields"] = new JsonObject { ["ENTITY_ID"] = entityId, ["ENTITY_TYPE"] = EntityType(entityTypeId), ["COMMENT"] = comment } },
            Writes: true);

    /// <summary><c>crm.timeline.comment.list</c>: the newest 50 comments, upper-case keys.</summary>
    public static Call ListComments(int entityTypeId, long entityId) =>
        new("crm.timeline.comment.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["ENTITY_ID"] = entityId, ["ENTITY_TYPE"] = EntityType(entityTypeId) },
            ["order"] = new JsonObject { ["ID"] = "DESC" },
        });

    private static string EntityType(int entityTypeId) => entityTypeId switch
    {
        CrmEntityTypes.Lead => "lead",
        CrmEntityTypes.Deal => "deal",
        _ => throw new ArgumentOutOfRangeException(nameof(entityTypeId), entityTypeId, "This kind of entity gets no comments."),
    };
}
