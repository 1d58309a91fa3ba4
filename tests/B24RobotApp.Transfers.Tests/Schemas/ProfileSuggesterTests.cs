using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.Suggestions;
using B24RobotApp.Transfers.Schemas.Validation;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed class ProfileSuggesterTests
{
    [Fact]
    public void Between_equals_nothing_is_proposed()
    {
        var source = Schema([Field("UF_CRM_A", "string", "Заметка"), Field("UF_CRM_B", "string", "Заметка")]);
        var esb = Schema([Field("UF_CRM_C", "string", "Заметка")]);

        Assert.Empty(ProfileSuggester.Suggest(source, esb).Fields);
    }

    [Fact]
    public void Of_two_fields_with_one_label_the_one_of_the_same_type_is_proposed()
    {
        var source = Schema([Field("UF_CRM_A", "date", "Отгрузка")]);
        var esb = Schema([Field("UF_CRM_B", "string", "Отгрузка"), Field("UF_CRM_C", "date", "Отгрузка")]);

        var pair = Assert.Single(ProfileSuggester.Suggest(source, esb).Fields);

        Assert.Equal("UF_CRM_C", pair.Esb.Name);
        Assert.False(pair.IsConverted);
    }

    [Fact]
    public void Fields_that_cannot_be_written_or_are_the_apps_own_are_not_proposed()
    {
        var source = Schema([Field("createdTime", "datetime", "Создана"), Field("UF_CRM_SOURCE_PORTAL", "string", "Портал"), Field("originId", "string", "Внешний код")]);

        Assert.Empty(ProfileSuggester.Suggest(source, Schema([.. source.AllFields.Select(field => field with { IsReadOnly = field.Name == "createdTime" })])).Fields);
    }

    [Fact]
    public void Stages_are_paired_by_name_within_the_matching_pipeline_and_by_what_they_mean()
    {
        var source = Schema([]) with
        {
            Categories = new Dictionary<long, string> { [3] = "Опт" },
            Stages = Stages(new("C3:NEW", 3, "Новая", "P"), new("C3:BILL", 3, "Счёт выставлен", "P"), new("C3:ODD", 3, "Согласование", "P"), new("C3:WON", 3, "Сделка успешна", "S"), new("C3:LOSE", 3, "Отказ", "F")),
        };
        var esb = Schema([]) with
        {
            Categories = new Dictionary<long, string> { [0] = "Продажи", [9] = "опт" },
            Stages = Stages(
                new("NEW", 0, "Новая", "P"), new("C9:PREPARATION", 9, "Новая", "P"), new("C9:UC_1", 9, "Счет выставлен", "P"), new("C9:WON", 9, "Оплачено", "S"),
                new("C9:LOSE", 9, "Провалена", "F"), new("C9:APOLOGY", 9, "Анализ провала", "F")),
        };

        var suggestion = ProfileSuggester.Suggest(source, esb);

        Assert.Equal(
            ["C3:NEW C9:PREPARATION SameText", "C3:BILL C9:UC_1 SameText", "C3:WON C9:WON SameSemantics", "C3:LOSE C9:LOSE SameSemantics"],
            suggestion.Tables.Select(table => $"{table.Entry.Source} {table.Entry.Esb} {table.Reason}"));
        Assert.Equal(new UnmatchedValue("stages", "C3:ODD", "Согласование"), Assert.Single(suggestion.UnmatchedValues));
    }

    [Fact]
    public void Choices_are_paired_by_code_then_by_text_and_sources_by_code_then_by_name()
    {
        var suggestion = ProfileSuggester.Suggest(
            SixtyFields.Source with { Directories = Directory("SOURCE", new("CALL", "Звонок"), new("UC_1", "Выставка"), new("UC_2", "Сарафан")) },
            SixtyFields.Esb with { Directories = Directory("SOURCE", new("CALL", "Call"), new("UC_9", "выставка")) });

        string[] Of(string kind) => [.. suggestion.Tables.Where(table => table.Entry.Kind == kind).Select(table => $"{table.Entry.Source} {table.Entry.Esb} {table.Reason}")];
        Assert.Equal(["CALL CALL SameCode", "UC_1 UC_9 SameText"], Of("sources"));
        Assert.Equal(["Север Northern SameXmlId", "Юг Southern SameXmlId", "Восток Eastern SameXmlId"], Of("lists:UF_CRM_1690000007"));
        Assert.Equal(["Дорого Дорого SameText", "Долго Долго SameText"], Of("lists:UF_CRM_1690000031"));
        Assert.Contains(new UnmatchedValue("sources", "UC_2", "Сарафан"), suggestion.UnmatchedValues);
        Assert.Contains(new UnmatchedValue("lists:UF_CRM_1690000031", "Нет в наличии", "Нет в наличии"), suggestion.UnmatchedValues);
    }

    [Fact]
    public void The_document_can_be_read_as_a_profile_and_holds_no_rule_that_a_transfer_would_refuse()
    {
        var json = SuggestedDocument.Write(ProfileSuggester.Suggest(SixtyFields.Source, SixtyFields.Esb), "Сделки «опт»", "Wholesale \"deals\"");

        Assert.True(MappingProfile.TryParse(json, out var profile, out var problem), problem?.In("en"));
        Assert.Contains(profile.Rules, rule => rule is { To: "UF_CRM_ORDER_NO", From: "UF_CRM_NUMBER" });
        Assert.DoesNotContain(
            ProfileValidator.Validate(profile, SixtyFields.Source, SixtyFields.Esb, ValueTables.Empty, new ProfileTexts("en")), finding => finding.Severity == FindingSeverity.Error);
    }

    private static PortalSchema Schema(IReadOnlyList<SchemaField> fields) => new()
    {
        EntityTypeId = CrmEntityTypes.Deal,
        Fields = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase),
        LoadedAt = Given.Now,
    };

    private static SchemaField Field(string name, string type, string russian) => new()
    {
        Name = name,
        PortalName = name,
        Type = type,
        IsUserField = name.StartsWith("UF_", StringComparison.Ordinal),
        Labels = new Dictionary<string, string> { ["ru"] = russian },
    };

    private static Dictionary<string, SchemaStage> Stages(params SchemaStage[] stages) => stages.ToDictionary(stage => stage.Code);

    private static Dictionary<string, IReadOnlyList<SchemaStatus>> Directory(string name, params SchemaStatus[] entries) => new() { [name] = entries };
}
