using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>What becomes of a value between a write and the next read.</summary>
public sealed class FieldValueTests
{
    private readonly CrmPortal _portal = new();

    [Theory]
    [InlineData("\"Y\"", "Y")]
    [InlineData("\"y\"", "Y")]
    [InlineData("true", "Y")]
    [InlineData("\"true\"", "Y")]
    [InlineData("1", "N")]
    [InlineData("\"1\"", "N")]
    [InlineData("\"yes\"", "N")]
    [InlineData("\"N\"", "N")]
    [InlineData("false", "N")]
    public void Only_four_spellings_mean_yes(string sent, string kept)
    {
        _portal.AddField("URGENT", "boolean");
        var deal = _portal.AddDeal($$"""{"opened":{{sent}},"ufCrmUrgent":{{sent}}}""");

        Assert.Equal(kept, (string?)deal["ufCrmUrgent"]);
    }

    [Theory]
    [InlineData("2026-03-16", "2026-03-16T03:00:00+03:00")]
    [InlineData("16.03.2026", "2026-03-16T03:00:00+03:00")]
    [InlineData("2026-03-16T00:30:00+03:00", "2026-03-16T03:00:00+03:00")]
    public void A_day_comes_back_as_its_midnight_in_UTC(string sent, string shown)
    {
        _portal.AddField("DAY", "date");
        var deal = _portal.AddDeal($$"""{"begindate":"{{sent}}","ufCrmDay":"{{sent}}"}""");

        Assert.Equal((shown, shown), ((string?)deal["begindate"], (string?)deal["ufCrmDay"]));
    }

    [Theory]
    [InlineData("2026-03-05T12:30:00+03:00")]
    [InlineData("2026-03-05T09:30:00+00:00")]
    [InlineData("2026-03-05T09:30:00Z")]
    public void A_moment_comes_back_in_the_servers_zone(string sent)
    {
        _portal.AddField("MEETING", "datetime");

        Assert.Equal("2026-03-05T12:30:00+03:00", (string?)_portal.AddDeal($$"""{"ufCrmMeeting":"{{sent}}"}""")["ufCrmMeeting"]);
    }

    [Theory]
    [InlineData("date")]
    [InlineData("datetime")]
    public void What_is_no_date_leaves_the_date_that_was_there(string type)
    {
        _portal.AddField("TIME", type);
        var deal = _portal.AddDeal("""{"ufCrmTime":"2026-03-05"}""");

        Assert.Equal((string?)deal["ufCrmTime"], (string?)_portal.UpdateDeal(1, """{"ufCrmTime":"soon","title":"x"}""")["ufCrmTime"]);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("false")]
    public void What_is_empty_to_PHP_empties_a_field(string sent)
    {
        _portal.AddField("PROJECT", "string");
        _portal.AddField("SEATS", "integer");
        _portal.AddField("DAY", "date");
        _portal.AddDeal("""{"ufCrmProject":"x","ufCrmSeats":5,"ufCrmDay":"2026-03-05","comments":"c"}""");

        var deal = _portal.UpdateDeal(1, $$"""{"ufCrmProject":{{sent}},"ufCrmSeats":{{sent}},"ufCrmDay":{{sent}},"comments":{{sent}}}""");

        Assert.Equal((true, true, true), (IsEmpty(deal["ufCrmProject"]), IsEmpty(deal["ufCrmSeats"]), IsEmpty(deal["ufCrmDay"])));
        Assert.True(IsEmpty(deal["comments"]));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, 0)]
    public void Zero_empties_a_number_or_is_one_as_the_portals_age_has_it(bool clears, int? kept)
    {
        _portal.Crm.Settings.ZeroClears = clears;
        _portal.AddField("SEATS", "integer");
        _portal.AddDeal("""{"ufCrmSeats":5}""");

        Assert.Equal(kept, (int?)_portal.UpdateDeal(1, """{"ufCrmSeats":0}""")["ufCrmSeats"]);
    }

    [Fact]
    public void Fields_that_are_not_sent_stay()
    {
        _portal.AddDeal("""{"title":"x","comments":"c"}""");

        Assert.Equal("c", (string?)_portal.UpdateDeal(1, """{"title":"y"}""")["comments"]);
    }

    [Fact]
    public void Texts_of_a_form_are_read_as_what_the_field_is()
    {
        _portal.AddField("SEATS", "integer");
        _portal.AddField("AREA", "double", """{"SETTINGS":{"PRECISION":3}}""");

        var deal = _portal.AddDeal("""{"opportunity":"10.55","assignedById":"7","ufCrmSeats":"45","ufCrmArea":"118.3756"}""");

        Assert.Equal((10.55m, 7L, 45, 118.376m),
            ((decimal)deal["opportunity"]!, (long)deal["assignedById"]!, (int)deal["ufCrmSeats"]!, (decimal)deal["ufCrmArea"]!));
    }

    [Fact]
    public void A_multiple_field_takes_lists_alone()
    {
        _portal.AddField("TAGS", "string", """{"MULTIPLE":"Y"}""");

        Assert.Equal("100", _portal.Error("crm.item.add", """{"entityTypeId":2,"fields":{"ufCrmTags":"one"}}"""));
        Assert.Equal("""["a","b"]""", _portal.AddDeal("""{"ufCrmTags":["a","b"]}""")["ufCrmTags"]!.ToJsonString());
    }

    [Fact]
    public void A_multiple_field_that_was_never_saved_is_false_and_an_emptied_one_a_list()
    {
        _portal.AddField("TAGS", "string", """{"MULTIPLE":"Y"}""");

        Assert.Equal("false", _portal.AddDeal()["ufCrmTags"]!.ToJsonString());
        _portal.UpdateDeal(1, """{"ufCrmTags":["a"]}""");
        Assert.Equal("[]", _portal.UpdateDeal(1, """{"ufCrmTags":[]}""")["ufCrmTags"]!.ToJsonString());
    }

    [Fact]
    public void A_choice_that_does_not_exist_is_dropped_or_refused_as_the_portal_has_it()
    {
        _portal.AddField("KIND", "enumeration", """{"LIST":[{"VALUE":"A","XML_ID":"A"},{"VALUE":"B","XML_ID":"B"}]}""");

        Assert.Equal(3158, (int)_portal.AddDeal("""{"ufCrmKind":3158}""")["ufCrmKind"]!);
        Assert.True(IsEmpty(_portal.AddDeal("""{"ufCrmKind":99}""")["ufCrmKind"]));
        _portal.Crm.Settings.RefusesUnknownOptions = true;
        _portal.Error("crm.item.add", """{"entityTypeId":2,"fields":{"ufCrmKind":99}}""");
    }

    [Fact]
    public void Texts_keep_what_is_special_elsewhere()
    {
        const string text = "Ромашка & Ко <b>\\\"'\\n🚀";
        var deal = _portal.AddDeal($$"""{"title":"{{text}}"}""");

        Assert.Equal("Ромашка & Ко <b>\"'\n🚀", (string?)_portal.Deal((long)deal["id"]!)["title"]);
    }

    [Fact]
    public void Read_only_fields_are_passed_over()
    {
        var deal = _portal.AddDeal("""{"id":500,"createdTime":"2020-01-01","createdBy":7,"isNew":"N","stageSemanticId":"S"}""", userId: 1);

        Assert.Equal((1L, "2026-03-02T12:00:00+03:00", 1L, "Y", "P"),
            ((long)deal["id"]!, (string?)deal["createdTime"], (long)deal["createdBy"]!, (string?)deal["isNew"], (string?)deal["stageSemanticId"]));
    }

    [Fact]
    public void A_new_deal_is_the_callers_and_has_a_name_a_currency_and_a_week()
    {
        var deal = _portal.AddDeal(userId: CrmPortal.Manager);

        Assert.Equal((CrmPortal.Manager, "Deal #1", "USD", "NEW", 0L),
            ((long)deal["assignedById"]!, (string?)deal["title"], (string?)deal["currencyId"], (string?)deal["stageId"], (long)deal["categoryId"]!));
        Assert.Equal(("2026-03-02T03:00:00+03:00", "2026-03-09T03:00:00+03:00"), ((string?)deal["begindate"], (string?)deal["closedate"]));
    }

    [Fact]
    public void An_unknown_currency_is_refused() =>
        Assert.Equal("CRM_FIELD_ERROR_VALUE_NOT_VALID", _portal.Error("crm.item.add", """{"entityTypeId":2,"fields":{"currencyId":"KZT"}}"""));

    [Fact]
    public void Mandatory_user_fields_stop_a_deal_on_portals_that_check_them()
    {
        _portal.AddField("PROJECT", "string", """{"MANDATORY":"Y"}""");
        _portal.AddDeal();
        _portal.Crm.Settings.ChecksRequiredUserFields = true;

        var refused = _portal.Body("crm.item.add", """{"entityTypeId":2,"fields":{"title":"x"}}""");
        Assert.Equal("CRM_FIELD_ERROR_REQUIRED", (string?)refused["error"]);
        _portal.AddDeal("""{"ufCrmProject":"x"}""");
    }

    [Theory]
    [InlineData("{}", "entityTypeId")]
    [InlineData("""{"entityTypeId":2}""", "fields")]
    public void A_missing_parameter_is_named(string parameters, string missing)
    {
        var refused = _portal.Body("crm.item.add", parameters);

        Assert.Equal(("100", $"Could not find value for parameter {{{missing}}}"), ((string?)refused["error"], (string?)refused["error_description"]));
    }

    [SuppressMessage("Style", "IDE0046", Justification = "Three kinds of nothing, one a line.")]
    private static bool IsEmpty(JsonNode? value)
    {
        if (value is null)
        {
            return true;
        }
        return value.ToJsonString() is "\"\"" or "[]" or "false";
    }
}
