using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Schemas.DryRuns;
using B24RobotApp.Transfers.Tests.Running;
using CsCheck;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Schemas;

/// <summary>For deals of all kinds: what the dry run shows is what the ESB then holds, and sent again nothing changes.</summary>
public sealed class AnyDealTests : IAsyncLifetime
{
    private const string Profile = """
        {"schema":2,"name":{},"rules":[
          {"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","from":"currencyId"},
          {"to":"isManualOpportunity","from":"isManualOpportunity"},{"to":"comments","from":"comments"},{"to":"probability","from":"probability"},
          {"to":"UF_CRM_TEXT","template":"{{ deal.title }} / {{ deal.UF_CRM_NUMBER }}"},{"to":"UF_CRM_NUMBER","from":"UF_CRM_NUMBER"},
          {"to":"UF_CRM_FLAG","from":"UF_CRM_FLAG"},{"to":"UF_CRM_DAY","from":"UF_CRM_DAY"},{"to":"UF_CRM_LEVEL","from":"UF_CRM_LEVEL"},
          {"to":"UF_CRM_TAGS","from":"UF_CRM_TAGS"},{"to":"UF_CRM_SUM","from":"UF_CRM_SUM"}]}
        """;

    private static readonly (string Code, string Type)[] UserFields =
        [("TEXT", "string"), ("NUMBER", "double"), ("FLAG", "boolean"), ("DAY", "date"), ("LEVEL", "enumeration"), ("TAGS", "string"), ("SUM", "money")];

    /// <summary>What breaks programs: macros of a batch, characters of a query, other alphabets, markup, nothing.</summary>
    internal static readonly string[] Texts =
        ["", "Поставка", "$result[c0][item][id]", "a&b+c%20d#e=f;g", "😀 эмодзи \ud83d\udc69‍\ud83d\udd27", "{{ deal.title }}", "[b]жирный[/b] <i>&amp;", "a\nb\tc", "0", "  x  ", "'\"\\", "=1+1"];

    private static readonly string[] Choices = ["Высокий", "Низкий", "Да"];

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        foreach (var portal in new[] { _pair.Source, _pair.Esb })
        {
            foreach (var (code, type) in UserFields)
            {
                var fields = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = type, ["MULTIPLE"] = code == "TAGS" ? "Y" : "N" };
                if (type == "enumeration")
                {
                    // The ids differ, as on two real portals.
                    IEnumerable<string> choices = portal == _pair.Source ? Choices : Choices.Reverse();
                    fields["LIST"] = new JsonArray([.. choices.Select(choice => new JsonObject { ["VALUE"] = choice })]);
                }

                portal.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = fields });
            }
        }

        await _pair.UseProfileAsync(Profile);
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public Task What_the_dry_run_shows_is_what_the_ESB_then_holds_and_sent_again_nothing_is_written()
    {
        var texts = Gen.Int[0, Texts.Length - 1].Select(i => Texts[i]);
        var deals = Gen.Select(
            texts, texts, Gen.Int[0, 200_000], Gen.Int[-500, 500], Gen.Int[0, 4], texts.List[0, 4], Gen.Select(texts, Gen.Int[0, 5000], Gen.Int[1, 3]).List[0, 6],
            (title, comments, amount, number, choice, tags, rows) => (title, comments, amount, number, choice, tags, rows));

        // One after the other, since all play on the same two portals.
        return deals.SampleAsync(
            async deal => await CheckAsync(Deal(deal.title, deal.comments, deal.amount / 100m, deal.number / 10m, deal.choice, deal.tags), deal.rows),
            iter: 60, threads: 1);
    }

    private JsonObject Deal(string title, string comments, decimal amount, decimal number, int choice, List<string> tags) => new()
    {
        ["title"] = title.Length > 0 ? title : "без названия",
        ["comments"] = comments,
        ["opportunity"] = amount,
        ["isManualOpportunity"] = choice % 2 == 0 ? "Y" : "N",
        ["probability"] = choice * 25,
        ["UF_CRM_NUMBER"] = number,
        ["UF_CRM_FLAG"] = choice % 2 == 0 ? "N" : "Y",
        ["UF_CRM_DAY"] = choice == 0 ? "" : $"2026-0{choice}-15",
        ["UF_CRM_LEVEL"] = choice < 3 ? OptionId(_pair.Source, Choices[choice]) : "",
        ["UF_CRM_TAGS"] = new JsonArray([.. tags.Where(tag => tag.Length > 0).Select(tag => JsonValue.Create(tag))]),
        ["UF_CRM_SUM"] = choice == 3 ? "" : $"{number.ToString(CultureInfo.InvariantCulture)}|USD",
    };

    private async Task CheckAsync(JsonObject fields, List<(string Name, int Price, int Quantity)> rows)
    {
        var deal = _pair.AddDeal(further: all =>
        {
            foreach (var (name, value) in fields)
            {
                all[name] = value?.DeepClone();
            }
        });
        if (rows.Count > 0)
        {
            SetRows(_pair.Source, deal, [.. rows.Select(row => Row(row.Name.Length > 0 ? row.Name : "товар", row.Price / 100m, row.Quantity))]);
        }

        Assert.True(MappingProfile.TryParse(Profile, out var profile, out _));
        var shown = await _pair.DryRun.RunAsync(
            new DryRunRequest { Portal = _pair.Portal, Connection = _pair.Connection, Profile = profile, ProfileVersion = "default@1", DealId = deal, Language = "en" },
            TestContext.Current.CancellationToken);
        Assert.Equal(DryRunOutcome.Create, shown.Outcome);

        var (transfer, _) = await _pair.CarryAsync(deal);
        var esbId = transfer.Outcome!.EsbDealId!.Value;
        var held = _pair.Esb.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = esbId, ["useOriginalUfNames"] = "Y" })!["item"]!.AsObject();
        foreach (var field in shown.Fields.Where(field => field.Sent is not null))
        {
            Assert.True(AreSame(field.Sent!, held[field.Field]), $"{field.Field}: {field.Sent} was shown, {held[field.Field]} stands there");
        }

        // The values themselves. A title of "0" is empty to PHP, at the source already.
        var source = _pair.Source.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = deal })!["item"]!;
        Assert.Equal(source["title"]!.ToString(), held["title"]!.ToString());
        Assert.Equal(source["comments"]?.ToString() ?? "", held["comments"]?.ToString() ?? "");
        Assert.Equal(fields["UF_CRM_NUMBER"]!.GetValue<decimal>(), Number(held["UF_CRM_NUMBER"]));
        Assert.Equal(fields["UF_CRM_FLAG"]!.ToString(), held["UF_CRM_FLAG"]!.ToString());
        Assert.Equal(fields["UF_CRM_LEVEL"]!.ToString().Length > 0, held["UF_CRM_LEVEL"] is { } level && level.ToString() is not ("" or "0"));
        Assert.Equal(shown.Rows?.Count ?? 0, Rows(_pair.Esb, esbId).Count);

        var changedAt = held["updatedTime"]!.ToString();
        _pair.Clock.Advance(TimeSpan.FromMinutes(1));
        _pair.Esb.Journal.Clear();
        await _pair.CarryAsync(deal);

        Assert.DoesNotContain(Methods(_pair.Esb), method => method is "crm.item.update" or "crm.item.productrow.set" or "crm.item.add");
        Assert.Equal(changedAt, _pair.Esb.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = esbId })!["item"]!["updatedTime"]!.ToString());
    }

    private static string OptionId(B24RobotApp.Sandbox.Portals.SandboxPortal portal, string choice) =>
        portal.Call("crm.item.fields", new JsonObject { ["entityTypeId"] = 2, ["useOriginalUfNames"] = "Y" })!["fields"]!["UF_CRM_LEVEL"]!["items"]!.AsArray()
            .Single(item => item!["VALUE"]!.ToString() == choice)!["ID"]!.ToString();

    /// <summary>Whether a portal's answer is what was sent to it: numbers may be spelled otherwise, dates come as times.</summary>
    private static bool AreSame(JsonNode sent, JsonNode? held)
    {
        if (sent is JsonArray list)
        {
            return held is JsonArray other && list.Count == other.Count && list.Zip(other).All(pair => AreSame(pair.First!, pair.Second));
        }

        var (left, right) = (sent.ToString(), held?.ToString() ?? "");
        return left == right
            || (decimal.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && a == (Number(held) ?? -1))
            || (left.Split('|') is [var amount, var currency] && right.Split('|') is [var heldAmount, var heldCurrency] && currency == heldCurrency
                && decimal.Parse(amount, CultureInfo.InvariantCulture) == decimal.Parse(heldAmount, CultureInfo.InvariantCulture))
            || (DateTimeOffset.TryParse(left, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
                && DateTimeOffset.TryParse(right, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var heldMoment) && moment == heldMoment);
    }

    /// <summary>A list that was never filled in reads <c>false</c>, an emptied one <c>[]</c>.</summary>
    private static bool IsNothing(JsonNode? value) => value is null or JsonArray { Count: 0 } || value.ToJsonString() is "false" or "\"\"";

    private static decimal? Number(JsonNode? value) =>
        decimal.TryParse(value?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
