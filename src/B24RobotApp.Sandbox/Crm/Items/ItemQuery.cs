using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Finds items by filter: by id and by origin through the store's indexes, else by looking at all.</summary>
internal sealed class ItemQuery(ItemStore store, ItemAccess access, SandboxUser user, DateTimeOffset now)
{
    public IEnumerable<CrmItem> Find(JsonNode? filter, JsonNode? order, Func<string, CrmField?> find, bool strict = true)
    {
        Column<CrmItem>? Column(string name) => find(name) is { } field && !field.IsDisabled && !field.Flags.HasFlag(FieldFlags.DescribedOnly)
            ? ToColumn(field)
            : null;

        var conditions = new FilterParser<CrmItem>(Column, now, strict).Parse(filter);
        var rows = Candidates(conditions).Where(conditions.Matches);
        if (!access.SeesAll(user, store.Type))
        {
            rows = rows.Where(item => access.CanRead(user, item));
        }
        return RowOrder.Sort(rows, order, Column, strict);
    }

    private static Column<CrmItem> ToColumn(CrmField field) => new(field.Name, field.Type, item => item[field.Name])
    {
        IsUserField = field.UserField is not null,
        Sorts = field.Name != "CONTACT_IDS",
    };

    private IEnumerable<CrmItem> Candidates(FilterGroup<CrmItem> conditions)
    {
        if (conditions.RequiredValues("ID") is { } ids)
        {
            return ids
                .Select(text => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var id) ? id : 0)
                .Distinct()
                .Order()
                .Select(store.Find)
                .OfType<CrmItem>();
        }
        if (conditions.RequiredValues("ORIGINATOR_ID") is [{ } originator] && conditions.RequiredValues("ORIGIN_ID") is { } origins)
        {
            return origins.OfType<string>().SelectMany(origin => store.WithOrigin(originator, origin)).DistinctBy(item => item.Id).OrderBy(item => item.Id);
        }
        return store.All;
    }
}
