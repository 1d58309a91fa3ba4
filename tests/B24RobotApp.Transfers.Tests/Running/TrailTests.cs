using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>What is kept of a transfer for people: what was read and what was sent.</summary>
public sealed class TrailTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Of_each_field_it_is_kept_what_was_read_and_what_was_sent()
    {
        var deal = _pair.AddDeal("Обучение", fields => fields["opportunity"] = 1500);
        SetRows(_pair.Source, deal, Row("Курс", 750, 2));

        var (transfer, _) = await _pair.CarryAsync(deal);
        var trail = await TrailAsync(transfer);

        var title = trail.Fields.Single(field => field.Field == "title");
        Assert.Equal(("from title", "Обучение", "Обучение"), (title.Rule, title.Read!.ToString(), title.Sent!.ToString()));
        Assert.Equal(("app", _pair.EsbDeals[0]["originId"]!.ToString()), Origin(trail));
        Assert.Equal("Курс", Assert.Single(trail.Rows!)["productName"]!.ToString());
    }

    [Fact]
    public async Task A_second_transfer_keeps_what_it_has_written_and_not_what_updates_leave_alone()
    {
        var deal = _pair.AddDeal("Обучение");
        await _pair.CarryAsync(deal);

        var (same, _) = await _pair.CarryAsync(deal);
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Обучение в июне" });
        var (changed, _) = await _pair.CarryAsync(deal);

        Assert.Empty((await TrailAsync(same)).Fields);
        var trail = await TrailAsync(changed);
        Assert.Equal("Обучение в июне", trail.Fields.Single(field => field.Field == "title").Sent!.ToString());
        Assert.DoesNotContain(trail.Fields, field => field.Field == "stageId");
        Assert.Null(trail.Rows);
    }

    [Fact]
    public async Task Where_the_ESB_refused_it_is_kept_what_should_have_been_written()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.add") { Code = "ACCESS_DENIED" });

        var (transfer, returned) = await _pair.CarryAsync(_pair.AddDeal("Обучение"));

        Assert.Equal("failed", returned["status"]!.ToString());
        Assert.Equal("Обучение", (await TrailAsync(transfer)).Fields.Single(field => field.Field == "title").Sent!.ToString());
    }

    [Fact]
    public async Task Long_texts_are_cut_in_what_is_kept_and_only_there()
    {
        var text = new string('ё', 3000);

        var (transfer, _) = await _pair.CarryAsync(_pair.AddDeal("Обучение", fields => fields["comments"] = text));

        var sent = (await TrailAsync(transfer)).Fields.Single(field => field.Field == "comments").Sent!.ToString();
        Assert.InRange(sent.Length, 100, 600);
        Assert.Contains(text, _pair.EsbDeals[0]["comments"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_with_the_transfer()
    {
        var (transfer, _) = await _pair.CarryAsync(_pair.AddDeal("Обучение"));

        await _pair.Stores.Transfers.PruneAsync(_pair.Clock.GetUtcNow() + TimeSpan.FromDays(1), TestContext.Current.CancellationToken);

        Assert.Null(await _pair.Stores.Transfers.TrailAsync(transfer.Id, TestContext.Current.CancellationToken));
    }

    private static (string Rule, string Sent) Origin(TransferTrail trail)
    {
        var origin = trail.Fields.Single(field => field.Field == "originId");
        return (origin.Rule, origin.Sent!.ToString());
    }

    private async Task<TransferTrail> TrailAsync(Transfer transfer) =>
        await _pair.Stores.Transfers.TrailAsync(transfer.Id, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("The transfer has no trail.");
}
