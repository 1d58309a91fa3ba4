using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using CsCheck;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

/// <summary>What holds of the map whatever stands in a deal and whatever a profile says.</summary>
public sealed class AnyMappingTests
{
    private static readonly string[] Types =
    [
        "string", "text", "url", "address", "integer", "double", "boolean", "char", "money", "date", "datetime", "enumeration", "crm_status", "crm_currency", "crm_category", "user", "employee",
        "crm", "crm_company", "crm_contact", "crm_entity", "file", "iblock_element", "resourcebooking", "something_new",
    ];

    private static readonly Gen<string> Values = OneOf(
        "null", "false", "true", "0", "0.0", "-1", "7", "1e400", "12.5", "\"\"", "\" \"", "\"0\"", "\"Y\"", "\"N\"", "\"да\"", "\"Высокий\"", "\"100|USD\"", "\"|\"", "\"1|\"", "\"CO_4\"", "\"T93_6\"", "\"C_\"",
        "\"T_1\"", "\"2026-03-20\"", "\"2026-03-20T21:30:00+03:00\"", "\"2026-13-45\"", "\"a@b.c\"", "\"{{ x }}\"", "\"$result[0]\"", "\"\\u0000\\ud83d\\ude00\"", "[]", "{}", "[1,2,null]", "[\"a\",\"\",\"б\"]",
        "{\"0\":\"5\"}", "{\"id\":1,\"urlMachine\":\"https://x/\"}", "[[1]]", "\"99999999999999999999999999\"", "79", "\"79\"", "\"CALL\"", "\"USD\"", "\"XXX\"");

    private static readonly Gen<MappingInput> Inputs =
        from fields in Gen.Select(OneOf(Types), Gen.Bool, OneOf(Types), Gen.Bool, Values, Rule()).List[1, 6]
        select Input(fields);

    [Fact]
    public void No_deal_and_no_profile_breaks_it_and_it_says_the_same_twice() => Inputs.Sample(
        input =>
        {
            var (deal, problems) = DealMapper.Map(input);
            var (again, same) = DealMapper.Map(input);

            Assert.Equal(deal is null, problems.Count > 0);
            Assert.All(problems, problem => Assert.True(problem.Code.Length > 0 && problem.Message.Length > 10));
            Assert.Equal(problems, same);
            Assert.Equal(Spell(deal), Spell(again));
        },
        iter: 20_000);

    [Fact]
    public void A_field_is_written_by_an_update_only_where_the_rule_lets_it() => Inputs.Sample(
        input =>
        {
            if (DealMapper.Map(input).Deal is not { } deal)
            {
                return;
            }

            foreach (var rule in input.Profile.Rules)
            {
                Assert.False(rule.OnUpdate == UpdatePolicy.Never && (deal.ForUpdate.ContainsKey(rule.To) || deal.OnlyIfEmpty.ContainsKey(rule.To)), rule.To);
                Assert.False(rule.OnUpdate == UpdatePolicy.OnlyIfEmpty && deal.ForUpdate.ContainsKey(rule.To), rule.To);
            }
        },
        iter: 5_000);

    /// <summary>PHP takes 0, "0" and false for nothing.</summary>
    [Fact]
    public void A_number_or_a_flag_that_arrives_is_never_what_the_portal_takes_for_empty() => Gen.Select(OneOf("integer", "double", "boolean", "money"), OneOf("integer", "double", "boolean"), OneOf("0", "0.0", "\"0\"", "\"N\"", "\"0|USD\"", "7"))
        .Sample(
            (from, to, value) =>
            {
                var deal = DealMapper.Map(Input([(from, false, to, false, value, new MappingRule { To = "t", NoMatch = NoMatch.Skip })])).Deal;
                if (deal?.ForUpdate["t0"] is { } node)
                {
                    Assert.DoesNotContain(node.ToJsonString(), (string[])["0", "\"0\"", "false", "\"\"", "0.0"]);
                }
            },
            iter: 500);

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<MappingRule> Rule() =>
        from convert in Gen.Enum<Conversion>()
        from noMatch in Gen.Enum<NoMatch>()
        from policy in Gen.Enum<UpdatePolicy>()
        from preset in Values
        from source in Gen.Int[0, 5]
        select new MappingRule
        {
            To = "",
            Convert = source == 0 ? Conversion.Auto : convert,
            NoMatch = noMatch,
            OnUpdate = policy,
            Default = noMatch == NoMatch.Default ? Parse(preset) ?? "x" : null,
            Template = source == 1 ? "{{ deal.s0 }}" : null,
            Constant = source == 2 ? Parse(preset) ?? "x" : null,
            Property = source == 3 ? "comment" : null,
        };

    private static MappingInput Input(IReadOnlyList<(string From, bool FromMany, string To, bool ToMany, string Value, MappingRule Rule)> fields)
    {
        var sources = fields.Select((field, i) => Field($"s{i}", field.From, field.FromMany)).ToList();
        var targets = fields.Select((field, i) => Field($"t{i}", field.To, field.ToMany)).ToList();
        var rules = fields.Select((field, i) => field.Rule with
        {
            To = $"t{i}",
            From = field.Rule.Template is null && field.Rule.Constant is null && field.Rule.Property is null ? $"s{i}" : null,
        });
        var json = $"{{{string.Join(',', fields.Select((field, i) => $"\"s{i}\":{field.Value}"))},\"currencyId\":\"USD\"}}";
        return new MappingInput
        {
            Profile = new MappingProfile { Schema = 2, Name = new Dictionary<string, string>(), Rules = [.. rules] },
            Settings = RobotSettings.Parse("""{"comment":["да"]}""", new TransferTexts("en")),
            Source = new SourceDeal(JsonSerializer.Deserialize<JsonElement>(json), [], null, []),
            SourceSchema = Schema(sources),
            Esb = Schema(targets),
            SourcePortal = new Uri("https://partner.bitrix24.ru/"),
            SourceDealId = 15,
            Connection = "main",
            Now = Given.Now,
            Texts = new TransferTexts("en"),
        };
    }

    private static SchemaField Field(string name, string type, bool multiple) => new()
    {
        Name = name,
        PortalName = name,
        Type = type,
        IsMultiple = multiple,
        IsUserField = true,
        StatusType = type == "crm_status" ? "SOURCE" : null,
        Options = type == "enumeration" ? [new CrmFieldOption(79, "Высокий"), new CrmFieldOption(80, "Низкий", "low")] : [],
    };

    private static PortalSchema Schema(IReadOnlyList<SchemaField> fields) => new()
    {
        EntityTypeId = 2,
        Fields = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase),
        Directories = new Dictionary<string, IReadOnlyList<SchemaStatus>> { ["SOURCE"] = [new("CALL", "Звонок")] },
        Categories = new Dictionary<long, string> { [7] = "Опт" },
        Currencies = new Dictionary<string, SchemaCurrency> { ["USD"] = new("USD", true) },
        LoadedAt = Given.Now,
    };

    private static JsonNode? Parse(string json) => JsonNode.Parse(json);

    private static string Spell(MappedDeal? deal) =>
        deal is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{deal.ForCreate.ToJsonString()} {deal.ForUpdate.ToJsonString()} {deal.OnlyIfEmpty.ToJsonString()}");
}
