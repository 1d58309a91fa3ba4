using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>Puts things into a portal's CRM and looks at what is there, by the portal's own methods.</summary>
internal static class Crm
{
    public const int Deal = 2;
    public const int Contact = 3;
    public const int Company = 4;

    /// <summary>Two rows that come to 1,380.50 with discount and tax.</summary>
    public static JsonArray Rows =>
    [
        new JsonObject { ["productName"] = "Станок", ["price"] = 1080, ["quantity"] = 1, ["discountTypeId"] = 2, ["discountRate"] = 10, ["taxRate"] = 20, ["taxIncluded"] = "Y" },
        new JsonObject { ["productName"] = "Доставка", ["price"] = 300.5, ["quantity"] = 1 },
    ];

    /// <summary>A deal before the robot's stage.</summary>
    public static long AddDeal(
        this SandboxPortal portal, string title, JsonObject? more = null, JsonArray? rows = null, long? companyId = null, params IReadOnlyList<long> contactIds)
    {
        var fields = new JsonObject { ["title"] = title, ["opportunity"] = 1500.5, ["currencyId"] = "RUB", ["stageId"] = "PREPARATION", ["assignedById"] = 7 };
        if (companyId is { } company)
        {
            fields["companyId"] = company;
        }

        if (contactIds.Count > 0)
        {
            fields["contactIds"] = new JsonArray([.. contactIds.Select(id => JsonValue.Create(id))]);
        }

        foreach (var (name, value) in more ?? [])
        {
            fields[name] = value?.DeepClone();
        }

        var deal = portal.Add(Deal, fields);
        if (rows is { Count: > 0 })
        {
            portal.SetRows(deal, rows);
        }

        return deal;
    }

    public static long AddContact(this SandboxPortal portal, string name, string? phone = null, string? email = null) => portal.Add(
        Contact, new JsonObject { ["name"] = name, ["lastName"] = "Проверкин", ["fm"] = Communications(phone, email) });

    public static long AddCompany(this SandboxPortal portal, string title, string? phone = null, string? email = null) =>
        portal.Add(Company, new JsonObject { ["title"] = title, ["fm"] = Communications(phone, email) });

    public static long Add(this SandboxPortal portal, int entityTypeId, JsonObject fields) => portal.Call("crm.item.add", new JsonObject
    {
        ["entityTypeId"] = entityTypeId,
        ["fields"] = fields,
        ["useOriginalUfNames"] = "Y",
    })!["item"]!["id"]!.GetValue<long>();

    public static void Update(this SandboxPortal portal, int entityTypeId, long id, JsonObject fields) => portal.Call("crm.item.update", new JsonObject
    {
        ["entityTypeId"] = entityTypeId,
        ["id"] = id,
        ["fields"] = fields,
        ["useOriginalUfNames"] = "Y",
    });

    public static void SetRows(this SandboxPortal portal, long dealId, JsonArray rows) => portal.Call("crm.item.productrow.set", new JsonObject
    {
        ["ownerType"] = "D",
        ["ownerId"] = dealId,
        ["productRows"] = rows,
    });

    public static JsonObject Get(this SandboxPortal portal, int entityTypeId, long id) => portal.Call("crm.item.get", new JsonObject
    {
        ["entityTypeId"] = entityTypeId,
        ["id"] = id,
        ["useOriginalUfNames"] = "Y",
    })!["item"]!.AsObject();

    /// <summary>All items of a kind that a filter lets through, over all pages.</summary>
    public static IReadOnlyList<JsonObject> List(this SandboxPortal portal, int entityTypeId, JsonObject? filter = null)
    {
        var items = new List<JsonObject>();
        JsonArray page;
        do
        {
            page = portal.Call("crm.item.list", new JsonObject
            {
                ["entityTypeId"] = entityTypeId,
                ["select"] = new JsonArray("*", "UF_*"),
                ["filter"] = filter?.DeepClone() ?? new JsonObject(),
                ["order"] = new JsonObject { ["id"] = "ASC" },
                ["start"] = items.Count,
            })!["items"]!.AsArray();
            items.AddRange(page.Select(item => item!.AsObject()));
        }
        while (page.Count == 50);
        return items;
    }

    private static JsonArray Communications(string? phone, string? email)
    {
        var list = new JsonArray();
        foreach (var (type, value) in new[] { ("PHONE", phone), ("EMAIL", email) })
        {
            if (value is not null)
            {
                list.Add(new JsonObject { ["typeId"] = type, ["valueType"] = "WORK", ["value"] = value });
            }
        }

        return list;
    }
}
