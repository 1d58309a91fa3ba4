using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;

namespace B24RobotApp.Acceptance;

/// <summary>What a second transfer of a deal does: by the robot's mode, and by what became of the first one's deal.</summary>
public sealed class ModeTests(ModeTests.Fixture fixture) : StageTests(fixture), IClassFixture<ModeTests.Fixture>
{
    private static readonly string[] Writes = ["crm.item.add", "crm.item.update", "crm.item.productrow.set", "crm.item.delete"];

    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task Mode_create_makes_another_deal_each_time()
    {
        var deal = Source.AddDeal("Каждый раз новая", rows: Crm.Rows);
        var first = await Stage.SendToEndAsync(deal, Mode("create"));
        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal(("created", "created"), (first.Status, second.Status));
        Assert.NotEqual(first.EsbDealId, second.EsbDealId);
        var origins = Stage.EsbDealsOf(deal).Select(arrived => arrived["originId"]!.ToString()).ToList();
        Assert.Equal(2, origins.Distinct().Count());
        Assert.All(origins, origin => Assert.StartsWith($"{deal}:", origin, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mode_skip_leaves_the_deal_that_is_there()
    {
        var deal = Source.AddDeal("Как есть", rows: Crm.Rows);
        var first = await Stage.SendToEndAsync(deal, Mode("skip"));
        var before = Stage.OneEsbDealOf(deal);
        Source.Update(Crm.Deal, deal, new JsonObject { ["title"] = "Другое название" });
        Esb.Journal.Clear();

        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal(("created", "skipped"), (first.Status, second.Status));
        Assert.Equal(first.EsbDealId, second.EsbDealId);
        Assert.Equal("Как есть", Stage.OneEsbDealOf(deal)["title"]?.ToString());
        Assert.Equal(before["updatedTime"]?.ToString(), Stage.OneEsbDealOf(deal)["updatedTime"]?.ToString());
        AssertNothingWritten();
    }

    [Fact]
    public async Task A_second_update_that_finds_nothing_changed_writes_nothing()
    {
        var contact = Source.AddContact("Неизменный", phone: "+7 495 765-43-21");
        var company = Source.AddCompany("ООО «Неизменность»", email: "same@example.com");
        var deal = Source.AddDeal("Без изменений", new JsonObject { ["comments"] = "Текст [b]сделки[/b]" }, Crm.Rows, company, contact);
        Stage.PlaceRobots(new JsonObject { ["comment"] = "От робота", ["fields"] = new JsonArray("UF_CRM_ESB_PROJECT=Проект") });
        var first = await Stage.SendToEndAsync(deal);
        var before = Stage.OneEsbDealOf(deal);
        Esb.Journal.Clear();

        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal(("created", "updated"), (first.Status, second.Status));
        AssertNothingWritten();
        var after = Stage.OneEsbDealOf(deal);
        Assert.Equal(before["updatedTime"]?.ToString(), after["updatedTime"]?.ToString());
        Assert.Equal(before["UF_CRM_TRANSFER_DATE"]?.ToString(), after["UF_CRM_TRANSFER_DATE"]?.ToString());
        Assert.Equal("Проект", after["UF_CRM_ESB_PROJECT"]?.ToString());
    }

    [Fact]
    public async Task Changed_fields_arrive_and_rows_are_replaced_while_the_ESBs_own_stage_stays()
    {
        var deal = Source.AddDeal("До изменений", rows: Crm.Rows);
        var first = await Stage.SendToEndAsync(deal);
        Esb.Crm.MoveDeal(first.EsbDealId, "EXECUTING");
        Source.Update(Crm.Deal, deal, new JsonObject { ["title"] = "После изменений", ["comments"] = "Новый комментарий", ["probability"] = 80 });
        Source.SetRows(deal, [new JsonObject { ["productName"] = "Другая позиция", ["price"] = 99.9, ["quantity"] = 3 }]);

        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal(("updated", first.EsbDealId), (second.Status, second.EsbDealId));
        var arrived = Stage.OneEsbDealOf(deal);
        Assert.Equal("После изменений", arrived["title"]?.ToString());
        Assert.Equal("Новый комментарий", arrived["comments"]?.ToString());
        Assert.Equal("80", arrived["probability"]?.ToString());
        Assert.Equal("EXECUTING", arrived["stageId"]?.ToString());
        var row = Assert.Single(Stage.EsbRowsOf(first.EsbDealId));
        Assert.Equal("Другая позиция", row!["productName"]?.ToString());
        Assert.Equal(Source.Get(Crm.Deal, deal)["opportunity"]?.ToString(), arrived["opportunity"]?.ToString());
    }

    [Fact]
    public async Task Rows_that_were_removed_at_the_source_go_on_the_ESB_too()
    {
        var deal = Source.AddDeal("Товары убрали", rows: Crm.Rows);
        var first = await Stage.SendToEndAsync(deal);
        Source.SetRows(deal, []);
        Assert.Empty(Source.Call("crm.item.productrow.list", new JsonObject { ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = deal } })!["productRows"]!.AsArray());

        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal("updated", second.Status);
        Assert.Empty(Stage.EsbRowsOf(first.EsbDealId));
    }

    [Fact]
    public async Task A_deal_that_was_deleted_on_the_ESB_is_created_again()
    {
        var deal = Source.AddDeal("Удалят на ЕСБ", rows: Crm.Rows);
        var first = await Stage.SendToEndAsync(deal);
        Esb.Crm.DeleteDeal(first.EsbDealId);

        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal("created", second.Status);
        Assert.NotEqual(first.EsbDealId, second.EsbDealId);
        Assert.Equal(second.EsbDealId, Stage.OneEsbDealOf(deal)["id"]!.GetValue<long>());
        Assert.Equal(2, Stage.EsbRowsOf(second.EsbDealId).Count);
    }

    [Fact]
    public async Task A_deal_that_was_restored_from_the_recycle_bin_under_a_new_id_is_found_by_its_origin()
    {
        var deal = Source.AddDeal("Восстановят на ЕСБ", rows: Crm.Rows);
        var first = await Stage.SendToEndAsync(deal);
        Esb.Crm.DeleteDeal(first.EsbDealId);
        var restored = Esb.Crm.RestoreDeal(first.EsbDealId);
        Source.Update(Crm.Deal, deal, new JsonObject { ["title"] = "Восстановлена и обновлена" });

        var second = await Stage.SendToEndAsync(deal);

        Assert.Equal(("updated", restored), (second.Status, second.EsbDealId));
        Assert.Equal("Восстановлена и обновлена", Stage.OneEsbDealOf(deal)["title"]?.ToString());
    }

    [Fact]
    public async Task A_robot_with_its_own_title_pipeline_stage_and_responsible_is_obeyed()
    {
        var deal = Source.AddDeal("Название источника");

        var result = await Stage.SendToEndAsync(deal, new JsonObject
        {
            ["deal_title"] = "Для ЕСБ: {=Document:TITLE}", ["category"] = "12", ["stage"] = "C12:UC_CHECK", ["responsible"] = "fomina@esb.example",
        });

        Assert.Equal("created", result.Status);
        var arrived = Stage.OneEsbDealOf(deal);
        Assert.Equal("Для ЕСБ: Название источника", arrived["title"]?.ToString());
        Assert.Equal(("12", "C12:UC_CHECK", "33"), (arrived["categoryId"]?.ToString(), arrived["stageId"]?.ToString(), arrived["assignedById"]?.ToString()));
    }

    private static JsonObject Mode(string mode) => new() { ["mode"] = mode };

    private void AssertNothingWritten() => Assert.All(Writes, method => Assert.Empty(Esb.Journal.Calls(method)));
}
