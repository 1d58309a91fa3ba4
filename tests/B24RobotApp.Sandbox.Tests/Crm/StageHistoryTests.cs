using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary><c>crm.stagehistory.list</c> as somebody reads it who looks for deals that came to a stage.</summary>
public sealed class StageHistoryTests
{
    private readonly CrmPortal _portal = new();

    [Fact]
    public void A_line_has_the_moment_of_its_change_in_the_servers_zone_by_seconds()
    {
        _portal.AddDeal();
        _portal.Clock.Advance(TimeSpan.FromSeconds(61.7));
        _portal.UpdateDeal(1, """{"stageId":"EXECUTING"}""");

        Assert.Equal(
            """{"ID":37,"TYPE_ID":2,"OWNER_ID":1,"CREATED_TIME":"2026-03-02T12:01:01+03:00","CATEGORY_ID":0,"STAGE_SEMANTIC_ID":"P","STAGE_ID":"EXECUTING"}""",
            List("""{"entityTypeId":2,"filter":{"STAGE_ID":"EXECUTING"}}""").Single()!.ToJsonString(Plain.Json));
    }

    [Fact]
    public void Times_are_compared_as_times_whatever_their_offset_and_no_time_is_an_error()
    {
        _portal.AddDeal();
        _portal.Clock.Advance(TimeSpan.FromHours(1));
        _portal.AddDeal();

        Assert.Equal([2], Owners("""{"entityTypeId":2,"filter":{">=CREATED_TIME":"2026-03-02T09:30:00+00:00"}}"""));
        Assert.Equal([1], Owners("""{"entityTypeId":2,"filter":{"<CREATED_TIME":"2026-03-02T14:30:00+05:00"}}"""));
        Assert.Equal("WRONG_DATETIME_FORMAT", _portal.Error("crm.stagehistory.list", """{"entityTypeId":2,"filter":{">CREATED_TIME":"soon"}}"""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Going_on_behind_the_last_id_without_a_count_brings_everything_on_portals_of_each_age(bool isNewer)
    {
        _portal.Crm.Settings.HistoryCountsCanBeSkipped = isNewer;
        _portal.Crm.Settings.HistoryIdsAreTexts = !isNewer;
        for (var i = 0; i < 120; i++)
        {
            _portal.AddDeal();
        }

        var (last, read) = (0L, new List<long>());
        JsonArray page;
        do
        {
            var body = _portal.Body("crm.stagehistory.list", $$$"""{"entityTypeId":2,"filter":{">ID":{{{last}}}},"order":{"ID":"ASC"},"start":-1}""");
            Assert.Equal(isNewer, body["total"] is null);
            page = body["result"]!["items"]!.AsArray();
            read.AddRange(page.Select(line => long.Parse(line!["OWNER_ID"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture)));
            last = page.Count > 0 ? long.Parse(page[^1]!["ID"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture) : last;
        }
        while (page.Count == 50);

        Assert.Equal(Enumerable.Range(1, 120).Select(id => (long)id), read);
    }

    [Fact]
    public void Only_lines_of_deals_that_the_caller_may_read_now_are_told_and_a_deleted_deal_leaves_none()
    {
        _portal.AddDeal("""{"assignedById":7}""");
        _portal.AddDeal("""{"assignedById":1}""");
        _portal.Crm.Rights.None.Add(CrmPortal.Manager);

        Assert.Empty(_portal.Result("crm.stagehistory.list", """{"entityTypeId":2}""", CrmPortal.Manager)!["items"]!.AsArray());
        _portal.Result("crm.item.delete", """{"entityTypeId":2,"id":1}""");
        Assert.Equal([2], Owners("""{"entityTypeId":2}"""));
    }

    [Fact]
    public void An_imported_deal_has_a_line_of_the_day_it_was_imported_however_old_it_says_it_is()
    {
        _portal.Result("crm.item.import", """{"entityTypeId":2,"fields":{"title":"x","stageId":"EXECUTING","createdTime":"2024-01-10T10:00:00+03:00"}}""");

        var line = List("""{"entityTypeId":2}""").Single()!;
        Assert.Equal((1, "2026-03-02T12:00:00+03:00"), ((int)line["TYPE_ID"]!, (string?)line["CREATED_TIME"]));
        Assert.Equal("2024-01-10T10:00:00+03:00", (string?)_portal.Deal(1)["createdTime"]);
    }

    [Fact]
    public void Leads_have_a_status_and_quotes_no_history_and_on_older_portals_smart_processes_have_none()
    {
        _portal.Portal.Run(() => _portal.Crm.AddSmartProcess(147, "Ремонт"));
        _portal.Add(1);
        _portal.Add(147);

        Assert.Equal("NEW", (string?)List("""{"entityTypeId":1,"filter":{"STATUS_ID":"NEW"}}""").Single()!["STATUS_ID"]);
        Assert.Equal("INVALID_ARG_VALUE", _portal.Error("crm.stagehistory.list", """{"entityTypeId":1,"filter":{"STAGE_ID":"NEW"}}"""));
        Assert.Equal("ENTITY_TYPE_NOT_SUPPORTED", _portal.Error("crm.stagehistory.list", """{"entityTypeId":7}"""));
        Assert.Single(List("""{"entityTypeId":147}"""));
        _portal.Crm.Settings.HistoryKnowsSmartProcesses = false;
        Assert.Equal("ENTITY_TYPE_NOT_SUPPORTED", _portal.Error("crm.stagehistory.list", """{"entityTypeId":147}"""));
        Assert.Single(List("""{"entityTypeId":1}"""));
    }

    private JsonArray List(string parameters) => _portal.Result("crm.stagehistory.list", parameters)!["items"]!.AsArray();

    private IEnumerable<int> Owners(string parameters) => List(parameters).Select(line => (int)line!["OWNER_ID"]!);
}
