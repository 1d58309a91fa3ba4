using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Audits;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Audits;

/// <summary>What the app believes, beside what stands on the ESB.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private PortalPair _pair = null!;
    private EsbAudit _audit = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        _audit = new EsbAudit(_pair.Stores.Links, _pair.Stores.Profiles, _pair.EsbPortals, _pair.SourcePortals, _pair.Clock);
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Where_all_is_as_it_should_be_nothing_is_reported()
    {
        for (var i = 0; i < 3; i++)
        {
            await _pair.CarryAsync(_pair.AddDeal());
        }

        var sent = _pair.AddDeal("каждый раз новая");
        await _pair.CarryAsync(sent, Properties(("mode", "create")));
        await _pair.CarryAsync(sent, Properties(("mode", "create")));

        var report = await AuditAsync();

        Assert.Empty(report.Findings);
        Assert.Equal((3, 5, 2), (report.Linked, report.OnEsb, report.Calls));
    }

    [Fact]
    public async Task Each_thing_that_is_not_as_it_should_be_is_named_and_nothing_is_changed()
    {
        var (gone, twice, other, orphan, stranger) = (await CarryAsync(), await CarryAsync(), await CarryAsync(), await CarryAsync(), await CarryAsync());
        var unknown = _pair.AddDeal("не передана");
        Delete(_pair.Esb, gone.Esb);
        var copy = AddToEsb(twice.Source);
        Update(_pair.Esb, other.Esb, new JsonObject { ["opportunity"] = 7 });
        Delete(_pair.Source, orphan.Source);
        Update(_pair.Esb, stranger.Esb, new JsonObject { ["originatorId"] = "1C" });
        var found = AddToEsb(unknown);
        _pair.Source.Journal.Clear();
        _pair.Esb.Journal.Clear();

        var report = await AuditAsync();

        Assert.Equal(
            [
                new(AuditKind.Missing, CrmKind.Deal.Name, gone.Source, gone.Esb),
                new(AuditKind.Doubled, CrmKind.Deal.Name, twice.Source, copy),
                new(AuditKind.AmountDiffers, CrmKind.Deal.Name, other.Source, other.Esb, "1500.5 USD", "7 USD"),
                new(AuditKind.SourceGone, CrmKind.Deal.Name, orphan.Source, orphan.Esb),
                new(AuditKind.NotLinked, CrmKind.Deal.Name, unknown, found),
                new(AuditKind.OriginChanged, CrmKind.Deal.Name, stranger.Source, stranger.Esb),
            ],
            report.Findings.OrderBy(finding => finding.Kind));
        Assert.Equal(6, report.Counts.Count);
        Assert.All(report.Counts, count => Assert.Equal(1, count.Value));
        Assert.All(Methods(_pair.Source).Concat(Methods(_pair.Esb)), method => Assert.Equal("crm.item.list", method));
    }

    [Fact]
    public async Task Many_deals_cost_two_calls_for_fifty_of_them()
    {
        var links = Enumerable.Range(0, 120).Select(_ => _pair.AddDeal()).Select(deal => new Link(_pair.DealKey(deal), AddToEsb(deal), null)).ToList();
        await _pair.Stores.Links.SaveAsync(links, Durability.Full, Cancel);

        var report = await AuditAsync();

        Assert.Empty(report.Findings);
        Assert.Equal((120, 120, 6), (report.Linked, report.OnEsb, report.Calls));
    }

    [Fact]
    public async Task What_arrives_while_the_audit_goes_on_is_not_reported()
    {
        await CarryAsync();
        var (linkedLate, createdLate) = (_pair.AddDeal(), _pair.AddDeal());
        var early = AddToEsb(linkedLate);
        var held = new FaultRule(FaultKind.Held, "crm.item.list", count: 1);
        _pair.Source.Faults.Add(held);

        var running = AuditAsync();
        await Testing.Eventually.Async(() => held.Struck == 1, TimeSpan.FromSeconds(20), Cancel);
        await _pair.Stores.Links.SaveAsync([new Link(_pair.DealKey(linkedLate), early, null), new Link(_pair.DealKey(createdLate), AddToEsb(createdLate), null)], Durability.Full, Cancel);
        held.Release();
        var report = await running;

        Assert.Empty(report.Findings);
        Assert.Equal((3, 2), (report.Linked, report.OnEsb));
    }

    [Fact]
    public async Task An_amount_in_another_currency_is_compared_by_the_profiles_rate_and_not_at_all_without_one()
    {
        _pair.Esb.Crm.AddCurrency("EUR", 1.1m);
        const string Rules = """{"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","constant":"EUR"}""";
        await _pair.UseProfileAsync($$"""{"schema":2,"name":{},"rates":{"USD>EUR":0.9137},"rules":[{{Rules}}]}""");
        var right = await CarryAsync();
        var wrong = await CarryAsync();
        Update(_pair.Esb, wrong.Esb, new JsonObject { ["opportunity"] = 1500.5 });

        var withRate = await AuditAsync();
        await _pair.UseProfileAsync($$"""{"schema":2,"name":{},"rules":[{{Rules}}]}""");
        var without = await AuditAsync();

        Assert.Equal([new(AuditKind.AmountDiffers, CrmKind.Deal.Name, wrong.Source, wrong.Esb, "1500.5 USD", "1500.5 EUR")], withRate.Findings);
        Assert.NotEqual(0, right.Esb);
        Assert.Empty(without.Findings);
    }

    [Fact]
    public async Task The_server_audits_once_a_day_and_when_asked_and_says_why_it_could_not()
    {
        var worker = new AuditWorker(
            _pair.Stores.Audits, _audit, _pair.Stores.Portals, _pair.Stores.Connections, Options.Create(new TransferOptions()), new SoleServer(), _pair.Clock, NullLogger<AuditWorker>.Instance);
        await CarryAsync();
        await worker.StepAsync(Cancel);
        Assert.Empty(await _pair.Stores.Audits.ListAsync(_pair.Portal.Id, Cancel));

        _pair.Clock.Advance(TimeSpan.FromDays(1));
        var daily = Assert.Single(await StepAsync(worker));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.list") { Code = "INVALID_CREDENTIALS", Status = 401 });
        await _pair.Stores.Audits.WantAsync(_pair.Portal.Id, "main", Cancel);
        Assert.NotNull((await _pair.Stores.Audits.ListAsync(_pair.Portal.Id, Cancel)).Single().WantedAt);
        var asked = Assert.Single(await StepAsync(worker));

        Assert.Equal((1, null, (string?)null), (daily.Report!.OnEsb, daily.WantedAt, daily.Problem));
        Assert.Contains("INVALID_CREDENTIALS", asked.Problem, StringComparison.Ordinal);
        Assert.Equal((daily.Report.FinishedAt, (DateTimeOffset?)null), (asked.Report!.FinishedAt, asked.WantedAt));
    }

    [Theory]
    [InlineData("ru")]
    [InlineData("en")]
    public void Each_finding_is_said_with_what_may_be_done(string language)
    {
        var texts = Enum.GetValues<AuditKind>().Select(kind => new AuditTexts(language).Describe(new AuditFinding(kind, CrmKind.Deal.Name, 15, 44, "1 USD", "2 USD"))).ToList();

        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.All(texts, text => Assert.Contains("15", text, StringComparison.Ordinal));
        Assert.All(texts, text => Assert.Contains("44", text, StringComparison.Ordinal));
        Assert.All(texts, text => Assert.Equal(language == "ru", text.Any(letter => letter is >= 'а' and <= 'я')));
    }

    private async Task<IReadOnlyList<LastAudit>> StepAsync(AuditWorker worker)
    {
        await worker.StepAsync(Cancel);
        return await _pair.Stores.Audits.ListAsync(_pair.Portal.Id, Cancel);
    }

    private Task<AuditReport> AuditAsync() => _audit.RunAsync(_pair.Portal, _pair.Connection, TimeSpan.Zero, Cancel);

    private async Task<(long Source, long Esb)> CarryAsync()
    {
        var deal = _pair.AddDeal();
        var (transfer, _) = await _pair.CarryAsync(deal);
        return (deal, transfer.Outcome!.EsbDealId!.Value);
    }

    /// <summary>A deal with the origin of one of the source's.</summary>
    private long AddToEsb(long deal) => Add(_pair.Esb, CrmEntityTypes.Deal, new JsonObject
    {
        ["title"] = "Поставка",
        ["opportunity"] = 1500.5,
        ["currencyId"] = "USD",
        ["originatorId"] = $"b24:{_pair.Source.MemberId}",
        ["originId"] = deal.ToString(CultureInfo.InvariantCulture),
    });

    private static void Delete(Sandbox.Portals.SandboxPortal portal, long deal) =>
        portal.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = CrmEntityTypes.Deal, ["id"] = deal });
}
