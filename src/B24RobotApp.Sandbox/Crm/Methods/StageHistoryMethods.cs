using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.stagehistory.list</c>: only lines of items that the caller may read now.</summary>
internal static class StageHistoryMethods
{
    /// <summary>Documents of shipment, a kind without a history.</summary>
    private const int ShipmentDocument = 33;

    public static void Register(RestMethodTable table) => table.Add("crm.stagehistory.list", "crm", List);

    private static JsonObject List(RestCall call)
    {
        var crm = call.Portal.Crm;
        var entityTypeId = call.RequireInt("entityTypeId");
        if (entityTypeId == EntityTypes.OldInvoiceId)
        {
            call.Total = 0;
            return new() { ["items"] = new JsonArray() };
        }
        var store = crm.Data.FindStore(entityTypeId);
        var isOfAllAges = entityTypeId is EntityTypes.LeadId or EntityTypes.DealId;
        if (store is null || store.Type.StageDirectory is null || entityTypeId == EntityTypes.QuoteId || !(isOfAllAges || crm.Settings.HistoryKnowsSmartProcesses))
        {
            throw entityTypeId == ShipmentDocument
                ? new RestError(0, "SHIPMENT_DOCUMENT entity is not supported")
                : new RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported");
        }

        var columns = Columns(store.Type.Id == EntityTypes.LeadId);
        Column<HistoryEntry>? Find(string name) => columns.FirstOrDefault(column => column.Name == name);
        var filter = call.OptionalArray("filter");
        CheckTimes(filter, call.Portal.Now);
        var conditions = new FilterParser<HistoryEntry>(Find, call.Portal.Now).Parse(filter);
        var history = conditions.RequiredValues("OWNER_ID") is { } owners
            ? owners.Select(owner => JsonValue.Create(owner).ToLong()).Distinct().SelectMany(owner => crm.Data.History.Of(store.Type.Id, owner)).OrderBy(entry => entry.Id)
            : crm.Data.History.Of(store.Type.Id);
        var rows = history
            .Where(entry => store.Find(entry.OwnerId) is { } item && crm.Access.CanRead(call.User, item) && conditions.Matches(entry));
        var page = Page(call, RowOrder.Sort(rows, call.OptionalArray("order"), Find, strict: false));

        var select = call.OptionalArray("select").AsList()?.Select(name => name.AsText()).Where(name => columns.Any(column => column.Name == name)).ToHashSet() ?? [];
        var names = columns.Select(column => column.Name).Where(name => select.Count == 0 || name == "ID" || select.Contains(name)).ToList();
        return new() { ["items"] = new JsonArray([.. page.Select(entry => View(call, entry, columns.Where(column => names.Contains(column.Name))))]) };
    }

    private static IReadOnlyList<HistoryEntry> Page(RestCall call, IEnumerable<HistoryEntry> rows)
    {
        if (call.Start >= 0 || call.Portal.Crm.Settings.HistoryCountsCanBeSkipped)
        {
            return call.Page(rows);
        }
        var all = rows.ToList();
        call.Total = all.Count;
        call.Next = all.Count > RowOrder.PageSize ? RowOrder.PageSize : null;
        return all[..Math.Min(all.Count, RowOrder.PageSize)];
    }

    private static Column<HistoryEntry>[] Columns(bool isLead) =>
    [
        new("ID", FieldType.Integer, entry => entry.Id), new("TYPE_ID", FieldType.Integer, entry => entry.TypeId),
        new("OWNER_ID", FieldType.Integer, entry => entry.OwnerId), new("CREATED_TIME", FieldType.DateTime, entry => entry.CreatedTime),
        .. isLead ? [] : new Column<HistoryEntry>[] { new("CATEGORY_ID", FieldType.Integer, entry => entry.CategoryId) },
        new(isLead ? "STATUS_SEMANTIC_ID" : "STAGE_SEMANTIC_ID", FieldType.String, entry => entry.SemanticId),
        new(isLead ? "STATUS_ID" : "STAGE_ID", FieldType.String, entry => entry.StageId),
    ];

    private static JsonObject View(RestCall call, HistoryEntry entry, IEnumerable<Column<HistoryEntry>> columns)
    {
        var view = new JsonObject();
        foreach (var column in columns)
        {
            view[column.Name] = column.Value(entry) switch
            {
                long number when call.Portal.Crm.Settings.HistoryIdsAreTexts => number.ToPhp(),
                var value => FieldOutput.Modern(value, call.Portal.ServerOffset),
            };
        }
        return view;
    }

    private static void CheckTimes(JsonNode? filter, DateTimeOffset now)
    {
        foreach (var (key, value) in filter as JsonObject ?? [])
        {
            if (FilterKey.Parse(key).Name == "CREATED_TIME" && value is JsonValue && PhpDate.ToMoment(value.AsText(), now) is null)
            {
                throw new RestError("WRONG_DATETIME_FORMAT", "Wrong datetime format");
            }
            if (value is JsonObject)
            {
                CheckTimes(value, now);
            }
        }
    }
}
