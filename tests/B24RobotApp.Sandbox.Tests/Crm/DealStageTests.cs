using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>Pipelines, stages, and what follows from a stage.</summary>
public sealed class DealStageTests
{
    private readonly CrmPortal _portal = new();

    public DealStageTests() => _portal.Portal.Run(() => _portal.Crm.SetPipeline(5, "Partners",
        new PipelineStage("NEW", "New"), new PipelineStage("UC_CHECK", "Check"), new PipelineStage("WON", "Won", "S"), new PipelineStage("LOSE", "Lost", "F")));

    [Theory]
    [InlineData("""{"categoryId":5}""", 5, "C5:NEW")]
    [InlineData("""{"categoryId":5,"stageId":"C5:UC_CHECK"}""", 5, "C5:UC_CHECK")]
    [InlineData("""{"categoryId":5,"stageId":"PREPARATION"}""", 5, "C5:NEW")]
    [InlineData("""{"categoryId":5,"stageId":"WON"}""", 5, "C5:WON")]
    [InlineData("""{"stageId":"C5:UC_CHECK"}""", 0, "NEW")]
    [InlineData("""{"stageId":"NONSENSE"}""", 0, "NEW")]
    public void A_new_deal_stands_on_a_stage_of_its_own_pipeline(string fields, int category, string stage)
    {
        var deal = _portal.AddDeal(fields);

        Assert.Equal((category, stage), ((int)deal["categoryId"]!, (string?)deal["stageId"]));
    }

    [Theory]
    [InlineData("""{"stageId":"EXECUTING"}""", 0, "EXECUTING")]
    [InlineData("""{"stageId":"C5:UC_CHECK"}""", 0, "PREPARATION")]
    [InlineData("""{"categoryId":5}""", 5, "C5:NEW")]
    [InlineData("""{"categoryId":5,"stageId":"C5:UC_CHECK"}""", 5, "C5:UC_CHECK")]
    [InlineData("""{"categoryId":5,"stageId":"LOSE"}""", 5, "C5:LOSE")]
    public void A_change_of_stage_stays_within_the_pipeline(string fields, int category, string stage)
    {
        _portal.AddDeal("""{"stageId":"PREPARATION"}""");
        var deal = _portal.UpdateDeal(1, fields);

        Assert.Equal((category, stage), ((int)deal["categoryId"]!, (string?)deal["stageId"]));
    }

    [Fact]
    public void A_pipeline_that_is_not_there_is_refused()
    {
        _portal.AddDeal();

        Assert.Equal("CRM_FIELD_ERROR_VALUE_NOT_VALID", _portal.Error("crm.item.add", """{"entityTypeId":2,"fields":{"categoryId":99}}"""));
        Assert.Equal("CRM_FIELD_ERROR_VALUE_NOT_VALID", _portal.Error("crm.item.update", """{"entityTypeId":2,"id":1,"fields":{"categoryId":99}}"""));
    }

    [Fact]
    public void A_deal_in_a_designer_workflow_cannot_leave_its_pipeline()
    {
        _portal.AddDeal();
        _portal.Crm.InDesignerWorkflow.Add((2, 1));

        Assert.Equal("CRM_ITEM_HAS_RUNNING_WORKFLOWS", _portal.Error("crm.item.update", """{"entityTypeId":2,"id":1,"fields":{"categoryId":5}}"""));
        _portal.UpdateDeal(1, """{"stageId":"EXECUTING"}""");
    }

    [Fact]
    public void Whether_a_deal_is_closed_follows_its_stage()
    {
        _portal.AddDeal("""{"closed":"Y","closedate":"2026-12-01"}""");
        Assert.Equal(("N", "P"), Closed(_portal.Deal(1)));

        var won = _portal.UpdateDeal(1, """{"stageId":"WON"}""");
        Assert.Equal(("Y", "S"), Closed(won));
        Assert.Equal("2026-03-02T03:00:00+03:00", (string?)won["closedate"]);
        Assert.Equal(("Y", "F"), Closed(_portal.UpdateDeal(1, """{"stageId":"LOSE"}""")));
        Assert.Equal(("N", "P"), Closed(_portal.UpdateDeal(1, """{"stageId":"NEW","closed":"Y"}""")));
    }

    [Fact]
    public void History_tells_creation_moves_and_ends_apart()
    {
        _portal.AddDeal("""{"stageId":"PREPARATION"}""");
        _portal.UpdateDeal(1, """{"title":"x"}""");
        _portal.UpdateDeal(1, """{"stageId":"EXECUTING"}""");
        _portal.UpdateDeal(1, """{"categoryId":5}""");
        _portal.UpdateDeal(1, """{"stageId":"C5:WON"}""");

        var history = History("""{"entityTypeId":2,"order":{"ID":"ASC"}}""");
        Assert.Equal("1 PREPARATION 0 P, 2 EXECUTING 0 P, 5 C5:NEW 5 P, 3 C5:WON 5 S",
            string.Join(", ", history.Select(entry => $"{entry!["TYPE_ID"]} {entry["STAGE_ID"]} {entry["CATEGORY_ID"]} {entry["STAGE_SEMANTIC_ID"]}")));
    }

    [Fact]
    public void Older_portals_write_ids_of_history_as_texts_and_forget_it_with_the_pipeline()
    {
        _portal.Crm.Settings.HistoryIdsAreTexts = true;
        _portal.Crm.Settings.PipelineChangeForgetsHistory = true;
        _portal.AddDeal();
        _portal.UpdateDeal(1, """{"stageId":"EXECUTING"}""");
        _portal.UpdateDeal(1, """{"categoryId":5}""");

        var entry = Assert.Single(History("""{"entityTypeId":2}"""))!;
        Assert.Equal("\"1\"", entry["OWNER_ID"]!.ToJsonString());
        Assert.Equal("C5:NEW", (string?)entry["STAGE_ID"]);
    }

    [Fact]
    public void History_is_filtered_by_its_own_upper_case_names()
    {
        _portal.AddDeal();
        _portal.AddDeal();
        _portal.UpdateDeal(2, """{"stageId":"EXECUTING"}""");

        Assert.Equal(2, History("""{"entityTypeId":2,"filter":{"OWNER_ID":2}}""").Count);
        Assert.Single(History("""{"entityTypeId":2,"filter":{"OWNER_ID":2,"=STAGE_ID":"EXECUTING"}}"""));
        Assert.Equal("INVALID_ARG_VALUE", _portal.Error("crm.stagehistory.list", """{"entityTypeId":2,"filter":{"NONSENSE":2}}"""));
    }

    [Fact]
    public void Pipelines_and_their_stages_can_be_read()
    {
        var categories = _portal.Result("crm.category.list", """{"entityTypeId":2}""")!["categories"]!.AsArray();
        Assert.Equal([(5, "Partners", "N"), (0, "General", "Y")],
            categories.Select(category => ((int)category!["id"]!, (string)category["name"]!, (string)category["isDefault"]!)));

        var stages = _portal.Result("crm.status.list", """{"filter":{"ENTITY_ID":"DEAL_STAGE_5"},"order":{"SORT":"ASC"}}""")!.AsArray();
        Assert.Equal("C5:NEW C5:UC_CHECK C5:WON C5:LOSE", string.Join(' ', stages.Select(stage => (string?)stage!["STATUS_ID"])));
        Assert.Equal("5", (string?)stages[0]!["CATEGORY_ID"]);
    }

    private static (string?, string?) Closed(JsonObject deal) => ((string?)deal["closed"], (string?)deal["stageSemanticId"]);

    private JsonArray History(string parameters) => _portal.Result("crm.stagehistory.list", parameters)!["items"]!.AsArray();
}
