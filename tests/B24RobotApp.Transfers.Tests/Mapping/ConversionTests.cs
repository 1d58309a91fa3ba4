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
    public void A_list_of_which_nothing_has_a_counterpart_is_left_alone_and_one_that_is_empty_is_emptied()
    {
        var to = Field("field", "enumeration") with { IsMultiple = true };
        MappingRule Skip(MappingRule rule) => rule with { NoMatch = NoMatch.Skip };

        Assert.False(Map("\"nothing\"", Field("source", "string"), to, Skip).Deal!.ForUpdate.ContainsKey("field"));
        Assert.Equal("[]", Map("\"\"", Field("source", "string"), to, Skip).Deal!.ForUpdate["field"]!.ToJsonString());
        Assert.Equal("[79]", Map("[\"nothing\",\"Высокий\"]", Field("source", "string") with { IsMultiple = true }, to, Skip).Deal!.ForUpdate["field"]!.ToJsonString());
    }

    [Fact]
    public void In_a_list_the_default_stands_in_for_the_values_without_a_counterpart_only()
    {
        var to = Field("field", "enumeration") with { IsMultiple = true };

        var deal = Map(
            "[\"nothing\",\"Высокий\",\"neither\"]", Field("source", "string") with { IsMultiple = true }, to, rule => rule with { NoMatch = NoMatch.Default, Default = 81 }).Deal!;

        Assert.Equal("[81,79]", deal.ForUpdate["field"]!.ToJsonString());
    }

    [Theory]
    [InlineData("enumeration", "79", "79")]
    [InlineData("enumeration", "\"низкий\"", "81")]
    [InlineData("enumeration", "555", null)]
    [InlineData("crm_status", "\"UC_7\"", "\"UC_7\"")]
    [InlineData("crm_status", "\"Website\"", "\"WEB\"")]
    [InlineData("crm_status", "\"NOWHERE\"", null)]
    [InlineData("double", "0", "\"0.0\"")]
    [InlineData("integer", "0", "\"00\"")]
    [InlineData("double", "12.50", "12.50")]
    [InlineData("integer", "1.5", null)]
    [InlineData("boolean", "true", "\"Y\"")]
    [InlineData("boolean", "\"maybe\"", null)]
    [InlineData("date", "\"20.03.2026\"", "\"2026-03-20\"")]
    [InlineData("date", "\"tomorrow\"", null)]
    [InlineData("money", "\"5|usd\"", "\"5|USD\"")]
    [InlineData("string", "false", "\"N\"")]
    public void A_constant_and_a_default_are_checked_like_any_value(string to, string constant, string? expected)
    {
        var node = JsonNode.Parse(constant)!;
        foreach (var rule in new MappingRule[]
        {
            new() { To = "field", Constant = node },
            new() { To = "field", From = "source", NoMatch = NoMatch.Default, Default = node },
        })
        {
            // Another kind of item than the field holds: a value without a counterpart, whatever the field's type.
            var from = Field("source", rule.Constant is null && to is "enumeration" or "crm_status" ? "string" : "enumeration");
            var (deal, problems) = Map(from.Type == "string" ? "\"no such choice\"" : "6", from, Field("field", to), _ => rule);
            if (expected is null)
            {
                Assert.Contains(problems, problem => problem.Code == "FIELD_VALUE");
            }
            else if (rule.Constant is not null || to is "enumeration" or "crm_status")
            {
                Assert.Empty(problems);
                Assert.Equal(expected, deal!.ForCreate["field"]!.ToJsonString(Plain));
                Assert.Equal(expected, deal.ForUpdate["field"]!.ToJsonString(Plain));
            }
        }
    }

    [Fact]
    public void A_property_that_the_robot_does_not_have_is_a_problem_and_one_that_it_did_not_send_says_nothing()
    {
        var (_, problems) = Map("1", Field("source", "string"), Field("field", "string"), rule => new MappingRule { To = rule.To, Property = "coment" });
        Assert.Equal("PROPERTY_UNKNOWN", Assert.Single(problems).Code);

        var deal = Map("1", Field("source", "string"), Field("field", "string"), rule => new MappingRule { To = rule.To, Property = "stage" }).Deal!;
        Assert.False(deal.ForUpdate.ContainsKey("field"));
    }

    [Fact]
    public void An_item_of_another_kind_than_the_field_holds_has_no_counterpart()
    {
        var (_, problems) = Map("\"C_9\"", Field("source", "crm"), Field("field", "crm_company"));
        Assert.Equal("ITEM_OF_OTHER_KIND", Assert.Single(problems).Code);

        var (skipped, none) = Map("\"C_9\"", Field("source", "crm"), Field("field", "crm_company"), rule => rule with { NoMatch = NoMatch.Skip });
        Assert.Empty(none);
        Assert.False(skipped!.ForCreate.ContainsKey("field"));
    }

    [Fact]
    public void A_bare_id_in_a_field_for_one_kind_of_items_is_of_that_kind()
    {
        var deal = Map("4", Field("source", "crm") with { LinkedKind = 4 }, Field("field", "crm")).Deal!;

        Assert.Equal("CO_44", (string)deal.ForCreate["field"]!);
    }

    [Fact]
    public void Of_the_deals_own_client_that_is_not_there_yet_nothing_is_said_but_that_it_is_awaited()
    {
        var map = Map(
            "\"C_9\"", Field("source", "crm"), Field("field", "crm"), more: input => input with { ComingClient = new HashSet<CrmReference> { new(3, 9) } });

        Assert.Empty(map.Problems);
        Assert.True(map.Deal!.AwaitsClient);
        Assert.False(map.Deal.ForCreate.ContainsKey("field"));
    }

    [Fact]
    public void What_the_portal_does_not_name_says_so_and_advises_what_helps()
    {
        foreach (var (type, value) in new[] { ("employee", "8"), ("crm", "\"C_9\"") })
        {
            var problem = Assert.Single(Map(value, Field("source", type), Field("field", "string")).Problems);

            Assert.Equal("NAME_UNREADABLE", problem.Code);
            Assert.Contains("noMatch: skip", problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_employee_is_found_by_the_table_then_by_e_mail_then_by_the_default()
    {
        var portals = new ValueTables([new ValueTableEntry("users", "7", "12")]);
        DealMap MapWith(long? told, long? byMail, long? preset) => Map(
            "7", Field("source", "employee"), Field("field", "employee"),
            more: input => input with
            {
                Tables = portals,
                Profile = input.Profile with { UserDefault = "boss@esb.example" },
                Lookups = input.Lookups with { EsbUsers = new Dictionary<string, long?> { ["12"] = told, ["vetrov@partner.example"] = byMail, ["boss@esb.example"] = preset } },
            });

        Assert.Equal(12, (long)MapWith(12, 71, 1).Deal!.ForCreate["field"]!);
        Assert.Equal(71, (long)MapWith(null, 71, 1).Deal!.ForCreate["field"]!);
        Assert.Equal(1, (long)MapWith(null, null, 1).Deal!.ForCreate["field"]!);
        Assert.Equal("TABLE_MISSING", Assert.Single(MapWith(null, null, null).Problems).Code);
        Assert.Empty(MapWith(12, 71, 1).UsersToFind);
        Assert.Equal(
            ["12", "boss@esb.example", "vetrov@partner.example"],
            Map("7", Field("source", "employee"), Field("field", "employee"), more: input => input with
            {
                Tables = portals,
                Profile = input.Profile with { UserDefault = "boss@esb.example" },
                Lookups = input.Lookups with { EsbUsers = new Dictionary<string, long?>() },
            }).UsersToFind.Order());
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

        Assert.EndsWith("b24robot profile table add --portal partner.bitrix24.ru --connection main lists:source высокий ЗНАЧЕНИЕ_ЕСБ --resend", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_says_which_pipeline_is_which()
    {
        var tables = new ProfileTables { Categories = new Dictionary<string, string> { ["6"] = "опт", ["7"] = "9" } };
        foreach (var id in new[] { "6", "7" })
        {
            var (deal, _) = Map(id, Field("source", "crm_category"), Field("field", "crm_category"), more: input => input with { Profile = input.Profile with { Tables = tables } });
            Assert.Equal(9, (long)deal!.ForCreate["field"]!);
        }

        var problem = Assert.Single(Map("8", Field("source", "crm_category"), Field("field", "crm_category")).Problems);
        Assert.Contains("--connection main categories 8 ", problem.Message, StringComparison.Ordinal);
        Assert.True(ValueTables.IsKind("categories"));
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

    private static DealMap Map(
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
                EsbUsers = new Dictionary<string, long?> { ["vetrov@partner.example"] = 71 },
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
