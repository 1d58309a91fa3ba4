using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A line of stage history: an item came to a stage.</summary>
/// <param name="Id">Grows with time, with gaps; of two lines written at once the later one may have the smaller id.</param>
/// <param name="Type">What kind of change it was.</param>
/// <param name="OwnerId">The item.</param>
/// <param name="At">When, to the second, by the portal's clock.</param>
/// <param name="CategoryId">The pipeline; <see langword="null"/> for leads.</param>
/// <param name="Stage">The stage, such as <c>C5:NEW</c>.</param>
public sealed record StageEntry(long Id, StageEntryType Type, long OwnerId, DateTimeOffset At, long? CategoryId, string Stage);

/// <summary>The kinds of lines. Portals of differing age number them differently in corner cases, so nothing is filtered by them.</summary>
public enum StageEntryType
{
    /// <summary>Something else.</summary>
    Unknown = 0,

    /// <summary>The item was created there, or imported.</summary>
    Created = 1,

    /// <summary>It came to an intermediate stage.</summary>
    Moved = 2,

    /// <summary>It came to a final stage, or was created there.</summary>
    Ended = 3,

    /// <summary>It came from another pipeline.</summary>
    OtherPipeline = 5,
}

/// <summary>
/// <c>crm.stagehistory.list</c>: which item came to which stage, and when. It tells lines of items only that the caller may read now, and none of deleted ones; older portals forget all earlier lines of a deal
/// that changes its pipeline. Leads, deals, invoices and smart processes have one (the latter two since August 2025), others are answered <c>ENTITY_TYPE_NOT_SUPPORTED</c>. Source: crm/crm-stage-history-list.md,
/// portal sources (<c>lib/controller/stagehistory.php</c>).
/// </summary>
public static class StageHistory
{
    /// <summary>Lines of a stage in a stretch of time, oldest first, a page of 50. Both ends belong to it.</summary>
    /// <param name="entityTypeId">The kind of items.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="from">Its beginning.</param>
    /// <param name="to">Its end.</param>
    /// <param name="afterId">The last id of the page before.</param>
    public static Call OfStage(int entityTypeId, string stage, DateTimeOffset from, DateTimeOffset to, long afterId = 0) => Page(
        entityTypeId,
        new JsonObject { [$"={StageField(entityTypeId)}"] = stage, [">=CREATED_TIME"] = Time(from), ["<=CREATED_TIME"] = Time(to) },
        afterId);

    /// <summary>The last 50 lines of a stage before a time, newest first.</summary>
    public static Call LatestOfStage(int entityTypeId, string stage, DateTimeOffset before) => new(
        "crm.stagehistory.list",
        new JsonObject
        {
            ["entityTypeId"] = entityTypeId,
            ["filter"] = new JsonObject { [$"={StageField(entityTypeId)}"] = stage, ["<CREATED_TIME"] = Time(before) },
            ["order"] = new JsonObject { ["ID"] = "DESC" },
            ["start"] = -1,
        });

    /// <summary>All lines of some items, a page of 50.</summary>
    public static Call OfItems(int entityTypeId, IEnumerable<long> ids, long afterId = 0) =>
        Page(entityTypeId, new JsonObject { ["@OWNER_ID"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]) }, afterId);

    /// <summary>The last 50 lines of an item, newest first.</summary>
    public static Call LatestOfItem(int entityTypeId, long id) => new(
        "crm.stagehistory.list",
        new JsonObject
        {
            ["entityTypeId"] = entityTypeId,
            ["filter"] = new JsonObject { ["=OWNER_ID"] = id },
            ["order"] = new JsonObject { ["ID"] = "DESC" },
            ["start"] = -1,
        });

    /// <summary>The lines of a page. One without its time or stage is left out.</summary>
    public static IEnumerable<StageEntry> Read(CallResult result)
    {
        foreach (var row in result.Result.Property("items").AsList())
        {
            var stage = row.Text("STAGE_ID") ?? row.Text("STATUS_ID");
            if (row.Id("ID") is { } id && row.Id("OWNER_ID") is { } owner && row.Property("CREATED_TIME").AsDateTime() is { } at && stage is { Length: > 0 })
            {
                var type = (StageEntryType)(row.Id("TYPE_ID") ?? 0);
                yield return new StageEntry(id, Enum.IsDefined(type) ? type : StageEntryType.Unknown, owner, at, row.Id("CATEGORY_ID"), stage);
            }
        }
    }

    // Going on behind the last id is right on portals that skip the count when asked to and on those that do not know the wish.
    private static Call Page(int entityTypeId, JsonObject filter, long afterId)
    {
        filter[">ID"] = afterId;
        return new Call(
            "crm.stagehistory.list",
            new JsonObject { ["entityTypeId"] = entityTypeId, ["filter"] = filter, ["order"] = new JsonObject { ["ID"] = "ASC" }, ["start"] = -1 });
    }

    private static string StageField(int entityTypeId) => entityTypeId == CrmEntityTypes.Lead ? "STATUS_ID" : "STAGE_ID";

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
