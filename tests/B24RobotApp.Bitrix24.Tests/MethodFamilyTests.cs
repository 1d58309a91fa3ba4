using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Apps;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Placements;
using B24RobotApp.Bitrix24.Users;

namespace B24RobotApp.Bitrix24.Tests;

/// <summary>How calls are spelled: names and the case of their letters decide, and whatever is written wrong the portal drops without a word.</summary>
public sealed class MethodFamilyTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["ru"] = "Сделка", ["en"] = "Deal" };
    private static readonly Uri Handler = new("https://app.example/x?a=1&b=2");

    /// <summary>Call, whether it writes, and its parameters as JSON.</summary>
    public static TheoryData<Call, bool, string> Calls => new()
    {
        { CrmItems.Get(2, 15), false, """{"entityTypeId":2,"id":15,"useOriginalUfNames":"Y"}""" },
        {
            CrmItems.List(2, new JsonObject { ["=originId"] = "15" }, ["id", "title"], new JsonObject { ["id"] = "ASC" }, 50), false,
            """{"entityTypeId":2,"select":["id","title"],"filter":{"=originId":"15"},"order":{"id":"ASC"},"start":50}"""
        },
        {
            CrmItems.List(3, new JsonObject { ["@id"] = new JsonArray(1, 2) }, ["*"]), false,
            """{"entityTypeId":3,"select":["*"],"filter":{"@id":[1,2]},"useOriginalUfNames":"Y"}"""
        },
        { CrmItems.Add(2, new JsonObject { ["title"] = "x" }), true, """{"entityTypeId":2,"fields":{"title":"x"},"useOriginalUfNames":"Y"}""" },
        { CrmItems.Update(2, 15, new JsonObject { ["title"] = "x" }), true, """{"entityTypeId":2,"id":15,"fields":{"title":"x"},"useOriginalUfNames":"Y"}""" },
        { CrmItems.Fields(2), false, """{"entityTypeId":2,"useOriginalUfNames":"Y"}""" },
        { ProductRows.List(2, 15, 50), false, """{"filter":{"=ownerType":"D","=ownerId":15},"order":{"sort":"asc","id":"asc"},"start":50}""" },
        {
            ProductRows.Set(147, 15, [new JsonObject { ["productName"] = "x", ["price"] = 10.5m }]), true,
            """{"ownerType":"T93","ownerId":15,"productRows":[{"productName":"x","price":10.5}]}"""
        },
        { Categories.List(2), false, """{"entityTypeId":2}""" },
        { Statuses.List(Statuses.DealStages(5), 50), false, """{"filter":{"ENTITY_ID":"DEAL_STAGE_5"},"order":{"SORT":"ASC"},"start":50}""" },
        { Currencies.List(), false, "{}" },
        { UserFields.List(2, "ru"), false, """{"order":{"ID":"ASC"},"filter":{"LANG":"ru"}}""" },
        { UserFields.List(7, null, 50), false, """{"order":{"ID":"ASC"},"start":50}""" },
        {
            UserFields.ListConfigs("CRM_13", "ru", 50), false,
            """{"moduleId":"crm","select":{"0":"*","language":"ru"},"filter":{"entityId":"CRM_13"},"order":{"id":"ASC"},"start":50}"""
        },
        { UserFields.GetConfig(15), false, """{"moduleId":"crm","id":15}""" },
        { Statuses.ListAll(50), false, """{"order":{"ID":"ASC"},"start":50}""" },
        { Measures.List(), false, "{}" },
        { Measures.ListOlder(50), false, """{"start":50}""" },
        {
            DealUserFields.Add("SOURCE_DEAL_ID", "string", Labels), true,
            """
            {"fields":{"FIELD_NAME":"SOURCE_DEAL_ID","USER_TYPE_ID":"string","XML_ID":"SOURCE_DEAL_ID","MULTIPLE":"N","MANDATORY":"N","SHOW_FILTER":"Y","LABEL":"Deal",
            "EDIT_FORM_LABEL":{"ru":"Сделка","en":"Deal"},"LIST_COLUMN_LABEL":{"ru":"Сделка","en":"Deal"},"LIST_FILTER_LABEL":{"ru":"Сделка","en":"Deal"}}}
            """
        },
        { DealContacts.Get(15), false, """{"id":15}""" },
        { Requisites.List(4, new JsonArray(7), 50), false, """{"filter":{"ENTITY_TYPE_ID":4,"@ENTITY_ID":[7]},"order":{"ID":"ASC"},"start":50}""" },
        { Requisites.FindByTaxNumber(4, "7707083893"), false, """{"filter":{"ENTITY_TYPE_ID":4,"=RQ_INN":"7707083893"},"order":{"ID":"ASC"}}""" },
        { Requisites.Add(new JsonObject { ["NAME"] = "x" }), true, """{"fields":{"NAME":"x"}}""" },
        { Requisites.Update(5, new JsonObject { ["NAME"] = "x" }), true, """{"id":5,"fields":{"NAME":"x"}}""" },
        { Requisites.ListPresets(), false, """{"filter":{"ACTIVE":"Y"},"order":{"ID":"ASC"}}""" },
        { Requisites.ListAddresses(4, new JsonArray(7)), false, """{"filter":{"ENTITY_TYPE_ID":8,"ANCHOR_TYPE_ID":4,"@ANCHOR_ID":[7]}}""" },
        { Requisites.AddAddress(5, new JsonObject { ["TYPE_ID"] = 6 }), true, """{"fields":{"TYPE_ID":6,"ENTITY_TYPE_ID":8,"ENTITY_ID":5}}""" },
        { Requisites.UpdateAddress(5, new JsonObject { ["TYPE_ID"] = 6 }), true, """{"fields":{"TYPE_ID":6,"ENTITY_TYPE_ID":8,"ENTITY_ID":5}}""" },
        { CatalogProducts.ListCatalogs(), false, """{"select":["iblockId"]}""" },
        {
            CatalogProducts.Find([23, 24], "xmlId", ["A", "B"], ["property94"], 50), false,
            """{"select":["id","iblockId","name","xmlId","type","property94"],"filter":{"iblockId":[23,24],"xmlId":["A","B"]},"order":{"id":"asc"},"start":50}"""
        },
        { Duplicates.FindByComm("PHONE", ["+7900", "+7901"], "CONTACT"), false, """{"type":"PHONE","values":["+7900","+7901"],"entity_type":"CONTACT"}""" },
        { Timeline.AddComment(147, 15, "x"), true, """{"fields":{"ENTITY_ID":15,"ENTITY_TYPE":"dynamic_147","COMMENT":"x"}}""" },
        { Timeline.ListComments(2, 15), false, """{"filter":{"ENTITY_ID":15,"ENTITY_TYPE":"deal"},"order":{"ID":"DESC"}}""" },
        {
            Timeline.AddLogMessage(2, 15, "t", "x"), true,
            """{"fields":{"entityTypeId":2,"entityId":15,"title":"t","text":"x","iconCode":"info"}}"""
        },
        { Notifications.System(7, "x", "t"), true, """{"USER_ID":7,"MESSAGE":"x","TAG":"t"}""" },
        { Notifications.Personal(7, "x", "t", "c"), true, """{"USER_ID":7,"MESSAGE":"x","TAG":"t","CLIENT_ID":"c"}""" },
        { Robots.Add("r", new JsonObject { ["HANDLER"] = "https://app.example/r" }), true, """{"HANDLER":"https://app.example/r","CODE":"r"}""" },
        { Robots.Update("r", new JsonObject { ["AUTH_USER_ID"] = 7 }), true, """{"CODE":"r","FIELDS":{"AUTH_USER_ID":7}}""" },
        { Robots.Delete("r"), true, """{"CODE":"r"}""" },
        { Robots.List(), false, "{}" },
        {
            RobotEvents.Send("t", new JsonObject { ["esb_deal_id"] = 5, ["success"] = RobotEvents.Flag(true) }, "l"), true,
            """{"EVENT_TOKEN":"t","RETURN_VALUES":{"esb_deal_id":5,"success":"Y"},"LOG_MESSAGE":"l"}"""
        },
        { RobotEvents.Log("t", "l"), true, """{"EVENT_TOKEN":"t","LOG_MESSAGE":"l"}""" },
        {
            WorkflowInstances.List(new JsonObject { ["=DOCUMENT_ID"] = "DEAL_15" }), false,
            """
            {"SELECT":["ID","MODIFIED","OWNED_UNTIL","MODULE_ID","ENTITY","DOCUMENT_ID","STARTED","STARTED_BY","TEMPLATE_ID"],"ORDER":{"ID":"asc"},"FILTER":{"=DOCUMENT_ID":"DEAL_15"}}
            """
        },
        { WorkflowInstances.Terminate("66e412fdc9bd44.36306599", "x"), true, """{"ID":"66e412fdc9bd44.36306599","STATUS":"x"}""" },
        {
            StageHistory.OfStage(2, "C5:NEW", new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.FromHours(3)), new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero), 35), false,
            """
            {"entityTypeId":2,"filter":{"=STAGE_ID":"C5:NEW",">=CREATED_TIME":"2026-03-02T09:00:00+00:00","<=CREATED_TIME":"2026-03-02T10:00:00+00:00",">ID":35},"order":{"ID":"ASC"},"start":-1}
            """
        },
        {
            StageHistory.LatestOfStage(1, "NEW", new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero)), false,
            """{"entityTypeId":1,"filter":{"=STATUS_ID":"NEW","<CREATED_TIME":"2026-03-02T10:00:00+00:00"},"order":{"ID":"DESC"},"start":-1}"""
        },
        { StageHistory.OfItems(147, [15, 16]), false, """{"entityTypeId":147,"filter":{"@OWNER_ID":[15,16],">ID":0},"order":{"ID":"ASC"},"start":-1}""" },
        { EventBindings.Bind("ONAPPUNINSTALL", Handler), true, """{"event":"ONAPPUNINSTALL","handler":"https://app.example/x?a=1&b=2"}""" },
        { EventBindings.Unbind("ONAPPUNINSTALL", "https://old.example/"), true, """{"event":"ONAPPUNINSTALL","handler":"https://old.example/"}""" },
        { EventBindings.List(), false, "{}" },
        {
            PlacementBindings.Bind("CRM_DEAL_DETAIL_TAB", Handler, Labels), true,
            """
            {"PLACEMENT":"CRM_DEAL_DETAIL_TAB","HANDLER":"https://app.example/x?a=1&b=2","TITLE":"Deal","LANG_ALL":{"ru":{"TITLE":"Сделка"},"en":{"TITLE":"Deal"}}}
            """
        },
        { PlacementBindings.Unbind("CRM_DEAL_DETAIL_TAB", "https://old.example/"), true, """{"PLACEMENT":"CRM_DEAL_DETAIL_TAB","HANDLER":"https://old.example/"}""" },
        { PlacementBindings.List(), false, "{}" },
        { PortalProfile.Get(), false, "{}" },
        { Permissions.ListScopes(), false, "{}" },
        { Permissions.CheckMethod("crm.item.add"), false, """{"name":"crm.item.add"}""" },
        { AppInfo.Get(), false, "{}" },
        { PortalUsers.Find(new JsonObject { ["EMAIL"] = "a@b.example" }, 50), false, """{"FILTER":{"EMAIL":"a@b.example"},"start":50}""" },
        { PortalUsers.Current(), false, "{}" },
    };

    [Theory]
    [MemberData(nameof(Calls), DisableDiscoveryEnumeration = true)]
    public void A_call_is_spelled_as_its_documentation_says(Call call, bool writes, string parameters)
    {
        Assert.Equal(call.Method.ToLowerInvariant(), call.Method);
        Assert.Equal(writes, call.Writes);
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(parameters), call.Parameters), $"{call.Method} is spelled {call.Parameters.ToJsonString()}");
    }

    [Theory]
    [MemberData(nameof(Calls), DisableDiscoveryEnumeration = true)]
    public void Every_call_means_the_same_in_a_batch(Call call, bool writes, string parameters)
    {
        Assert.True(BatchEncoding.CanBatch(call), $"{call.Method} ({writes}) cannot be said in a batch: {parameters}");
    }

    [Fact]
    public void Filters_with_prefixes_are_encoded_in_a_batch()
    {
        var command = BatchEncoding.Encode(ProductRows.List(2, JsonValue.Create(new ResultReference(0, "item", "id"))!), index => $"c{index}");

        Assert.Equal(
            "crm.item.productrow.list?filter%5B%3DownerType%5D=D&filter%5B%3DownerId%5D=$result[c0][item][id]&order%5Bsort%5D=asc&order%5Bid%5D=asc", command);
    }

    [Fact]
    public void A_list_field_is_created_with_its_choices_and_their_codes()
    {
        var call = DealUserFields.Add("REGION", "enumeration", new Dictionary<string, string> { ["ru"] = "Регион" }, isMultiple: true, [("Юг", "SOUTH"), ("Север", "NORTH")]);

        var fields = call.Parameters["fields"]!;
        Assert.Equal("Регион", fields["LABEL"]!.GetValue<string>());
        Assert.Equal("Y", fields["MULTIPLE"]!.GetValue<string>());
        Assert.Equal(
            """[{"VALUE":"Юг","XML_ID":"SOUTH","SORT":"10"},{"VALUE":"Север","XML_ID":"NORTH","SORT":"20"}]""",
            fields["LIST"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void A_robots_fields_are_not_changed_by_registering_it()
    {
        var fields = new JsonObject { ["HANDLER"] = "https://app.example/r" };

        Robots.Add("r", fields);
        Robots.Update("r", fields);

        Assert.Equal("""{"HANDLER":"https://app.example/r"}""", fields.ToJsonString());
        Assert.Null(fields.Parent);
    }

    // Traps 14 and 21.
    [Fact]
    public void Return_values_are_spelled_so_that_no_portal_misreads_them()
    {
        Assert.Equal(("Y", "N"), (RobotEvents.Flag(true), RobotEvents.Flag(false)));
        Assert.Equal("1760000000", RobotEvents.Time(new DateTimeOffset(2025, 10, 9, 11, 53, 20, TimeSpan.FromHours(3))));
        Assert.Equal("user_12", RobotEvents.User(12));
    }

    [Theory]
    [InlineData(1, "L", "lead")]
    [InlineData(2, "D", "deal")]
    [InlineData(3, "C", "contact")]
    [InlineData(4, "CO", "company")]
    [InlineData(7, "Q", "quote")]
    [InlineData(31, "SI", "smart_invoice")]
    [InlineData(128, "T80", "dynamic_128")]
    [InlineData(1046, "T416", "dynamic_1046")]
    public void Kinds_of_entities_have_a_short_code_and_a_name(int entityTypeId, string code, string name)
    {
        Assert.Equal(code, CrmEntityTypes.ShortCode(entityTypeId));
        Assert.Equal(name, CrmEntityTypes.TimelineName(entityTypeId));
    }

    [Fact]
    public void An_unknown_kind_is_a_mistake_of_the_caller()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => CrmEntityTypes.ShortCode(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => CrmEntityTypes.TimelineName(99));
    }
}
