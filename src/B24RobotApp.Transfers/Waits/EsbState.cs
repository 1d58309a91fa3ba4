using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Waits;

/// <summary>What is looked at of an item of an ESB.</summary>
public sealed record EsbState
{
    public string StageId { get; init; } = "";

    public long? CategoryId { get; init; }

    public decimal? Amount { get; init; }

    public string Currency { get; init; } = "";

    public long ResponsibleId { get; init; }

    /// <summary>To the second. Two changes within one second look alike here, which is why the values are compared and not the times.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>When it last came to another stage.</summary>
    public DateTimeOffset? MovedAt { get; init; }

    /// <summary>Who marked where it came from: <c>originatorId</c>, or of kinds without that the external code. An item that is restored from the recycle bin keeps it and gets another id.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Of kinds that have two fields for it: <c>originId</c>.</summary>
    public string OriginId { get; init; } = "";

    /// <summary><c>crm.item.list</c> of up to 50 known items. An id that does not come back is deleted, merged, in the recycle bin, or not for this webhook to see.</summary>
    /// <param name="kind">Their kind.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="whole">With all fields, user fields by their original names; otherwise with nothing but what is looked at.</param>
    public static Call List(CrmKind kind, IReadOnlyCollection<long> ids, bool whole = false)
    {
        var list = CrmItems.List(
            kind.EntityTypeId, new JsonObject { ["@id"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]) }, whole ? ["*"] : [.. Fields(kind)], new JsonObject { ["id"] = "ASC" });

        // Nobody needs the total.
        list.Parameters["start"] = -1;
        return list;
    }

    /// <summary>Reads an item.</summary>
    public static EsbState Read(JsonElement item, CrmKind kind) => new()
    {
        StageId = item.Text("stageId") ?? "",
        CategoryId = item.Id("categoryId"),
        Amount = item.Property("opportunity").AsDecimal(),
        Currency = item.Text("currencyId") ?? "",
        ResponsibleId = item.Id("assignedById") ?? 0,
        UpdatedAt = item.Property("updatedTime").AsDateTime(),
        MovedAt = item.Property("movedTime").AsDateTime(),
        Origin = item.Text(kind.OriginatorField ?? kind.OriginField) ?? "",
        OriginId = kind.OriginatorField is null ? "" : item.Text(kind.OriginField) ?? "",
    };

    /// <summary>The conditions that find it under another id; <see langword="null"/> if it carries no mark.</summary>
    public JsonObject? OriginFilter(CrmKind kind) =>
        Origin.Length == 0 ? null
        : kind.OriginatorField is not { } originator ? new JsonObject { ["=" + kind.OriginField] = Origin }
        : OriginId.Length == 0 ? null
        : new JsonObject { ["=" + originator] = Origin, ["=" + kind.OriginField] = OriginId };

    /// <summary>The fields in which it differs from an earlier state, by the names of <c>crm.item</c>.</summary>
    public IReadOnlyList<string> ChangesSince(EsbState earlier)
    {
        var changes = new List<string>();
        void Compare(bool same, string field)
        {
            if (!same)
            {
                changes.Add(field);
            }
        }

        Compare(StageId == earlier.StageId, "stageId");
        Compare(CategoryId == earlier.CategoryId, "categoryId");
        Compare(Amount == earlier.Amount, "opportunity");
        Compare(Currency == earlier.Currency, "currencyId");
        Compare(ResponsibleId == earlier.ResponsibleId, "assignedById");
        return changes;
    }

    private static IEnumerable<string> Fields(CrmKind kind)
    {
        IEnumerable<string> fields = ["id", "stageId", "opportunity", "currencyId", "assignedById", "updatedTime", "movedTime"];
        if (StageDirectories.HasPipelines(kind.EntityTypeId))
        {
            fields = fields.Append("categoryId");
        }

        // Quotes have a user field for it, which cannot be selected by its name beside others.
        return kind.NeedsOriginField ? fields : kind.OriginatorField is { } originator ? [.. fields, originator, kind.OriginField] : fields.Append(kind.OriginField);
    }
}
