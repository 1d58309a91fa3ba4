using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

public sealed class DealMapperTests
{
    private static readonly TransferTexts Texts = new("en");

    [Fact]
    public void A_field_goes_over_as_it_is()
    {
        var deal = Map("""{"title":"Поставка","opportunity":12.5,"currencyId":"RUB"}""");

        Assert.Equal(("Поставка", 12.5m, "RUB"), ((string)deal.ForCreate["title"]!, (decimal)deal.ForCreate["opportunity"]!, (string)deal.ForCreate["currencyId"]!));
        Assert.Equal("Поставка", (string)deal.ForUpdate["title"]!);
    }

    [Fact]
    public void An_empty_value_creates_nothing_and_clears_on_update()
    {
        var deal = Map("""{"title":"x","comments":""}""");

        Assert.False(deal.ForCreate.ContainsKey("comments"));
        Assert.Equal("", (string)deal.ForUpdate["comments"]!);
    }

    [Fact]
    public void A_list_is_cleared_by_an_empty_list()
    {
        var deal = Map("""{"UF_CRM_TAGS":[]}""", Rule("UF_CRM_TAGS"));

        Assert.Equal("[]", deal.ForUpdate["UF_CRM_TAGS"]!.ToJsonString());
    }

    [Fact]
    public void A_field_that_the_source_does_not_have_clears_nothing()
    {
        var deal = Map("""{"title":"x"}""");

        Assert.False(deal.ForUpdate.ContainsKey("comments"));
    }

    [Fact]
    public void Trap_2_a_field_that_the_esb_does_not_have_is_a_problem_and_all_problems_are_listed()
    {
        var problems = Problems("{}", """{"stage":["C9:X"],"fields":["UF_CRM_NOT=1","id=5","UF_CRM_FLAG=maybe"]}""");

        Assert.Equal(["FIELD_UNKNOWN", "FIELD_READ_ONLY", "FIELD_VALUE", "STAGE_UNKNOWN"], problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Trap_34_ids_of_one_portal_are_not_copied_to_another()
    {
        var level = Schema([.. Esb.AllFields.Select(field => (field.Name, field.Type))]);
        var foreign = level with
        {
            Fields = new Dictionary<string, SchemaField>(level.Fields, StringComparer.OrdinalIgnoreCase)
            {
                ["UF_CRM_LEVEL"] = level.Fields["UF_CRM_LEVEL"] with { Options = [new CrmFieldOption(5, "High"), new CrmFieldOption(7, "Medium")] },
            },
        };
        var input = Input("""{"UF_CRM_LEVEL":5}""", "{}", Rule("UF_CRM_LEVEL")) with { SourceSchema = foreign };
        var unmatched = Input("""{"UF_CRM_LEVEL":7}""", "{}", Rule("UF_CRM_LEVEL")) with { SourceSchema = foreign };
        var rows = Map("{}", rows: """[{"id":3,"productId":101,"productName":"Станок","price":5,"ownerId":15}]""").Rows!;

        Assert.Equal(79, (long)DealMapper.Map(input).Deal!.ForCreate["UF_CRM_LEVEL"]!);
        Assert.Equal("TABLE_MISSING", Assert.Single(DealMapper.Map(unmatched).Problems).Code);
        Assert.Equal(["price", "productName", "sort"], rows[0].Select(field => field.Key).Order());
    }

    [Fact]
    public void The_key_by_which_deals_are_found_again_cannot_be_overwritten()
    {
        Assert.Equal("FIELD_READ_ONLY", Assert.Single(Problems("{}", """{"fields":["originId=7"]}""")).Code);
        Assert.Equal("FIELD_READ_ONLY", Assert.Single(Problems("{}", """{"fields":["ORIGINATOR_ID=7"]}""")).Code);
    }

    [Fact]
    public void Several_lines_of_a_list_field_are_its_values()
    {
        var deal = Map("{}", properties: """{"fields":["UF_CRM_TAGS=a","UF_CRM_TAGS=b","UF_CRM_LEVEL=High"]}""");

        Assert.Equal("""["a","b"]""", deal.ForCreate["UF_CRM_TAGS"]!.ToJsonString());
        Assert.Equal(79, (long)deal.ForCreate["UF_CRM_LEVEL"]!);
    }

    [Fact]
    public void Trap_43_names_are_those_that_the_esb_takes()
    {
        var deal = Map("{}", properties: """{"fields":["uf_crm_3_digit=x"]}""");

        Assert.Equal("x", (string)deal.ForCreate["ufCrm3Digit"]!);
        Assert.Equal("x", (string)deal.ForUpdate["ufCrm3Digit"]!);
    }

    [Fact]
    public void The_robots_title_wins_over_the_deals() => Assert.Equal("Y", (string)Map("""{"title":"X"}""", properties: """{"deal_title":["Y"]}""").ForUpdate["title"]!);

    [Fact]
    public void The_comment_is_appended_and_the_same_text_comes_out_every_time()
    {
        var deal = Map("""{"comments":"Текст"}""", properties: """{"comment":["От робота"]}""");

        Assert.Equal("Текст\n\n▼ b24robot ▼\nОт робота\n▲ b24robot ▲", (string)deal.ForCreate["comments"]!);
        Assert.Equal("Текст\n\n▼ b24robot ▼\nОт робота\n▲ b24robot ▲", (string)deal.ForUpdate["comments"]!);
    }

    [Fact]
    public void Where_the_profile_leaves_the_comments_alone_an_update_does_too()
    {
        var deal = Map("""{"comments":"Текст"}""", new MappingRule { To = "comments", From = "comments", OnUpdate = UpdatePolicy.Never }, """{"comment":["От робота"]}""");

        Assert.Equal("Текст\n\n▼ b24robot ▼\nОт робота\n▲ b24robot ▲", (string)deal.ForCreate["comments"]!);
        Assert.False(deal.ForUpdate.ContainsKey("comments"));
        Assert.Equal("Чужой\n\n▼ b24robot ▼\nОт робота\n▲ b24robot ▲", deal.Merged["comments"].Into("Чужой"));
        Assert.Equal("а ▼ b24robot ▼\nОт робота\n▲ b24robot ▲ б", deal.Merged["comments"].Into("а ▼ b24robot ▼\nстарый\n▲ b24robot ▲ б"));
    }

    [Theory]
    [InlineData("", "", "", "", null, null)]
    [InlineData("5", "", "", "", 5L, null)]
    [InlineData("", "C5:NEW", "", "", 5L, "C5:NEW")]
    [InlineData("", "", "5", "C5:NEW", 5L, "C5:NEW")]
    [InlineData("0", "", "5", "C5:NEW", 0L, null)]
    [InlineData("", "WON", "5", "C5:NEW", 0L, "WON")]
    public void Pipeline_and_stage_the_robots_words_before_the_profiles(
        string category, string stage, string profileCategory, string profileStage, long? expectedCategory, string? expectedStage)
    {
        var input = Input("{}", JsonSerializer.Serialize(new { category = new[] { category }, stage = new[] { stage } }));
        var (deal, problems) = DealMapper.Map(input with { Profile = input.Profile with { Category = profileCategory, Stage = profileStage } });

        Assert.Empty(problems);
        Assert.Equal(expectedCategory, (long?)deal!.ForCreate["categoryId"]);
        Assert.Equal(expectedStage, (string?)deal.ForCreate["stageId"]);
        Assert.False(deal.ForUpdate.ContainsKey("stageId") || deal.ForUpdate.ContainsKey("categoryId"));
    }

    [Theory]
    [InlineData("""{"category":["9"]}""", "CATEGORY_UNKNOWN")]
    [InlineData("""{"category":["Продажи"]}""", "CATEGORY_UNKNOWN")]
    [InlineData("""{"stage":["NOWHERE"]}""", "STAGE_UNKNOWN")]
    [InlineData("""{"category":["5"],"stage":["WON"]}""", "STAGE_UNKNOWN")]
    [InlineData("""{"fields":["stageId=NOWHERE"]}""", "STAGE_UNKNOWN")]
    [InlineData("""{"fields":["currencyId=XXX"]}""", "CURRENCY_UNKNOWN")]
    public void A_place_or_currency_that_the_esb_does_not_have_is_a_problem(string properties, string code) =>
        Assert.Equal(code, Assert.Single(Problems("{}", properties)).Code);

    [Fact]
    public void The_responsible_person_is_set_at_creation_only()
    {
        var (deal, _) = DealMapper.Map(Input("{}", "{}") with { ResponsibleId = 12 });

        Assert.Equal(12, (long)deal!.ForCreate["assignedById"]!);
        Assert.False(deal.ForUpdate.ContainsKey("assignedById"));
    }

    [Theory]
    [InlineData("[]", "{}", "Y")]
    [InlineData("""[{"productName":"Станок","price":5}]""", "{}", "N")]
    [InlineData("""[{"productName":"Станок","price":5}]""", """{"send_products":["N"]}""", "Y")]
    public void Trap_33_without_rows_the_amount_is_the_senders(string rows, string properties, string expected) =>
        Assert.Equal(expected, (string)Map("""{"opportunity":100,"isManualOpportunity":"N"}""", properties: properties, rows: rows).ForCreate["isManualOpportunity"]!);

    [Fact]
    public void Rows_do_not_travel_or_are_none_that_is_not_the_same()
    {
        Assert.Null(Map("{}", properties: """{"send_products":["N"]}""").Rows);
        Assert.Empty(Map("{}").Rows!);
    }

    [Fact]
    public void A_tax_of_zero_is_not_no_tax()
    {
        var rows = Map("{}", rows: """[{"price":5,"taxRate":0,"taxIncluded":true},{"price":5,"taxRate":null}]""").Rows!;

        Assert.Equal(0, (decimal)rows[0]["taxRate"]!);
        Assert.Equal("Y", (string)rows[0]["taxIncluded"]!);
        Assert.False(rows[1].ContainsKey("taxRate"));
    }

    [Fact]
    public void Provenance_is_written_where_the_esb_has_the_fields_and_the_date_only_with_a_change()
    {
        var deal = Map("{}");

        Assert.Equal("15", (string)deal.ForUpdate[Provenance.DealIdField]!);
        Assert.Equal("2026-03-16T09:00:00+00:00", (string)deal.ForCreate[Provenance.DateField]!);
        Assert.Equal([Provenance.DateField], deal.OnlyWithChange.Select(field => field.Key));
        Assert.False(deal.ForUpdate.ContainsKey(Provenance.DateField));
        Assert.False(deal.ForCreate.ContainsKey(Provenance.DealUrlField));
    }

    [Fact]
    public void A_constant_that_is_a_flag_or_a_single_value_is_spelled_for_the_field()
    {
        var deal = Map("{}", new MappingRule { To = "UF_CRM_FLAG", Constant = JsonValue.Create(true) });
        var list = Map("{}", new MappingRule { To = "UF_CRM_TAGS", Constant = "a" });

        Assert.Equal("Y", (string)deal.ForCreate["UF_CRM_FLAG"]!);
        Assert.Equal("""["a"]""", list.ForCreate["UF_CRM_TAGS"]!.ToJsonString());
    }

    private static MappingRule Rule(string field) => new() { To = field, From = field };

    private static MappedDeal Map(string deal, MappingRule? rule = null, string properties = "{}", string rows = "[]")
    {
        var (mapped, problems) = DealMapper.Map(Input(deal, properties, rule, rows));
        Assert.Empty(problems);
        return mapped!;
    }

    private static IReadOnlyList<MappingProblem> Problems(string deal, string properties)
    {
        var (mapped, problems) = DealMapper.Map(Input(deal, properties));
        Assert.Null(mapped);
        return problems;
    }

    private static MappingInput Input(string deal, string properties, MappingRule? rule = null, string rows = "[]") => new()
    {
        Profile = new MappingProfile
        {
            Schema = 1,
            Name = new Dictionary<string, string>(),
            Rules = rule is not null ? [rule] : [Rule("title"), Rule("opportunity"), Rule("currencyId"), Rule("isManualOpportunity"), Rule("comments")],
        },
        Settings = RobotSettings.Parse(properties, Texts),
        Source = new SourceDeal(
            JsonSerializer.Deserialize<JsonElement>(deal), [.. JsonSerializer.Deserialize<JsonElement>(rows).EnumerateArray()], null, []),
        SourceSchema = Esb,
        Esb = Esb,
        SourcePortal = new Uri("https://partner.bitrix24.ru/"),
        SourceDealId = 15,
        Now = Given.Now,
        Texts = Texts,
    };

    private static PortalSchema Esb { get; } = Schema(
        ("id", "integer"), ("title", "string"), ("opportunity", "double"), ("currencyId", "crm_currency"), ("isManualOpportunity", "boolean"), ("comments", "text"),
        ("categoryId", "crm_category"), ("stageId", "crm_status"), ("assignedById", "user"), ("originatorId", "string"), ("originId", "string"), ("UF_CRM_TAGS", "string"),
        ("UF_CRM_FLAG", "boolean"), ("UF_CRM_3_DIGIT", "string"), ("UF_CRM_LEVEL", "enumeration"), ("UF_CRM_COUNT", "integer"), (Provenance.PortalField, "string"),
        (Provenance.DealIdField, "string"), (Provenance.DateField, "datetime"));

    private static PortalSchema Schema(params (string Name, string Type)[] fields)
    {
        var described = fields.ToDictionary(
            field => field.Name,
            field => new SchemaField
            {
                Name = field.Name,
                PortalName = field.Name == "UF_CRM_3_DIGIT" ? "ufCrm3Digit" : field.Name,
                Type = field.Type,
                IsReadOnly = field.Name == "id",
                IsMultiple = field.Name == "UF_CRM_TAGS",
                Options = field.Name == "UF_CRM_LEVEL" ? [new CrmFieldOption(79, "High"), new CrmFieldOption(81, "Low")] : [],
            },
            StringComparer.OrdinalIgnoreCase);
        described["ORIGINATOR_ID"] = described["originatorId"];
        return new PortalSchema
        {
            EntityTypeId = 2,
            Fields = described,
            Categories = new Dictionary<long, string> { [0] = "Продажи", [5] = "Партнёры" },
            Stages = new[] { new SchemaStage("NEW", 0, "Новая", "P"), new SchemaStage("WON", 0, "Успех", "S"), new SchemaStage("C5:NEW", 5, "Новая", "P") }.ToDictionary(stage => stage.Code),
            Currencies = new Dictionary<string, SchemaCurrency> { ["RUB"] = new("RUB", true), ["USD"] = new("USD", false) },
            LoadedAt = Given.Now,
        };
    }
}
