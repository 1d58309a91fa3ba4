using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.Validation;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed class ProfileValidatorTests
{
    private static readonly PortalSchema Esb = SixtyFields.Esb with
    {
        Categories = new Dictionary<long, string> { [0] = "Продажи", [9] = "Опт" },
        Directories = Industries(new SchemaStatus("IT", "ИТ")),
        Stages = new Dictionary<string, SchemaStage> { ["NEW"] = new("NEW", 0, "Новая", "P"), ["C9:NEW"] = new("C9:NEW", 9, "Новая", "P") },
        Fields = SixtyFields.Esb.Fields.ToDictionary(
            field => field.Key, field => field.Value with { IsRequired = field.Key == "UF_CRM_INN", IsMultiple = field.Key == "UF_CRM_SPEC" }, StringComparer.OrdinalIgnoreCase),
    };

    [Theory]
    [InlineData("""{"to":"UF_CRM_NOTHING","from":"title"}""", "Error FIELD_UNKNOWN $.rules[0].to")]
    [InlineData("""{"to":"createdTime","from":"createdTime"}""", "Error FIELD_READ_ONLY $.rules[0].to")]
    [InlineData("""{"to":"title","from":"UF_CRM_NOTHING"}""", "Error SOURCE_FIELD_UNKNOWN $.rules[0].from")]
    [InlineData("""{"to":"UF_CRM_VOLUME","from":"UF_CRM_1690000016"}""", "Error TYPE_PAIR $.rules[0]")]
    [InlineData("""{"to":"UF_CRM_COLOR","from":"UF_CRM_COLOR"}""", "Error TYPE_PAIR $.rules[0]")]
    [InlineData("""{"to":"title","template":"{{ deal.title }}"}""", null)]
    [InlineData("""{"to":"UF_CRM_PRIORITY","constant":99}""", "Error CONSTANT_UNKNOWN $.rules[0].constant")]
    [InlineData("""{"to":"UF_CRM_INDUSTRY","from":"UF_CRM_1690000033"}""", "Warning VALUE_WITHOUT_COUNTERPART $.rules[0]")]
    [InlineData("""{"to":"UF_CRM_PRIORITY","constant":11}""", null)]
    [InlineData("""{"to":"UF_CRM_PRIORITY","constant":"no such choice"}""", "Error CONSTANT_UNKNOWN $.rules[0].constant")]
    [InlineData("""{"to":"title","property":"coment"}""", "Error PROPERTY_UNKNOWN $.rules[0].property")]
    [InlineData("""{"to":"title","property":"comment"}""", null)]
    [InlineData("""{"to":"sourceId","from":"sourceId"}""", null)]
    public void A_rule_is_held_against_both_portals(string rule, string? expected) =>
        Assert.Equal(
            expected is null ? [] : [expected],
            Validate($$"""{"schema":2,"name":{},"rules":[{{rule}},{"to":"UF_CRM_INN","from":"title"}]}""").Select(Describe));

    [Theory]
    [InlineData("", "NEW", null)]
    [InlineData("9", "C9:NEW", null)]
    [InlineData("9", "NEW", "Error STAGE_OF_OTHER_CATEGORY $.stage")]
    [InlineData("5", "", "Error CATEGORY_UNKNOWN $.category")]
    [InlineData("", "C5:NEW", "Error STAGE_UNKNOWN $.stage")]
    public void Pipeline_and_stage_must_exist_and_belong_together(string category, string stage, string? expected) =>
        Assert.Equal(
            expected is null ? [] : [expected],
            Validate($$"""{"schema":1,"name":{},"category":"{{category}}","stage":"{{stage}}","rules":[{"to":"UF_CRM_INN","from":"title"}]}""").Select(Describe));

    [Fact]
    public void A_currency_that_becomes_another_one_without_a_rate_is_named()
    {
        const string Currencies = """ "tables":{"currencies":{"USD":"RUB"}},"rules":[{"to":"UF_CRM_INN","from":"title"}]} """;

        Assert.Equal(["Warning CURRENCY_WITHOUT_RATE $.rates"], Validate("""{"schema":2,"name":{},""" + Currencies).Select(Describe));
        Assert.Empty(Validate("""{"schema":2,"name":{},"rates":{"USD>RUB":92.5},""" + Currencies));
    }

    [Fact]
    public void A_required_field_without_a_rule_is_named() =>
        Assert.Equal(
            ["Warning REQUIRED_WITHOUT_SOURCE $"],
            Validate("""{"schema":1,"name":{},"rules":[{"to":"title","from":"title"}]}""").Select(Describe));

    [Fact]
    public void What_stands_in_a_table_has_a_counterpart() =>
        Assert.Empty(Validate(
            """{"schema":1,"name":{},"rules":[{"to":"UF_CRM_INDUSTRY","from":"UF_CRM_1690000033"},{"to":"UF_CRM_INN","from":"title"}]}""",
            new ValueTables([new("statuses:INDUSTRY", "UC_METAL", "IT")])));

    [Fact]
    public void Each_finding_says_in_both_languages_what_to_do()
    {
        const string profile = """{"schema":1,"name":{},"rules":[{"to":"UF_CRM_VOLUME","from":"UF_CRM_1690000016"}]}""";

        Assert.Contains("Выберите в профиле другое поле", Validate(profile, language: "ru")[0].Message, StringComparison.Ordinal);
        Assert.Contains("Choose another field", Validate(profile, language: "en")[0].Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ProfileFinding> Validate(string json, ValueTables? tables = null, string language = "en")
    {
        Assert.True(MappingProfile.TryParse(json, out var profile, out var problem), problem?.In("en"));
        var source = SixtyFields.Source with { Directories = Industries(new("IT", "Технологии"), new("UC_METAL", "Металлургия")) };
        return ProfileValidator.Validate(profile, source, Esb, tables ?? ValueTables.Empty, new ProfileTexts(language));
    }

    private static Dictionary<string, IReadOnlyList<SchemaStatus>> Industries(params SchemaStatus[] entries) => new() { ["INDUSTRY"] = entries };

    private static string Describe(ProfileFinding finding) => $"{finding.Severity} {finding.Code} {finding.Path}";
}
