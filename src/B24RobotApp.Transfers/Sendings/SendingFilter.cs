using System.Globalization;
using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Sendings;

/// <summary>Which deals are sent. What is empty does not restrict.</summary>
public sealed record SendingFilter
{
    /// <summary>Of this pipeline (<c>categoryId</c>).</summary>
    public int? Pipeline { get; init; }

    /// <summary>On one of these stages, such as <c>NEW</c> or <c>C5:NEW</c>.</summary>
    public IReadOnlyList<string>? Stages { get; init; }

    /// <summary>One of these users is responsible.</summary>
    public IReadOnlyList<long>? Responsible { get; init; }

    /// <summary>One of these deals.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>Created at this time or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Created before this time.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Changed at this time or later.</summary>
    public DateTimeOffset? UpdatedFrom { get; init; }

    /// <summary>As <c>crm.item.list</c> takes it. Source: crm/universal/crm-item-list.md.</summary>
    /// <param name="after">Only deals with higher ids.</param>
    public JsonObject ToListFilter(long after)
    {
        var filter = new JsonObject { [">id"] = after };
        if (Pipeline is { } pipeline)
        {
            filter["=categoryId"] = pipeline;
        }

        AddList(filter, "@stageId", Stages);
        AddList(filter, "@assignedById", Responsible);
        AddList(filter, "@id", Ids);
        AddTime(filter, ">=createdTime", CreatedFrom);
        AddTime(filter, "<createdTime", CreatedBefore);
        AddTime(filter, ">=updatedTime", UpdatedFrom);
        return filter;
    }

    private static void AddList<T>(JsonObject filter, string name, IReadOnlyList<T>? values)
    {
        if (values is { Count: > 0 })
        {
            filter[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        }
    }

    // Portals convert a time with an offset into their own zone.
    private static void AddTime(JsonObject filter, string name, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            filter[name] = value.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        }
    }
}
