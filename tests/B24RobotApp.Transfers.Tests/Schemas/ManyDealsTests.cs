using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Schemas;

/// <summary>Many deals at once, so that they travel in batches and merged reads: compared one by one, field by field, row by row.</summary>
public sealed class ManyDealsTests : IAsyncLifetime
{
    private const int Count = 1000;

    /// <summary>The company of the source that stands in fields of type <c>crm</c>, as the ESB holds it.</summary>
    private const long EsbCompany = 44;

    private static readonly string[] SystemFields = ["title", "comments", "opportunity", "isManualOpportunity", "currencyId", "probability"];

    private static readonly string[] Choices = ["Высокий", "Низкий", "Да"];

    private readonly Random _random = new(20260316);
    private PortalPair _pair = null!;
    private long _company;
    private Dictionary<string, Dictionary<string, string>> _sourceOptions = null!;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        foreach (var field in UserField.All)
        {
            // The ids differ, as on two real portals.
            field.AddTo(_pair.Source, Code(field), Choices);
            field.AddTo(_pair.Esb, Code(field), Choices.Reverse());
        }

        new UserField("string", false).AddTo(_pair.Esb, "TEXT", []);
        foreach (var currency in new[] { "RUB", "EUR" })
        {
            _pair.Esb.Crm.AddCurrency(currency, 1.5m);
        }

        _company = Add(_pair.Source, 4, new JsonObject { ["title"] = "ООО Ромашка" });
        await _pair.Stores.Links.SaveAsync(
            [new Link(_pair.DealKey(_company) with { Entity = LinkedEntity.Company }, EsbCompany, null)], Durability.Full, TestContext.Current.CancellationToken);
        _sourceOptions = Options(_pair.Source);
        var rules = SystemFields.Concat(UserField.All.Select(Name)).Select(JsonNode (field) => new JsonObject { ["to"] = field, ["from"] = field })
            .Append(new JsonObject { ["to"] = "UF_CRM_TEXT", ["template"] = "{{ deal.title }} / {{ deal.UF_CRM_INTEGER_S }}" });
        await _pair.UseProfileAsync(new JsonObject { ["schema"] = 2, ["name"] = new JsonObject(), ["rules"] = new JsonArray([.. rules]) }.ToJsonString());
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task A_thousand_deals_that_travel_together_arrive_each_as_it_is()
    {
        var transfers = new Dictionary<long, TransferId>();
        for (var i = 0; i < Count; i++)
        {
            var deal = _pair.AddDeal($"{i} {Text()}", Fill);
            if ((i % 250 == 7 ? 800 : _random.Next(6)) is var rows and > 0)
            {
                SetRows(_pair.Source, deal, [.. Enumerable.Range(1, rows).Select(row => Row($"{row} {Text()}", _random.Next(5000) / 100m, _random.Next(1, 40) / 10m))]);
            }

            transfers[deal] = (await _pair.SendAsync(deal)).Id;
        }

        _pair.Source.Journal.Clear();
        _pair.Esb.Journal.Clear();
        while (await _pair.AttemptManyAsync(100) > 0)
        {
        }

        var (toSource, toEsb) = (_pair.Source.Journal.RequestCount, _pair.Esb.Journal.RequestCount);
        var links = await _pair.Stores.Links.FindAsync([.. transfers.Keys.Select(_pair.DealKey)], TestContext.Current.CancellationToken);
        var (differences, values, rowsSeen) = (new List<string>(), 0, 0);
        var esbOptions = Options(_pair.Esb);
        foreach (var (deal, transfer) in transfers)
        {
            if (!links.TryGetValue(_pair.DealKey(deal), out var link))
            {
                differences.Add($"{deal} did not arrive: {(await _pair.FindAsync(transfer)).Outcome?.ErrorMessage}");
                continue;
            }

            var (rows, arrivedRows) = (AllRows(_pair.Source, deal), AllRows(_pair.Esb, link.EsbId));
            var (sent, held) = (Read(_pair.Source, deal), Read(_pair.Esb, link.EsbId));
            if (rows.Count == 0)
            {
                // Without rows an automatic amount would be recomputed to nothing, so the sender's is kept by hand.
                sent["isManualOpportunity"] = "Y";
            }

            var pairs = SystemFields.Select(field => (field, Said(sent[field]), Said(held[field])))
                .Concat(UserField.All.Select(field => (Name(field), Meant(sent[Name(field)], field), Arrived(held[Name(field)], field, esbOptions))))
                .Append(("UF_CRM_TEXT", $"{sent["title"]} / {sent["UF_CRM_INTEGER_S"]}".Trim(), Said(held["UF_CRM_TEXT"]).Trim()));
            foreach (var (field, meant, arrived) in pairs)
            {
                values += meant.Length > 0 ? 1 : 0;
                if (meant != arrived)
                {
                    differences.Add($"{deal} {field}: {meant} became {arrived}");
                }
            }

            rowsSeen += rows.Count;
            if (!rows.SequenceEqual(arrivedRows))
            {
                differences.Add($"{deal}: {rows.Count} rows became {arrivedRows.Count}, first other {rows.Except(arrivedRows).FirstOrDefault()}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Count} deals, {values} values that are not empty, {rowsSeen} rows: {toSource} requests to the source, {toEsb} to the ESB, {differences.Count} differences");
        Assert.True(differences.Count == 0, string.Join("\n", differences.Take(20)));
    }

    private static string Code(UserField field) => $"{field.Type.ToUpperInvariant()}_{(field.IsMultiple ? "M" : "S")}";

    private static string Name(UserField field) => $"UF_CRM_{Code(field)}";

    private string Text() => Pick(AnyDealTests.Texts);

    private string Pick(params string[] values) => values[_random.Next(values.Length)];

    private void Fill(JsonObject fields)
    {
        fields["comments"] = Text();
        fields["opportunity"] = _random.Next(200_000) / 100m;
        fields["isManualOpportunity"] = Pick("Y", "N");
        fields["probability"] = _random.Next(3) * 50;
        foreach (var field in UserField.All)
        {
            // A third of the fields is left empty; a list holds up to four values, among them the same twice.
            fields[Name(field)] = field.IsMultiple ? new JsonArray([.. Enumerable.Range(0, _random.Next(5)).Select(_ => Value(field)).Where(value => value is not "")])
                : _random.Next(3) == 0 ? ""
                : JsonValue.Create(Value(field));
        }
    }

    private string Value(UserField field) => field.Type switch
    {
        "string" => Text(),
        "url" => Pick("https://partner.example/?q=a%20b&c=d+e#f", "https://пример.example/"),
        "address" => Pick("Москва, ул. Лесная, 5|55.7;37.6|1", "Berlin & Söhne|;|2"),
        "integer" => Pick("0", "-7", "2147483647"),
        "double" => Pick("0", "-0.5", "12345.67"),
        "boolean" => Pick("Y", "N"),
        "money" => Pick("0|USD", "0.01|RUB", "-15|EUR", "1234567.89|USD"),
        "date" => Pick("2026-01-01", "2026-03-29", "1970-01-01"),
        "datetime" => Pick("2026-03-20T00:00:00+03:00", "2026-10-25T23:59:59+03:00"),
        "enumeration" => Pick([.. _sourceOptions[Name(field)].Keys]),
        "crm_status" => Pick("CALL", "EMAIL"),
        "employee" => Manager.ToString(CultureInfo.InvariantCulture),
        _ => $"CO_{_company}",
    };

    /// <summary>What a value of the source is to a person at the ESB; lists in their order.</summary>
    private string Meant(JsonNode? value, UserField field) => Each(value, text => field.Type switch
    {
        "enumeration" => text == "0" ? "" : _sourceOptions[Name(field)].GetValueOrDefault(text, text),
        "address" => text.Split('|')[0],
        "crm" => text == $"CO_{_company}" ? $"CO_{EsbCompany}" : text,
        _ => Plain(text, field),
    });

    private static string Arrived(JsonNode? value, UserField field, Dictionary<string, Dictionary<string, string>> options) => Each(value, text => field.Type switch
    {
        "enumeration" => text == "0" ? "" : options[Name(field)].GetValueOrDefault(text, text),
        _ => Plain(text, field),
    });

    /// <summary>Numbers and moments in one spelling; everything else as it stands.</summary>
    private static string Plain(string text, UserField field) => field.Type switch
    {
        "integer" or "double" when text.Length > 0 => decimal.Parse(text, CultureInfo.InvariantCulture).ToString("0.##########", CultureInfo.InvariantCulture),
        "money" when text.Split('|') is [var amount, var currency] => $"{decimal.Parse(amount, CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture)}|{currency}",
        "date" or "datetime" when text.Length > 0 => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        _ => text,
    };

    private static string Each(JsonNode? value, Func<string, string> one) =>
        value is JsonArray list ? string.Join('\u001f', list.Select(item => one(Said(item)))) : one(Said(value));

    /// <summary>A field that was never filled in reads <c>null</c> or <c>false</c>.</summary>
    private static string Said(JsonNode? value) => value is null || value.GetValueKind() == System.Text.Json.JsonValueKind.False ? "" : value.ToString();

    private static JsonObject Read(SandboxPortal portal, long deal) =>
        portal.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = deal, ["useOriginalUfNames"] = "Y" })!["item"]!.AsObject();

    /// <summary>The texts of the options by id, by field.</summary>
    private static Dictionary<string, Dictionary<string, string>> Options(SandboxPortal portal) =>
        portal.Call("crm.item.fields", new JsonObject { ["entityTypeId"] = 2, ["useOriginalUfNames"] = "Y" })!["fields"]!.AsObject()
            .Where(field => field.Value!["items"] is JsonArray)
            .ToDictionary(field => field.Key, field => field.Value!["items"]!.AsArray().ToDictionary(item => item!["ID"]!.ToString(), item => item!["VALUE"]!.ToString()));

    /// <summary>All pages of a deal's rows, as what they cost.</summary>
    private static List<(string Name, decimal Price, decimal Quantity)> AllRows(SandboxPortal portal, long deal)
    {
        var rows = new List<(string, decimal, decimal)>();
        while (true)
        {
            var page = portal.Call("crm.item.productrow.list", new JsonObject
            {
                ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = deal }, ["order"] = new JsonObject { ["sort"] = "ASC", ["id"] = "ASC" }, ["start"] = rows.Count,
            })!["productRows"]!.AsArray();
            rows.AddRange(page.Select(row => (row!["productName"]!.ToString(), Decimal(row["price"]), Decimal(row["quantity"]))));
            if (page.Count < 50)
            {
                return rows;
            }
        }
    }

    private static decimal Decimal(JsonNode? value) => decimal.Parse(value!.ToString(), CultureInfo.InvariantCulture);
}
