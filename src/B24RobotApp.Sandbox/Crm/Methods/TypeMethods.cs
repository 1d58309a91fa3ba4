using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.type.list</c> and the fixed lists of <c>crm.enum.*</c> and <c>crm.multifield.fields</c>.</summary>
internal static class TypeMethods
{
    private static readonly (int Id, string Name, string Code, string Short)[] OwnerTypes =
    [
        (1, "Lead", "LEAD", "L"), (2, "Deal", "DEAL", "D"), (3, "Contact", "CONTACT", "C"), (4, "Company", "COMPANY", "CO"),
        (5, "Invoice (old version)", "INVOICE", "I"), (31, "Invoice", "SMART_INVOICE", "SI"), (7, "Quote", "QUOTE", "Q"),
        (8, "Billing details", "REQUISITE", "RQ"),
    ];

    public static void Register(RestMethodTable table)
    {
        table.Add("crm.type.list", "crm", List);
        table.Add("crm.enum.ownertype", "crm", OwnerTypeList);
        table.Add("crm.enum.addresstype", "crm", _ => new JsonArray(
            Entry(11, "Shipping address", null, null), Entry(1, "Physical address", null, null), Entry(6, "Legal address", null, null),
            Entry(4, "Registered address", null, null), Entry(8, "Mailing address", null, null), Entry(9, "Beneficiary address", null, null)));
        table.Add("crm.multifield.fields", "crm", _ => MultifieldFields());
    }

    private static JsonObject List(RestCall call)
    {
        var crm = call.Portal.Crm;
        if (!call.User.IsAdmin)
        {
            throw ItemAccess.Denied();
        }
        var rows = crm.Data.Stores.Select(store => store.Type).Where(type => type.SmartProcess is { Id: > 0 }).Select(type => View(call, type)).ToList();
        Column<JsonObject>? Find(string name) => rows.Count > 0 && rows[0].ContainsKey(name)
            ? new(FieldNames.ToUpper(name), name is "id" or "entityTypeId" ? FieldType.Integer : FieldType.String,
                row => name is "id" or "entityTypeId" ? row[name].ToLong() : row[name].AsText())
            : null;
        var conditions = new FilterParser<JsonObject>(Find, call.Portal.Now).Parse(call.OptionalArray("filter"));
        var page = call.Page(RowOrder.Sort(rows.Where(conditions.Matches), call.OptionalArray("order"), Find));
        return new() { ["types"] = new JsonArray([.. page]) };
    }

    private static JsonObject View(RestCall call, EntityType type)
    {
        var process = type.SmartProcess!;
        var created = PhpDate.Write(process.CreatedTime, call.Portal.ServerOffset);
        var view = new JsonObject
        {
            ["id"] = process.Id,
            ["title"] = type.Title,
            ["code"] = "",
            ["createdBy"] = 1,
            ["entityTypeId"] = type.Id,
            ["customSectionId"] = null,
        };
        foreach (var (name, on) in new[]
        {
            ("Categories", process.HasCategories), ("Stages", process.HasStages), ("BeginCloseDates", process.HasDates), ("Client", process.HasClient),
            ("UseInUserfield", true), ("LinkWithProducts", process.HasProducts), ("Mycompany", process.HasMyCompany), ("Documents", false),
            ("Source", process.HasSource), ("Observers", process.HasObservers), ("Recyclebin", true), ("Automation", true), ("BizProc", true),
            ("Payments", false), ("Counters", false),
        })
        {
            view[$"is{name}Enabled"] = on ? "Y" : "N";
        }
        view["isSetOpenPermissions"] = "Y";
        view["createdTime"] = created;
        view["updatedTime"] = created;
        view["updatedBy"] = 1;
        return view;
    }

    private static JsonArray OwnerTypeList(RestCall call)
    {
        var entries = new JsonArray([.. OwnerTypes.Select(type => Entry(type.Id, type.Name, type.Code, type.Short))]);
        foreach (var type in call.Portal.Crm.Data.Stores.Select(store => store.Type).Where(type => type.Id >= EntityTypes.FirstSmartProcessId))
        {
            entries.Add(Entry(type.Id, type.Title, type.Code, type.ShortCode));
        }
        return entries;
    }

    private static JsonObject Entry(int id, string name, string? code, string? shortCode) => new()
    {
        ["ID"] = id,
        ["NAME"] = name,
        ["SYMBOL_CODE"] = code,
        ["SYMBOL_CODE_SHORT"] = shortCode,
    };

    private static JsonObject MultifieldFields()
    {
        var fields = new JsonObject();
        foreach (var (name, type, title, flags) in new[]
        {
            ("ID", "int", "ID", FieldFlags.ReadOnly), ("TYPE_ID", "string", "Field type", FieldFlags.ReadOnly),
            ("VALUE", "string", "Value", FieldFlags.None), ("VALUE_TYPE", "string", "Value type", FieldFlags.None),
        })
        {
            var description = new CrmField(name, type, title, flags).Describe(null);
            description.Remove("upperName");
            fields[name] = description;
        }
        return fields;
    }
}
