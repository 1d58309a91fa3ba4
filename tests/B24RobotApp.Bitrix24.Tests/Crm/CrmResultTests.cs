using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.Crm;

public sealed class CrmResultTests
{
    [Fact]
    public void An_item_is_read_with_dates_of_the_day_that_was_meant_and_ids_in_any_spelling()
    {
        var item = CrmItems.ReadItem(Payload.Result("crm.item.get"));

        Assert.Equal(15, item.Id("id"));
        Assert.Equal([8, 9], item.Property("contactIds").AsIds());
        Assert.Equal(new DateOnly(2026, 6, 18), item.Property("begindate").AsDate());
        Assert.Equal(999.9m, item.Property("opportunity").AsDecimal());
        Assert.Null(item.Text("originId"));
    }

    // Trap 43.
    [Fact]
    public void An_older_portal_that_ignores_original_names_is_recognised()
    {
        Assert.True(CrmItems.HasOriginalNames(CrmItems.ReadItem(Payload.Result("crm.item.get"))));
        Assert.False(CrmItems.HasOriginalNames(System.Text.Json.JsonElement.Parse("""{"id":1,"ufCrm_1720019876534":"321"}""")));
    }

    [Fact]
    public void Products_are_read_with_their_properties_and_those_that_only_hold_variations_are_left_out()
    {
        var products = CatalogProducts.Read(new CallResult(System.Text.Json.JsonElement.Parse("""
            {"products":[{"id":1,"iblockId":23,"name":"Lathe","xmlId":"L-1","type":1,"property94":{"value":"A-7","valueId":"9"}},
              {"id":2,"iblockId":23,"name":"Shirt","xmlId":"S","type":3,"property94":null},
              {"id":3,"iblockId":24,"name":"Shirt M","xmlId":"S-M","type":4,"property94":[{"value":"A-8"},{"value":"A-9"}]}]}
            """))).ToList();

        Assert.Equal([(1L, "L-1", "A-7"), (3L, "S-M", "A-8")], products.Select(product => (product.Id, product.XmlId, product.Properties["property94"])));
    }

    [Fact]
    public void A_page_of_items_tells_where_the_next_one_begins()
    {
        var page = Payload.Result("crm.item.list");

        Assert.Equal([1, 2], CrmItems.ReadItems(page).Select(item => item.Id("id")!.Value));
        Assert.Equal((50, 120), (page.Next, page.Total));
    }

    // Trap 48.
    [Fact]
    public void Stage_history_is_read_with_ids_in_any_spelling_and_leads_have_a_status()
    {
        var lines = StageHistory.Read(Payload.Result("crm.stagehistory.list")).ToList();

        Assert.Equal(
            [
                new StageEntry(35, StageEntryType.Created, 21, new DateTimeOffset(2026, 4, 25, 14, 59, 11, TimeSpan.Zero), 0, "NEW"),
                new StageEntry(37, StageEntryType.OtherPipeline, 21, new DateTimeOffset(2026, 4, 25, 15, 3, 0, TimeSpan.Zero), 5, "C5:UC_CHECK"),
                new StageEntry(41, StageEntryType.Moved, 7, new DateTimeOffset(2026, 4, 25, 15, 4, 0, TimeSpan.Zero), null, "IN_PROCESS"),
            ],
            lines.Select(line => line with { At = line.At.ToUniversalTime() }));
    }

    [Fact]
    public void Fields_are_described_with_their_original_names_directories_and_choices()
    {
        var fields = CrmItems.ReadFields(Payload.Result("crm.item.fields")).ToDictionary(field => field.Name);

        Assert.True(fields["id"].IsReadOnly);
        Assert.Equal("DEAL_STAGE", fields["stageId"].StatusType);
        Assert.True(fields["leadId"].IsImmutable);
        Assert.False(fields["leadId"].IsUserField);
        Assert.Equal([new CrmFieldOption(79, "Юг"), new CrmFieldOption(81, "Север")], fields["UF_CRM_REGION"].Options);
        Assert.True(fields["UF_CRM_REGION"].IsMultiple);
        Assert.Equal("UF_CRM_3_DIGIT", fields["ufCrm3Digit"].UpperName);
        Assert.True(fields["ufCrm3Digit"] is { IsUserField: true, IsRequired: true });
    }

    [Fact]
    public void Product_rows_come_in_their_order_and_no_tax_is_not_a_tax_of_zero()
    {
        var rows = ProductRows.ReadRows(Payload.Result("crm.item.productrow.list")).ToList();

        Assert.Equal(["Кабель", "Станок"], rows.Select(row => row.Text("productName")));
        Assert.Null(rows[0].Property("taxRate").AsDecimal());
        Assert.Equal(81818.18m, rows[1].Property("priceExclusive").AsDecimal());
    }

    [Fact]
    public void The_first_pipeline_has_the_id_zero() =>
        Assert.Equal([new CrmCategory(9, "Опт"), new CrmCategory(0, "Общая", IsDefault: true)], Categories.Read(Payload.Result("crm.category.list")));

    [Fact]
    public void Stages_tell_how_a_deal_ended() =>
        Assert.Equal(
            [("NEW", "Новая", null), ("WON", "Успешна", "S"), ("LOSE", "Провалена", "F")],
            Statuses.Read(Payload.Result("crm.status.list")).Select(status => (status.Code, status.Name, status.Semantics)));

    [Theory]
    [InlineData(0, "DEAL_STAGE")]
    [InlineData(5, "DEAL_STAGE_5")]
    public void Each_pipeline_has_a_directory_of_stages(long category, string directory) => Assert.Equal(directory, Statuses.DealStages(category));

    [Fact]
    public void Currencies_are_known_by_their_codes() => Assert.Equal(
        [new("EUR", false), new("RUB", true)], Currencies.Read(Payload.Result("crm.currency.list")).OrderBy(currency => currency.Code));

    [Fact]
    public void User_fields_are_read_with_the_codes_of_their_choices()
    {
        var fields = UserFields.Read(Payload.Result("crm.deal.userfield.list")).ToList();

        Assert.Equal(("UF_CRM_1713790573", "crm_status", true, false, "Отрасль", (string?)null), Describe(fields[0]));
        Assert.Equal(("UF_CRM_REGION", "enumeration", false, true, "", "REGION"), Describe(fields[1]));
        Assert.Equal([new CrmFieldOption(3157, "Юг", "SOUTH"), new CrmFieldOption(3159, "Север", "NORTH")], fields[1].Options);
        Assert.Equal(6821, DealUserFields.ReadId(Payload.Result("crm.deal.userfield.add")));
    }

    [Fact]
    public void The_primary_contact_comes_first() =>
        Assert.Equal([56, 55, 54], DealContacts.Read(Payload.Result("crm.deal.contact.items.get")).Select(contact => contact.ContactId));

    // Trap 12.
    [Fact]
    public void Nothing_found_comes_as_a_list_where_a_map_was_meant()
    {
        Assert.Equal([275, 2297], Duplicates.ReadIds(Payload.Result("crm.duplicate.findbycomm"), "CONTACT"));
        Assert.Empty(Duplicates.ReadIds(Payload.Result("crm.duplicate.findbycomm"), "COMPANY"));
        Assert.Empty(Duplicates.ReadIds(Payload.Result("crm.duplicate.findbycomm-nothing"), "CONTACT"));
    }

    [Fact]
    public void Comments_are_read_and_what_was_added_has_an_id()
    {
        var comments = Timeline.ReadComments(Payload.Result("crm.timeline.comment.list")).ToList();

        Assert.Equal(new TimelineComment(1000, "Отправлено", 7, new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.FromHours(3))), comments[0]);
        Assert.Equal("", comments[1].Text);
        Assert.Equal(999, Timeline.ReadId(Payload.Result("crm.timeline.comment.add")));
        Assert.Equal(77, Timeline.ReadId(Payload.Result("crm.timeline.logmessage.add")));
    }

    [Fact]
    public void An_answer_of_another_shape_is_read_as_nothing()
    {
        var odd = new CallResult(System.Text.Json.JsonElement.Parse("false"));

        Assert.Equal(System.Text.Json.JsonValueKind.Undefined, CrmItems.ReadItem(odd).ValueKind);
        Assert.Empty(CrmItems.ReadItems(odd));
        Assert.Empty(CrmItems.ReadFields(odd));
        Assert.Empty(ProductRows.ReadRows(odd));
        Assert.Empty(Categories.Read(odd));
        Assert.Empty(Statuses.Read(odd));
        Assert.Empty(UserFields.Read(odd));
        Assert.Empty(DealContacts.Read(odd));
        Assert.Empty(Timeline.ReadComments(odd));
        Assert.Null(Timeline.ReadId(odd));
    }

    private static (string, string, bool, bool, string, string?) Describe(CrmUserField field) =>
        (field.Name, field.Type, field.IsMultiple, field.IsMandatory, field.Label, field.XmlId);
}
