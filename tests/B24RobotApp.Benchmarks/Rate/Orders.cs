using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Rate;

/// <summary>The deals that are measured with: each with a company, two contacts and three product rows; the client is the same for all, as most are known on a quiet day.</summary>
internal sealed class Orders
{
    private readonly SandboxPortal _portal;
    private readonly long _company;
    private readonly long[] _contacts;
    private int _count;

    public Orders(SandboxPortal portal)
    {
        _portal = portal;
        _company = Add(4, new JsonObject { ["title"] = "ООО «Мера»", ["fm"] = Phone("+7 495 555-00-01") });
        _contacts =
        [
            Add(3, new JsonObject { ["name"] = "Вера", ["lastName"] = "Ильина", ["fm"] = Phone("+7 916 555-00-02") }),
            Add(3, new JsonObject { ["name"] = "Глеб", ["lastName"] = "Шубин", ["fm"] = Phone("+7 916 555-00-03") }),
        ];
    }

    /// <returns>The ids of new deals.</returns>
    public List<long> AddDeals(int count) => [.. Enumerable.Range(0, count).Select(_ => AddDeal())];

    public long AddDeal()
    {
        var id = Add(2, new JsonObject
        {
            ["title"] = $"Заказ {_count++}",
            ["assignedById"] = 7,
            ["companyId"] = _company,
            ["contactIds"] = new JsonArray([.. _contacts.Select(contact => JsonValue.Create(contact))]),
        });
        _portal.Call("crm.item.productrow.set", new JsonObject
        {
            ["ownerType"] = "D",
            ["ownerId"] = id,
            ["productRows"] = new JsonArray([.. Enumerable.Range(1, 3).Select(row => (JsonNode)new JsonObject
            {
                ["productName"] = $"Товар {row}",
                ["price"] = 100.5 * row,
                ["quantity"] = row,
                ["taxRate"] = 20,
                ["taxIncluded"] = "Y",
            })]),
        });
        return id;
    }

    private long Add(int type, JsonObject fields) =>
        _portal.Call("crm.item.add", new JsonObject { ["entityTypeId"] = type, ["fields"] = fields })!["item"]!["id"]!.GetValue<long>();

    private static JsonArray Phone(string number) => [new JsonObject { ["typeId"] = "PHONE", ["valueType"] = "WORK", ["value"] = number }];
}
