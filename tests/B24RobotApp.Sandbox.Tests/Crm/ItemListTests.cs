using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary><c>crm.item.list</c>: filters, order, selection, pages.</summary>
public sealed class ItemListTests
{
    private readonly CrmPortal _portal = new();

    /// <summary>Deals 1 to 4, of which each filter finds some.</summary>
    private void AddFour()
    {
        _portal.AddField("KIND", "enumeration", """{"LIST":[{"VALUE":"A","XML_ID":"A"},{"VALUE":"B","XML_ID":"B"}]}""");
        _portal.AddField("TAGS", "string", """{"MULTIPLE":"Y"}""");
        _portal.AddDeal("""{"title":"Alpha","opportunity":100,"isManualOpportunity":"Y","originatorId":"b24:x","originId":"1","begindate":"2026-01-10","ufCrmKind":3157,"ufCrmTags":["red","blue"]}""");
        _portal.AddDeal("""{"title":"Beta","opportunity":200,"originatorId":"b24:x","originId":"2","begindate":"2026-02-10","ufCrmKind":3158,"assignedById":7}""");
        _portal.AddDeal("""{"title":"Gamma","opportunity":300,"stageId":"WON","begindate":"2026-03-10","ufCrmTags":["blue"],"assignedById":7}""");
        _portal.AddDeal("""{"title":"alphabet","opportunity":50.5,"stageId":"PREPARATION","begindate":"2026-04-10","comments":"x"}""");
    }

    [Theory]
    [InlineData("""{}""", "1 2 3 4")]
    [InlineData("""[]""", "1 2 3 4")]
    [InlineData("""{"title":"Alpha"}""", "1")]
    [InlineData("""{"=title":"alpha"}""", "1")]
    [InlineData("""{"%title":"alph"}""", "1 4")]
    [InlineData("""{"!%title":"alph"}""", "2 3")]
    [InlineData("""{"=%title":"alph%"}""", "1 4")]
    [InlineData("""{"%=title":"%ta"}""", "2")]
    [InlineData("""{"!title":"Alpha"}""", "2 3 4")]
    [InlineData("""{"!=title":"Alpha"}""", "2 3 4")]
    [InlineData("""{">opportunity":100}""", "2 3")]
    [InlineData("""{">=opportunity":"100"}""", "1 2 3")]
    [InlineData("""{"<opportunity":100,">opportunity":50.4}""", "4")]
    [InlineData("""{"<=opportunity":100}""", "1 4")]
    [InlineData("""{"@id":[1,3,99]}""", "1 3")]
    [InlineData("""{"@id":["1","3"]}""", "1 3")]
    [InlineData("""{"id":[2,4]}""", "2 4")]
    [InlineData("""{"!@id":[1,3]}""", "2 4")]
    [InlineData("""{"@id":[]}""", "")]
    [InlineData("""{">id":2}""", "3 4")]
    [InlineData("""{"=originatorId":"b24:x","=originId":"2"}""", "2")]
    [InlineData("""{"=originatorId":"b24:x","@originId":["1","2","3"]}""", "1 2")]
    [InlineData("""{"=originatorId":""}""", "3 4")]
    [InlineData("""{"=stageId":"WON"}""", "3")]
    [InlineData("""{"stageSemanticId":"P"}""", "1 2 4")]
    [InlineData("""{"closed":"Y"}""", "3")]
    [InlineData("""{"isManualOpportunity":"Y"}""", "1")]
    [InlineData("""{">=begindate":"2026-02-10","<begindate":"2026-04-10"}""", "2 3")]
    [InlineData("""{">begindate":"soon"}""", "")]
    [InlineData("""{"assignedById":7}""", "2 3")]
    [InlineData("""{"=ufCrmKind":3158}""", "2")]
    [InlineData("""{"@ufCrmKind":[3157,3158]}""", "1 2")]
    [InlineData("""{"ufCrmTags":"blue"}""", "1 3")]
    [InlineData("""{"=UF_CRM_TAGS":"red"}""", "1")]
    [InlineData("""{"!comments":""}""", "4")]
    [InlineData("""{">createdTime":"2026-03-02T08:59:59Z"}""", "1 2 3 4")]
    [InlineData("""{">createdTime":"2026-03-02T12:00:00+03:00"}""", "")]
    public void A_filter_finds(string filter, string found)
    {
        AddFour();

        Assert.Equal(found, string.Join(' ', _portal.DealIds(filter)));
    }

    [Theory]
    [InlineData("""{"0":{"logic":"OR","0":{"title":"Alpha"},"1":{"title":"Beta"}}}""", "1 2")]
    [InlineData("""[{"logic":"OR","0":{"title":"Alpha"},"1":{"title":"Beta"}}]""", "1 2")]
    [InlineData("""{"assignedById":7,"0":{"logic":"OR","0":{"title":"Alpha"},"1":{"title":"Beta"}}}""", "2")]
    [InlineData("""{"logic":"OR","=title":"Alpha",">opportunity":250}""", "1 3")]
    [InlineData("""{"logic":"AND","assignedById":7,">opportunity":250}""", "3")]
    public void Conditions_are_joined_by_logic(string filter, string found)
    {
        AddFour();

        Assert.Equal(found, string.Join(' ', _portal.DealIds(filter)));
    }

    [Theory]
    [InlineData("""{"nonsense":1}""", "Invalid filter: field 'NONSENSE' is not allowed in filter")]
    [InlineData("""{"=ufCrmSourcePortal":1}""", "Invalid filter: field '=UF_CRM_SOURCE_PORTAL' is not allowed in filter")]
    [InlineData("""{"logic":"OR","0":{"wrongName":1}}""", "Invalid filter: field 'WRONG_NAME' is not allowed in filter")]
    [InlineData("""{">opportunity":[1,2]}""", "Invalid filter: field '>OPPORTUNITY' has invalid value")]
    public void A_filter_that_is_none_is_refused(string filter, string text)
    {
        var refused = _portal.Body("crm.item.list", $$"""{"entityTypeId":2,"filter":{{filter}}}""");

        Assert.Equal(("INVALID_ARG_VALUE", text), ((string?)refused["error"], (string?)refused["error_description"]));
    }

    [Theory]
    [InlineData("""{"opportunity":"DESC"}""", "3 2 1 4")]
    [InlineData("""{"opportunity":"asc"}""", "4 1 2 3")]
    [InlineData("""{"assignedById":"DESC","id":"DESC"}""", "3 2 4 1")]
    [InlineData("""{"begindate":"DESC"}""", "4 3 2 1")]
    public void Deals_come_in_the_order_that_was_asked_for(string order, string found)
    {
        AddFour();

        Assert.Equal(found, string.Join(' ', _portal.DealIds("{}", order)));
    }

    [Theory]
    [InlineData("""{"nonsense":"ASC"}""")]
    [InlineData("""{"id":"UP"}""")]
    public void An_order_that_is_none_is_refused(string order) =>
        Assert.Equal("INVALID_ARG_VALUE", _portal.Error("crm.item.list", $$"""{"entityTypeId":2,"order":{{order}}}"""));

    [Theory]
    [InlineData("""["id","title"]""", """[{"id":1,"title":"A"}]""")]
    [InlineData("""["title"]""", """[{"title":"A"}]""")]
    [InlineData("""["title","nonsense"]""", """[{"title":"A"}]""")]
    [InlineData("""["nonsense"]""", """[[]]""")]
    [InlineData("""[]""", """[[]]""")]
    public void Only_what_is_selected_comes(string select, string items)
    {
        _portal.AddDeal("""{"title":"A"}""");

        Assert.Equal(items, _portal.Result("crm.item.list", $$"""{"entityTypeId":2,"select":{{select}}}""")!["items"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"entityTypeId":2}""")]
    [InlineData("""{"entityTypeId":2,"select":["*"]}""")]
    [InlineData("""{"entityTypeId":2,"select":["id","*"]}""")]
    public void Everything_comes_with_a_star_or_without_a_selection([StringSyntax(StringSyntaxAttribute.Json)] string parameters)
    {
        _portal.AddField("PROJECT", "string");
        _portal.AddDeal("""{"title":"A","ufCrmProject":"x"}""");

        var item = _portal.Result("crm.item.list", parameters)!["items"]![0]!;
        Assert.Equal(_portal.Deal(1).ToJsonString(), item.ToJsonString());
    }

    [Fact]
    public void A_page_has_fifty_and_tells_where_the_next_one_begins()
    {
        for (var i = 0; i < 101; i++)
        {
            _portal.AddDeal();
        }

        Assert.Equal((50, 50, 101), Page(0));
        Assert.Equal((50, 100, 101), Page(50));
        Assert.Equal((1, null, 101), Page(100));
        Assert.Equal((0, null, 101), Page(150));
    }

    [Fact]
    public void Without_counting_there_is_neither_a_total_nor_a_next_page()
    {
        for (var i = 0; i < 51; i++)
        {
            _portal.AddDeal();
        }

        Assert.Equal((50, null, null), Page(-1));
        Assert.Equal([51], _portal.DealIds("""{">id":50}"""));
    }

    private (int Count, int? Next, int? Total) Page(int start)
    {
        var body = _portal.Body("crm.item.list", $$"""{"entityTypeId":2,"select":["id"],"start":{{start}}}""");
        return (body["result"]!["items"]!.AsArray().Count, (int?)body["next"], (int?)body["total"]);
    }
}
