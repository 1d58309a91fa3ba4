using B24RobotApp.Sandbox.Crm;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>What the sandbox has to begin with.</summary>
public sealed class SampleDataTests
{
    [Fact]
    public void Print()
    {
        var crm = new CrmPortal();
        SampleData.FillSource(crm.Portal);
        foreach (var (m, p) in new[] { ("crm.item.list", """{"entityTypeId":2,"select":["*"],"useOriginalUfNames":"N"}"""), ("crm.item.productrow.list", """{"filter":{"=ownerType":"D","=ownerId":1}}"""), ("crm.item.get", """{"entityTypeId":4,"id":1}"""), ("crm.item.get", """{"entityTypeId":3,"id":1,"useOriginalUfNames":"Y"}"""), ("user.get", "{}"), ("crm.status.list", """{"filter":{"ENTITY_ID":"DEAL_STAGE_4"}}"""), ("catalog.product.list", """{"select":["id","iblockId","name"],"filter":{"iblockId":23}}""") })
        {
            Console.WriteLine(m + " " + crm.Body(m, p).ToJsonString(new(Plain.Json) { WriteIndented = true }));
        }
        var esb = new CrmPortal();
        SampleData.FillEsb(esb.Portal);
        Console.WriteLine(esb.Body("crm.item.list", """{"entityTypeId":2}""").ToJsonString(Plain.Json));
        Console.WriteLine(esb.Body("crm.deal.userfield.list", """{}""").ToJsonString(Plain.Json));
    }
}
