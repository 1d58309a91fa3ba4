using B24RobotApp.Sandbox.Crm;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>What the sandbox has to begin with.</summary>
public sealed class SampleDataTests
{
    private readonly CrmPortal _source = new();
    private readonly CrmPortal _esb = new();

    public SampleDataTests()
    {
        SampleData.FillSource(_source.Portal);
        SampleData.FillEsb(_esb.Portal);
    }

    [Fact]
    public void The_portals_share_no_pipeline_but_the_first_and_no_ids()
    {
        Assert.Equal([0], _source.Crm.Pipelines.Select(pipeline => pipeline.Id).Intersect(_esb.Crm.Pipelines.Select(pipeline => pipeline.Id)));
        Assert.Empty(_source.Crm.Deals.Select(deal => deal.Id).Intersect(_esb.Crm.Deals.Select(deal => deal.Id)));
        Assert.Empty(_source.Crm.Stages(0).Select(stage => stage.Name).Intersect(_esb.Crm.Stages(0).Select(stage => stage.Name)));
    }

    [Fact]
    public void The_first_deal_has_a_value_in_a_field_of_each_type()
    {
        var deal = _source.Deal(1);
        var fields = _source.Result("crm.item.fields", """{"entityTypeId":2}""")!["fields"]!.AsObject();

        var userFields = fields.Where(field => (bool)field.Value!["isDynamic"]!).ToList();
        Assert.All(userFields, field => Assert.False(deal[field.Key] is null or System.Text.Json.Nodes.JsonArray { Count: 0 }, field.Key));
        string[] types =
        [
            "string", "integer", "double", "boolean", "date", "datetime", "money", "url", "address", "employee", "crm_status", "crm", "file", "enumeration",
        ];
        Assert.Equal(types.Order(), userFields.Select(field => (string)field.Value!["type"]!).Distinct().Order());
    }

    [Fact]
    public void List_fields_agree_in_their_codes_and_in_nothing_else()
    {
        var source = Options(_source, "UF_CRM_KIND");
        var esb = Options(_esb, "UF_CRM_ESB_KIND");

        Assert.Equal(source.Keys, esb.Keys);
        Assert.Empty(source.Values.Intersect(esb.Values));
    }

    [Fact]
    public void The_receiving_portal_has_no_fields_for_where_a_deal_came_from() =>
        Assert.DoesNotContain("UF_CRM_SOURCE", _esb.Result("crm.deal.userfield.list")!.ToJsonString(), StringComparison.Ordinal);

    private static Dictionary<string, string> Options(CrmPortal portal, string field) =>
        portal.Result("crm.deal.userfield.list", $$$"""{"filter":{"FIELD_NAME":"{{{field}}}"}}""")![0]!["LIST"]!.AsArray()
            .ToDictionary(option => (string)option!["XML_ID"]!, option => (string)option!["ID"]!);
}
