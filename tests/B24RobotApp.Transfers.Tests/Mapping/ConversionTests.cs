using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

/// <summary>What a value of one type becomes in a field of another.</summary>
public sealed class ConversionTests
{
    private static readonly TransferTexts Texts = new("ru");

    [Theory]
    [InlineData("date", "\"2024-07-23T02:00:00+02:00\"", "\"2024-07-23\"")]
    [InlineData("date", "\"2024-07-22T20:00:00-04:00\"", "\"2024-07-23\"")]
    [InlineData("date", "\"2024-07-23T00:00:00+03:00\"", "\"2024-07-23\"")]
    [InlineData("date", "\"2024-07-23\"", "\"2024-07-23\"")]
    public void Trap_13_dates_stay_the_same_day_east_and_west_of_greenwich(string type, string source, string expected) =>
        Assert.Equal(expected, Read(source, Field(type))!.ToJsonString());

    [Theory]
    [InlineData("boolean", "true", "\"Y\"")]
    [InlineData("boolean", "\"1\"", "\"Y\"")]
    [InlineData("boolean", "1", "\"Y\"")]
    [InlineData("boolean", "\"N\"", "\"N\"")]
    [InlineData("string", "true", "\"Y\"")]
    public void Trap_14_flags_are_spelled_as_letters(string type, string source, string expected) =>
        Assert.Equal(expected, Read(source, Field(type))!.ToJsonString());

    [Theory]
    [InlineData("string", "\"\"")]
    [InlineData("string", "null")]
    [InlineData("string", "[]")]
    [InlineData("string", "{\"id\":1}")]
    [InlineData("date", "\"\"")]
    [InlineData("date", "false")]
    [InlineData("double", "\"\"")]
    public void Nothing_is_nothing(string type, string source) => Assert.Null(Read(source, Field(type)));

    [Fact]
    public void A_list_field_gets_a_list_and_a_single_one_the_first_of_it_or_all_texts()
    {
        Assert.Equal("""["a"]""", Read("\"a\"", Field("string", multiple: true))!.ToJsonString());
        Assert.Equal("""["a","b"]""", Read("""["a","","b"]""", Field("string", multiple: true))!.ToJsonString());
        Assert.Equal("5", Read("[5,7]", Field("integer"))!.ToJsonString());
        Assert.Equal("\"a, b\"", Read("""["a","b"]""", Field("string"))!.ToJsonString());
        Assert.Equal("""["2024-07-23"]""", Read("""["2024-07-23T02:00:00+02:00"]""", Field("date", multiple: true))!.ToJsonString());
    }

    [Theory]
    [InlineData("money", "\"100.50|RUB\"", "double", "100.50")]
    [InlineData("money", "\"0|RUB\"", "double", "\"0.0\"")]
    [InlineData("double", "0", "integer", "\"00\"")]
    [InlineData("double", "12.5", "money", "\"12.5|RUB\"")]
    [InlineData("money", "\"100|USD\"", "crm_currency", "\"USD\"")]
    [InlineData("string", "\"Высокий\"", "enumeration", "79")]
    [InlineData("boolean", "\"Y\"", "enumeration", "85")]
    [InlineData("boolean", "\"N\"", "string", "\"Нет\"")]
    [InlineData("boolean", "\"N\"", "integer", "\"00\"")]
    [InlineData("string", "\"да\"", "boolean", "\"Y\"")]
    [InlineData("enumeration", "5", "enumeration", "81")]
    [InlineData("enumeration", "6", "enumeration", "79")]
    [InlineData("enumeration", "6", "string", "\"высокий\"")]
    [InlineData("enumeration", "6", "crm_status", null)]
    [InlineData("crm_status", "\"CALL\"", "crm_status", "\"UC_7\"")]
    [InlineData("crm_status", "\"WEB\"", "crm_status", "\"WEB\"")]
    [InlineData("crm_status", "\"CALL\"", "string", "\"Звонок\"")]
    [InlineData("date", "\"2024-07-22T20:00:00-04:00\"", "datetime", "\"2024-07-23T00:00:00\"")]
    [InlineData("datetime", "\"2024-07-22T20:00:00-04:00\"", "date", "\"2024-07-22\"")]
    [InlineData("datetime", "\"2024-07-22T20:00:00-04:00\"", "datetime", "\"2024-07-22T20:00:00-04:00\"")]
    [InlineData("employee", "7", "user", "71")]
    [InlineData("employee", "7", "string", "\"Олег Ветров\"")]
    [InlineData("employee", "8", "employee", null)]
    [InlineData("string", "\"vetrov@partner.example\"", "employee", "71")]
    [InlineData("address", "\"Москва, Тверская 1|55.7;37.6|12\"", "string", "\"Москва, Тверская 1\"")]
    [InlineData("address", "\"Москва, Тверская 1|55.7;37.6|12\"", "address", "\"Москва, Тверская 1\"")]
    [InlineData("crm", "\"CO_4\"", "crm", "\"CO_44\"")]
    [InlineData("crm", "\"CO_4\"", "crm_company", "44")]
    [InlineData("crm", "\"CO_4\"", "string", "\"ООО Ромашка\"")]
    [InlineData("crm", "\"C_9\"", "crm", null)]
    [InlineData("crm", "\"T93_6\"", "crm", "\"T93_66\"")]
    [InlineData("crm_category", "5", "crm_category", "9")]
    public void A_value_becomes_what_it_means(string from, string source, string to, string? expected)
    {
        var (deal, problems) = Map(source, Field("source", from), Field("field", to));
        if (expected is null)
        {
            Assert.Contains(Assert.Single(problems).Code, (string[])["TABLE_MISSING", "ITEM_NOT_SENT"]);
            return;
        }

        Assert.Empty(problems);
        Assert.Equal(expected, deal!.ForCreate["field"]!.ToJsonString(Plain));
    }

    [Theory]
    [InlineData("file", "{\"id\":1}", "string")]
    [InlineData("iblock_element", "5", "string")]
    [InlineData("employee", "7", "double")]
    [InlineData("string", "\"x\"", "file")]
    [InlineData("boolean", "\"Y\"", "date")]
    public void A_pair_that_makes_no_sense_is_named_with_both_types(string from, string source, string to)
    {
        var problems = Map(source, Field("source", from), Field("field", to)).Problems;

        Assert.False(TypePairs.Fit(from, to));
        if (from != "file")
        {
            Assert.Contains($"({to})", Assert.Single(problems).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_rule_says_what_happens_to_a_value_without_a_counterpart()
    {
        var (skipped, none) = Map("6", Field("source", "enumeration"), Field("field", "crm_status"), rule => rule with { NoMatch = NoMatch.Skip });
        Assert.Empty(none);
        Assert.False(skipped!.ForCreate.ContainsKey("field") || skipped.ForUpdate.ContainsKey("field"));

        var preset = Map("6", Field("source", "enumeration"), Field("field", "crm_status"), rule => rule with { NoMatch = NoMatch.Default, Default = "WEB" }).Deal!;
        Assert.Equal("WEB", (string)preset.ForUpdate["field"]!);
    }

    [Fact]
    public void A_portals_table_comes_before_the_profiles_and_both_before_names()
    {
        var profiles = new ProfileTables { Sources = new Dictionary<string, string> { ["CALL"] = "WEB" } };
        var (deal, _) = Map("\"CALL\"", Field("source", "crm_status"), Field("field", "crm_status"), more: input => input with { Profile = input.Profile with { Tables = profiles } });
        Assert.Equal("WEB", (string)deal!.ForCreate["field"]!);

        var portals = new ValueTables([new ValueTableEntry("sources", "CALL", "UC_7")]);
        var (again, _) = Map(
            "\"CALL\"", Field("source", "crm_status"), Field("field", "crm_status"),
            more: input => input with { Tables = portals, Profile = input.Profile with { Tables = profiles } });
        Assert.Equal("UC_7", (string)again!.ForCreate["field"]!);
    }

    [Fact]
    public void The_problem_of_a_missing_entry_ends_with_the_command_that_adds_it()
    {
        var problem = Assert.Single(Map("6", Field("source", "enumeration"), Field("field", "crm_status")).Problems);

        Assert.EndsWith("b24robot profile table add --portal partner.bitrix24.ru --connection main lists:source \"высокий\" ЗНАЧЕНИЕ_ЕСБ --resend", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fixed_rate_goes_with_the_table_of_currencies()
    {
        var rated = Map(
            "\"10|USD\"", Field("source", "money"), Field("field", "money"),
            more: input => input with
            {
                Profile = input.Profile with
                {
                    Tables = new ProfileTables { Currencies = new Dictionary<string, string> { ["USD"] = "RUB" } },
                    Rates = new Dictionary<string, decimal> { ["USD>RUB"] = 92.555m },
                },
            }).Deal!;

        Assert.Equal("925.55|RUB", (string)rated.ForCreate["field"]!);
    }

    [Fact]
    public void Templates_see_the_deal_and_what_people_wrote_is_no_template()
    {
        MappingRule Template(MappingRule rule) => new() { To = rule.To, Template = "{{ deal.source }} ({{ deal.UF_CRM_TEXT | upcase }}, {{ portal.host }}, {{ robot.mode }})" };
        var (deal, problems) = Map(
            "6", Field("source", "enumeration"), Field("field", "string"), Template, properties: """{"mode":["update"]}""", text: "{{ deal.title }}");

        Assert.Empty(problems);
        Assert.Equal("высокий ({{ DEAL.TITLE }}, partner.bitrix24.ru, update)", (string)deal!.ForCreate["field"]!);
    }

    [Theory]
    [InlineData("{% if deal.source == 'высокий' %}1{% endif %}", true)]
    [InlineData("{% if deal.source == 'низкий' %}1{% endif %}", false)]
    [InlineData("{% if deal.nothing %}1{% endif %}", false)]
    public void A_condition_decides_whether_a_rule_counts(string when, bool counts)
    {
        var (deal, _) = Map("6", Field("source", "enumeration"), Field("field", "string"), rule => rule with { When = when });

        Assert.Equal(counts, deal!.ForCreate.ContainsKey("field"));
    }

    [Fact]
    public void An_endless_template_ends_as_a_problem()
    {
        var (_, problems) = Map(
            "6", Field("source", "enumeration"), Field("field", "string"), rule => new MappingRule { To = rule.To, Template = "{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}" });

        Assert.Equal("TEMPLATE_BROKEN", Assert.Single(problems).Code);
    }

    [Fact]
    public void An_update_fills_in_only_what_is_empty_where_the_rule_says_so()
    {
        var deal = Map("6", Field("source", "enumeration"), Field("field", "string"), rule => rule with { OnUpdate = UpdatePolicy.OnlyIfEmpty }).Deal!;

        Assert.Equal("высокий", (string)deal.OnlyIfEmpty["field"]!);
        Assert.False(deal.ForUpdate.ContainsKey("field"));
    }

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonNode? Read(string json, SchemaField field)
    {
        var (deal, problems) = Map(json, field with { Name = "source", PortalName = "source" }, field);
        Assert.Empty(problems);
        return deal!.ForCreate["field"];
    }

    private static SchemaField Field(string type, bool multiple = false) => Field("field", type) with { IsMultiple = multiple };

    private static SchemaField Field(string name, string type) => new()
    {
        Name = name,
        PortalName = name,
        Type = type,
        StatusType = type == "crm_status" ? "SOURCE" : null,
        Options = name == "source"
            ? [new CrmFieldOption(5, "Что-то", "low"), new CrmFieldOption(6, "высокий"), new CrmFieldOption(7, "Да")]
            : [new CrmFieldOption(79, "Высокий"), new CrmFieldOption(81, "Низкий", "low"), new CrmFieldOption(85, "Yes"), new CrmFieldOption(86, "No")],
    };

    private static (MappedDeal? Deal, IReadOnlyList<MappingProblem> Problems) Map(
        string json, SchemaField from, SchemaField to, Func<MappingRule, MappingRule>? change = null, string properties = "{}", string text = "", Func<MappingInput, MappingInput>? more = null)
    {
        var rule = new MappingRule { To = to.Name, From = from.Name };
        var input = new MappingInput
        {
            Profile = new MappingProfile { Schema = 2, Name = new Dictionary<string, string>(), Rules = [change?.Invoke(rule) ?? rule] },
            Settings = RobotSettings.Parse(properties, Texts),
            Source = new SourceDeal(
                JsonSerializer.Deserialize<JsonElement>($$"""{"{{from.Name}}":{{json}},"UF_CRM_TEXT":{{JsonSerializer.Serialize(text)}},"currencyId":"RUB"}"""), [], null, []),
            SourceSchema = Schema([from], [new("CALL", "Звонок"), new("WEB", "Сайт")], (5, "Опт")),
            Esb = Schema([to], [new("UC_7", "звонок"), new("CALL", "Обратный звонок"), new("WEB", "Website")], (9, "опт")),
            Lookups = new MappingLookups
            {
                SourceUsers = new Dictionary<long, PortalUser> { [7] = new(7, "Олег Ветров", "vetrov@partner.example", true) },
                EsbUsers = new Dictionary<string, long> { ["vetrov@partner.example"] = 71 },
                Counterparts = new Dictionary<CrmReference, long> { [new(4, 4)] = 44, [new(0x93, 6)] = 66 },
                Titles = new Dictionary<CrmReference, string> { [new(4, 4)] = "ООО Ромашка" },
            },
            SourcePortal = new Uri("https://partner.bitrix24.ru/"),
            SourceDealId = 15,
            Connection = "main",
            Now = Given.Now,
            Texts = Texts,
        };
        return DealMapper.Map(more?.Invoke(input) ?? input);
    }

    private static PortalSchema Schema(IReadOnlyList<SchemaField> fields, IReadOnlyList<SchemaStatus> sources, (long Id, string Name) category) => new()
    {
        EntityTypeId = 2,
        Fields = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase),
        Directories = new Dictionary<string, IReadOnlyList<SchemaStatus>> { ["SOURCE"] = sources },
        Categories = new Dictionary<long, string> { [category.Id] = category.Name },
        Currencies = new Dictionary<string, SchemaCurrency> { ["RUB"] = new("RUB", true), ["USD"] = new("USD", false) },
        LoadedAt = Given.Now,
    };
}
