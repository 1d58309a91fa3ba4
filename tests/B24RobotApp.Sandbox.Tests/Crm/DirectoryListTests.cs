namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>Lists that an app needs to know a portal by.</summary>
public sealed class DirectoryListTests
{
    private readonly CrmPortal _portal = new();

    [Fact]
    public void Units_of_measure_are_told_to_any_user_with_the_scope_of_the_CRM_alone()
    {
        var older = _portal.Body("crm.measure.list", "{}", CrmPortal.Manager, "crm")["result"]!.AsArray();
        var current = _portal.Result("catalog.measure.list")!["measures"]!.AsArray();

        Assert.Equal(current.Select(unit => unit!["code"]!.ToString()), older.Select(unit => (string?)unit!["CODE"]));
        Assert.Contains(older, unit => (string?)unit!["CODE"] == "796" && (string?)unit["IS_DEFAULT"] == "Y");
    }

    [Fact]
    public void Quotes_have_user_fields_as_deals_have_them()
    {
        _portal.Result("crm.quote.userfield.add", """{"fields":{"FIELD_NAME":"TERM","USER_TYPE_ID":"string","XML_ID":"term"}}""");

        var field = Assert.Single(_portal.Result("crm.quote.userfield.list")!.AsArray());

        Assert.Equal(("UF_CRM_TERM", "CRM_QUOTE", "term"), ((string?)field!["FIELD_NAME"], (string?)field["ENTITY_ID"], (string?)field["XML_ID"]));
    }
}
