namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>How fields are called.</summary>
public sealed class FieldNameTests
{
    private readonly CrmPortal _portal = new();

    [Theory]
    [InlineData("PROJECT", "ufCrmProject")]
    [InlineData("START_DATE", "ufCrmStartDate")]
    [InlineData("1701234567", "ufCrm_1701234567")]
    [InlineData("7_1701234567", "ufCrm7_1701234567")]
    [InlineData("3_DIGIT", "ufCrm3Digit")]
    [InlineData("A_1B_2", "ufCrm_A_1B_2")]
    public void User_fields_are_called_in_camel_case_unless_they_have_digits(string code, string name)
    {
        _portal.AddField(code, "string");

        var field = _portal.Result("crm.item.fields", """{"entityTypeId":2}""")!["fields"]![name];
        Assert.Equal("UF_CRM_" + code, (string?)field?["upperName"]);
        Assert.True(_portal.AddDeal().ContainsKey(name));
    }

    [Fact]
    public void Original_names_are_given_and_taken_if_asked_for()
    {
        _portal.AddField("7_1701234567", "string");

        var deal = _portal.Result("crm.item.add", """{"entityTypeId":2,"useOriginalUfNames":"Y","fields":{"title":"A","UF_CRM_7_1701234567":"x"}}""")!["item"]!;

        Assert.Equal(("A", "x"), ((string?)deal["title"], (string?)deal["UF_CRM_7_1701234567"]));
        Assert.Equal("x", (string?)_portal.Deal((long)deal["id"]!)["ufCrm7_1701234567"]);
    }

    [Fact]
    public void An_older_portal_ignores_the_wish_for_original_names()
    {
        _portal.Crm.Settings.KnowsOriginalNames = false;
        _portal.AddField("7_1701234567", "string");

        var deal = _portal.Result("crm.item.add", """{"entityTypeId":2,"useOriginalUfNames":"Y","fields":{"UF_CRM_7_1701234567":"x"}}""")!["item"]!.AsObject();

        Assert.False(deal.ContainsKey("UF_CRM_7_1701234567"));
        Assert.Null(deal["ufCrm7_1701234567"]);
    }

    [Fact]
    public void System_fields_are_taken_in_upper_case_too() =>
        Assert.Equal("x", (string?)_portal.AddDeal("""{"TITLE":"x"}""")["title"]);

    [Fact]
    public void Unknown_fields_are_passed_over_without_a_word() =>
        Assert.Equal("x", (string?)_portal.AddDeal("""{"title":"x","nonsense":1,"ufCrmNothing":2,"UF_CRM_SOURCE_PORTAL":"p"}""")["title"]);

    [Fact]
    public void A_list_with_original_names_and_a_selection_loses_what_is_not_a_user_field()
    {
        _portal.AddField("PROJECT", "string");
        _portal.AddDeal("""{"title":"x"}""");

        var items = _portal.Result("crm.item.list", """{"entityTypeId":2,"useOriginalUfNames":"Y","select":["id","title","UF_CRM_PROJECT"]}""")!["items"]!;
        Assert.Equal("""[{"UF_CRM_PROJECT":null}]""", items.ToJsonString());

        items = _portal.Result("crm.item.list", """{"entityTypeId":2,"useOriginalUfNames":"Y","select":["id","title"]}""")!["items"]!;
        Assert.Equal("[[]]", items.ToJsonString());

        _portal.Crm.Settings.SelectWithOriginalNamesLosesSystemFields = false;
        items = _portal.Result("crm.item.list", """{"entityTypeId":2,"useOriginalUfNames":"Y","select":["id","title"]}""")!["items"]!;
        Assert.Equal("""[{"id":1,"title":"x"}]""", items.ToJsonString());
    }

    [Theory]
    [InlineData(99, "ENTITY_TYPE_NOT_SUPPORTED")]
    [InlineData(147, "NOT_FOUND")]
    public void Kinds_of_items_that_are_not_there_are_refused(int entityTypeId, string code) =>
        Assert.Equal(code, _portal.Error("crm.item.fields", $$"""{"entityTypeId":{{entityTypeId}}}"""));

    [Fact]
    public void Smart_processes_are_items_like_all_others()
    {
        _portal.Portal.Run(() => _portal.Crm.AddSmartProcess(147, "Equipment"));
        var item = _portal.Add(147, """{"title":"Crane","opportunity":5}""");

        Assert.Equal((147, "Crane", "DT147_9:NEW"), ((int)item["entityTypeId"]!, (string?)item["title"], (string?)item["stageId"]));
        Assert.Equal(5, (double)_portal.Result("crm.item.get", """{"entityTypeId":147,"id":1}""")!["item"]!["opportunity"]!);
    }
}
