using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Schemas.DryRuns;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed class DryRunTests : IAsyncLifetime
{
    /// <summary>All that a dry run may ask of a portal.</summary>
    private static readonly HashSet<string> Reading =
    [
        "crm.item.get", "crm.item.list", "crm.item.fields", "crm.item.productrow.list", "crm.status.list", "crm.category.list", "crm.currency.list", "crm.measure.list",
        "crm.deal.userfield.list", "user.get", "crm.requisite.list", "crm.duplicate.findbycomm",
    ];

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task What_is_shown_is_what_a_transfer_then_writes()
    {
        var deal = AddDealWithRows();

        var report = await RunAsync(deal);
        await _pair.CarryAsync(deal);

        Assert.Equal(DryRunOutcome.Create, report.Outcome);
        var standing = Assert.Single(_pair.EsbDeals);
        Assert.NotEmpty(report.Fields);
        Assert.All(report.Fields, field => Assert.Equal(Plain(field.After), Plain(standing[field.Field])));
        Assert.Equal(
            report.Rows!.Select(row => $"{row["productName"]} {row["quantity"]}"),
            Rows(_pair.Esb, (long)standing["id"]!).Select(row => $"{row!["productName"]} {row["quantity"]}"));
    }

    [Fact]
    public async Task Of_a_deal_that_stands_there_before_and_after_are_shown()
    {
        var deal = AddDealWithRows();
        await _pair.CarryAsync(deal);
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Поставка, срочно" });

        var report = await RunAsync(deal);
        var title = Assert.Single(report.Fields, field => field.Field == "title");
        Assert.Equal(DryRunOutcome.Update, report.Outcome);
        Assert.Equal(("Поставка", "Поставка, срочно", "from title"), (title.Before?.GetString(), (string?)title.After, title.Rule));
        Assert.Null(report.Rows);

        await _pair.CarryAsync(deal);
        Assert.All(report.Fields.Where(field => field.Sent is not null), field => Assert.Equal(Plain(field.After), Plain(_pair.EsbDeals.Single()[field.Field])));
        Assert.Equal(DryRunOutcome.Nothing, (await RunAsync(deal)).Outcome);
    }

    [Fact]
    public async Task Nothing_is_written_neither_on_a_portal_nor_in_the_store()
    {
        var deal = AddDealWithRows();
        _pair.Source.Journal.Clear();

        await RunAsync(deal);

        Assert.All(Methods(_pair.Source).Concat(Methods(_pair.Esb)).Where(method => method != "batch"), method => Assert.Contains(method, Reading));
        Assert.Empty(_pair.EsbDeals);
        Assert.Empty(await _pair.Stores.Links.FindAsync([_pair.DealKey(deal)], TestContext.Current.CancellationToken));
        Assert.Empty(await _pair.Stores.Transfers.ListAsync(new(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_deal_that_another_database_sent_is_found_by_its_origin()
    {
        var deal = _pair.AddDeal();
        var standing = Add(_pair.Esb, 2, new JsonObject { ["title"] = "Старая", ["originatorId"] = $"b24:{_pair.Source.MemberId}", ["originId"] = $"{deal}" });

        var report = await RunAsync(deal);

        Assert.Equal((DryRunOutcome.Update, standing), (report.Outcome, report.EsbDealId));
    }

    [Fact]
    public async Task All_problems_are_listed()
    {
        var deal = _pair.AddDeal();

        var report = await RunAsync(deal, Properties(("fields", "UF_CRM_NOTHING=1"), ("responsible", "nobody@partner.example")).ToJsonString());

        Assert.Equal(DryRunOutcome.Fail, report.Outcome);
        Assert.Equal(["USER_UNKNOWN", "FIELD_UNKNOWN"], report.Problems.Select(problem => problem.Code));
    }

    private long AddDealWithRows()
    {
        var company = Add(_pair.Source, 4, new JsonObject { ["title"] = "ООО Ромашка" });
        var deal = _pair.AddDeal(further: fields =>
        {
            fields["companyId"] = company;
            fields["closedate"] = "2026-03-10";
        });
        SetRows(_pair.Source, deal, Row("Кирпич", 10, 3), Row("Цемент", 500.5m, 2));
        return deal;
    }

    [Fact]
    public async Task A_client_that_is_there_by_its_phone_is_shown_with_its_id_and_not_remembered()
    {
        var theirs = Add(_pair.Esb, 3, new JsonObject { ["name"] = "Анна", ["fm"] = Communications("8 (495) 111-22-33") });
        var contact = Add(_pair.Source, 3, new JsonObject { ["name"] = "Анна", ["fm"] = Communications("+74951112233") });

        var report = await RunAsync(_pair.AddDeal(further: fields => fields["contactId"] = contact));

        Assert.Equal(("contact", theirs), (Assert.Single(report.Client).Kind, report.Client[0].EsbId!.Value));
        Assert.Empty(await _pair.Stores.Links.FindAsync([_pair.DealKey(contact) with { Entity = LinkedEntity.Contact }], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_that_would_travel_are_counted()
    {
        AddFileField(_pair.Source, "SIGNED", true);
        AddFileField(_pair.Esb, "CONTRACT", true);
        await _pair.UseProfileAsync("""{"schema":2,"name":{},"rules":[{"to":"title","from":"title"},{"to":"UF_CRM_CONTRACT","from":"UF_CRM_SIGNED"}]}""");
        var deal = _pair.AddDeal(further: fields => fields["UF_CRM_SIGNED"] = new JsonArray(new JsonArray("a.txt", Convert.ToBase64String("a"u8)), new JsonArray("b.txt", Convert.ToBase64String("b"u8))));

        Assert.Empty((await RunAsync(deal)).Files);
        var files = Assert.Single((await RunAsync(deal, """{"send_files":["Y"]}""")).Files);

        Assert.Equal(("UF_CRM_CONTRACT", "UF_CRM_SIGNED", 2), (files.Field, files.From, files.Count));
    }

    [Fact]
    public async Task A_leads_dry_run_shows_what_a_transfer_then_writes()
    {
        await _pair.UseProfileAsync("""{"schema":2,"name":{},"from":"lead","to":"deal","rules":[{"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","from":"currencyId"}]}""");
        var lead = Add(_pair.Source, CrmEntityTypes.Lead, new JsonObject { ["title"] = "Заявка", ["opportunity"] = 201, ["currencyId"] = "USD" });

        var report = await _pair.DryRunAsync(lead, kind: CrmKind.Lead);
        await _pair.CarryAsync(lead, kind: CrmEntityTypes.Lead);

        Assert.Equal(DryRunOutcome.Create, report.Outcome);
        var standing = Assert.Single(_pair.EsbDeals);
        Assert.All(report.Fields, field => Assert.Equal(Plain(field.After), Plain(standing[field.Field])));
        Assert.Equal($"lead_{lead}", standing["originId"]!.ToString());
        Assert.Equal(DryRunOutcome.Nothing, (await _pair.DryRunAsync(lead, kind: CrmKind.Lead)).Outcome);
        Assert.Equal(DryRunOutcome.Fail, (await _pair.DryRunAsync(_pair.AddDeal())).Outcome);
    }

    private Task<DryRunReport> RunAsync(long deal, string properties = "{}") => _pair.DryRunAsync(deal, properties);

    /// <summary>A date comes back as a time, a number as it is written; what they mean is compared.</summary>
    private static string Plain(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "",
        JsonValueKind.Number => decimal.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture).ToString("0.####", System.Globalization.CultureInfo.InvariantCulture),
        JsonValueKind.String when DateTimeOffset.TryParse(value.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture, out _) => value.GetValue<string>()[..10],
        _ => value.ToString(),
    };
}
