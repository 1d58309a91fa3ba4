using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>The robot as dropped on leads, quotes, invoices and a smart process: each becomes a deal on the ESB, once.</summary>
public sealed class OtherKindsTests(OtherKindsTests.Fixture fixture) : StageTests(fixture), IClassFixture<OtherKindsTests.Fixture>
{
    private const int SmartProcess = 1038;

    public sealed class Fixture : StageFixture;

    [Theory]
    [InlineData(1, "lead", "L")]
    [InlineData(7, "quote", "Q")]
    [InlineData(31, "invoice", "SI")]
    [InlineData(SmartProcess, "dynamic_1038", "T40e")]
    public async Task An_item_becomes_a_deal_and_is_found_again(int kind, string name, string rowOwner)
    {
        if (kind == SmartProcess)
        {
            Source.Run(() => Source.Crm.AddSmartProcess(SmartProcess, "Заявки"));
        }

        var contact = Source.AddContact("Заявитель", email: $"{name.Replace('_', '-')}@example.com");
        var item = Source.Add(kind, new JsonObject { ["title"] = $"Заявка {name}", ["currencyId"] = "RUB", ["contactIds"] = new JsonArray(contact) });
        Source.Call("crm.item.productrow.set", new() { ["ownerType"] = rowOwner, ["ownerId"] = item, ["productRows"] = Crm.Rows });

        var first = await SendAsync(kind, item);
        var second = await SendAsync(kind, item);

        Assert.Equal(("created", "updated", first.EsbDealId), (first.Status, second.Status, second.EsbDealId));
        var deal = Assert.Single(Esb.List(Crm.Deal, new JsonObject { ["=originatorId"] = $"b24:{Source.MemberId}", ["=originId"] = $"{name}_{item}" }));
        Assert.Equal(($"Заявка {name}", 1380.5m), (deal["title"]!.ToString(), deal["opportunity"]!.GetValue<decimal>()));
        Assert.Single(deal["contactIds"]!.AsArray());
        Assert.Equal(2, Stage.EsbRowsOf(first.EsbDealId).Count);
    }

    /// <summary>Moves the item to a stage on which the robot stands.</summary>
    private async Task<RobotResult> SendAsync(int kind, long item)
    {
        var fields = Source.Get(kind, item);
        var category = (int)(fields["categoryId"]?.GetValue<long>() ?? 0);
        var directory = kind switch { 1 => "STATUS", 7 => "QUOTE_STATUS", 31 => $"SMART_INVOICE_STAGE_{category}", _ => $"DYNAMIC_{kind}_STAGE_{category}" };
        var stages = Source.Call("crm.status.list", new() { ["filter"] = new JsonObject { ["ENTITY_ID"] = directory }, ["order"] = new JsonObject { ["SORT"] = "ASC" } })!.AsArray();
        var (other, stage) = (stages[0]!["STATUS_ID"]!.ToString(), stages[1]!["STATUS_ID"]!.ToString());
        Source.Automation.Clear(category, stage, kind);
        Source.Automation.Place(category, stage, new AppRobotStep(Stage.Installation.ClientId, Stage.RobotCode, []) { Waits = true }, kind);
        var workflow = Source.Run(() =>
        {
            Source.Crm.MoveItem(kind, item, other);
            Source.Crm.MoveItem(kind, item, stage);
            return Source.Automation.Workflows.Last(workflow => workflow.EntityTypeId == kind && workflow.ItemId == item);
        });
        return await workflow.ResultAsync();
    }
}
