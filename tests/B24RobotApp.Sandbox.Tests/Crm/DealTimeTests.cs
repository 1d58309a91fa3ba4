using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>When a deal counts as changed and as moved, and by whom.</summary>
public sealed class DealTimeTests
{
    private const string Then = "2026-03-02T12:00:00+03:00";
    private const string Later = "2026-03-02T13:00:00+03:00";

    private readonly CrmPortal _portal = new();

    [Fact]
    public void A_change_of_a_field_is_a_change_by_the_caller_and_no_move()
    {
        var deal = After("""{"title":"y"}""");

        Assert.Equal((Then, Later, Then), Times(deal));
        Assert.Equal((1L, CrmPortal.Manager, 1L), ((long)deal["createdBy"]!, (long)deal["updatedBy"]!, (long)deal["movedBy"]!));
    }

    [Fact]
    public void A_change_of_stage_is_a_move_as_well()
    {
        var deal = After("""{"stageId":"EXECUTING"}""");

        Assert.Equal((Then, Later, Later), Times(deal));
        Assert.Equal(CrmPortal.Manager, (long)deal["movedBy"]!);
    }

    [Theory]
    [InlineData("""{"title":"x"}""")]
    [InlineData("""{"title":"x","opportunity":"100.00","stageId":"NEW"}""")]
    [InlineData("""{"begindate":"2026-03-02"}""")]
    [InlineData("""{"companyId":0,"contactIds":[],"comments":""}""")]
    [InlineData("""{"nonsense":1}""")]
    [InlineData("""{}""")]
    public void An_update_that_changes_nothing_leaves_the_time_and_tells_nobody(string fields)
    {
        _portal.Portal.CreateOutgoingWebhook(new Uri("http://127.0.0.1:9/"), "ONCRMDEALUPDATE");
        var deal = After(fields);

        Assert.Equal((Then, Then, Then), Times(deal));
        Assert.Empty(_portal.Portal.Deliveries.History);
    }

    [Fact]
    public void An_import_may_bring_its_own_times_and_authors()
    {
        var id = (long)_portal.Result("crm.item.import",
            """{"entityTypeId":2,"fields":{"title":"x","createdTime":"2020-01-01T10:00:00+03:00","createdBy":7,"updatedTime":"2021-01-01T10:00:00+03:00"}}""")!["item"]!["id"]!;
        var deal = _portal.Deal(id);

        Assert.Equal(("2020-01-01T10:00:00+03:00", "2021-01-01T10:00:00+03:00", 7L),
            ((string?)deal["createdTime"], (string?)deal["updatedTime"], (long)deal["createdBy"]!));
    }

    private JsonObject After(string fields)
    {
        _portal.AddDeal("""{"title":"x","opportunity":100}""");
        _portal.Clock.Advance(TimeSpan.FromHours(1));
        return _portal.UpdateDeal(1, fields, CrmPortal.Manager);
    }

    private static (string?, string?, string?) Times(JsonObject deal) =>
        ((string?)deal["createdTime"], (string?)deal["updatedTime"], (string?)deal["movedTime"]);
}
