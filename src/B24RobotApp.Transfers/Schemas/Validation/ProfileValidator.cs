using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas.Suggestions;

namespace B24RobotApp.Transfers.Schemas.Validation;

/// <summary>Holds a profile against the live schemas of both portals and lists all that a person should look at, the worst first. Pure: no calls, no store, no clock.</summary>
public sealed class ProfileValidator
{
    private readonly MappingProfile _profile;
    private readonly PortalSchema _source;
    private readonly PortalSchema _esb;
    private readonly ValueTables _tables;
    private readonly ProfileTexts _texts;
    private readonly List<ProfileFinding> _findings = [];

    private ProfileValidator(MappingProfile profile, PortalSchema source, PortalSchema esb, ValueTables tables, ProfileTexts texts) =>
        (_profile, _source, _esb, _tables, _texts) = (profile, source, esb, tables, texts);

    public static IReadOnlyList<ProfileFinding> Validate(MappingProfile profile, PortalSchema source, PortalSchema esb, ValueTables tables, ProfileTexts texts) =>
        new ProfileValidator(profile, source, esb, tables, texts).Validate();

    private List<ProfileFinding> Validate()
    {
        for (var i = 0; i < _profile.Rules.Count; i++)
        {
            CheckRule(_profile.Rules[i], string.Create(CultureInfo.InvariantCulture, $"$.rules[{i}]"));
        }

        for (var i = 0; i < _profile.WriteBack.Count; i++)
        {
            CheckWriteBack(_profile.WriteBack[i], string.Create(CultureInfo.InvariantCulture, $"$.writeBack[{i}]"));
        }

        CheckPlace();
        CheckRates();
        CheckRequired();
        return [.. _findings.OrderBy(finding => finding.Severity)];
    }

    private void CheckRule(MappingRule rule, string path)
    {
        if (!_esb.Fields.TryGetValue(rule.To, out var target))
        {
            Add(FindingSeverity.Error, "FIELD_UNKNOWN", $"{path}.to", _texts.OfTransfer.FieldUnknown(rule.To));
            return;
        }

        if (target.IsReadOnly || target.Name is "originatorId" or "originId")
        {
            Add(FindingSeverity.Error, "FIELD_READ_ONLY", $"{path}.to", _texts.OfTransfer.FieldReadOnly(rule.To));
        }
        else if (rule.Constant is { } constant)
        {
            CheckConstant(constant, target, path);
        }
        else if (rule.Property is { } property && !RobotSettings.IsProperty(property))
        {
            Add(FindingSeverity.Error, "PROPERTY_UNKNOWN", $"{path}.property", _texts.OfTransfer.PropertyUnknown(property));
        }
        else if (rule.From is null)
        {
            // A template or a property of the robot: what it comes to is known of a deal only.
            return;
        }
        else if (!_source.Fields.TryGetValue(rule.From!, out var from))
        {
            Add(FindingSeverity.Error, "SOURCE_FIELD_UNKNOWN", $"{path}.from", _texts.SourceFieldUnknown(rule.From!));
        }
        else
        {
            CheckPair(rule, from, target, path);
        }
    }

    /// <summary>The ways of a write-back are plain: values as they are, or by the rule's own table.</summary>
    private void CheckWriteBack(WriteBackRule rule, string path)
    {
        var from = _esb.Fields.GetValueOrDefault(rule.From);
        if (from is null && !rule.IsSpecial)
        {
            Add(FindingSeverity.Error, "FIELD_UNKNOWN", $"{path}.from", _texts.OfTransfer.FieldUnknown(rule.From));
        }

        if (!_source.Fields.TryGetValue(rule.To, out var to))
        {
            Add(FindingSeverity.Error, "SOURCE_FIELD_UNKNOWN", $"{path}.to", _texts.SourceFieldUnknown(rule.To));
            return;
        }

        if (to.IsReadOnly || to.Name is "originatorId" or "originId")
        {
            Add(FindingSeverity.Error, "SOURCE_FIELD_READ_ONLY", $"{path}.to", _texts.SourceFieldReadOnly(rule.To));
        }

        foreach (var (esbValue, value) in rule.Values.Where(value => to.Name == "stageId" && _source.Stages.Count > 0 && !_source.Stages.ContainsKey(value.Value)))
        {
            Add(FindingSeverity.Error, "SOURCE_STAGE_UNKNOWN", $"{path}.values.{esbValue}", _texts.SourceStageUnknown(value));
        }

        if (from is not null && !rule.IsSpecial && rule.Values.Count == 0
            && (!TypePairs.Fit(from.Type, to.Type) || (from.Type is "enumeration" or "crm_status" or "crm_category" or "user" or "employee" or "crm" or "file" && from.Type == to.Type && to.Name != "currencyId")))
        {
            // Ids and codes mean something on their own portal alone.
            Add(FindingSeverity.Error, "TYPE_PAIR", path, _texts.WriteBackNeedsValues(from.Name, to.Name));
        }
    }

    private void CheckPair(MappingRule rule, SchemaField from, SchemaField to, string path)
    {
        if (!TypePairs.Fit(from.Type, to.Type) && rule.Convert == Conversion.Auto)
        {
            Add(FindingSeverity.Error, "TYPE_PAIR", path, _texts.OfTransfer.TypePair(from.Name, from.Type, to.Name, to.Type));
            return;
        }

        if (from.IsMultiple && !to.IsMultiple)
        {
            Add(FindingSeverity.Warning, "ONE_OF_SEVERAL", path, _texts.OneOfSeveral(from.Name, to.Name));
        }

        if (rule.NoMatch == NoMatch.Problem && to.Type is "enumeration" or "crm_status" && from.Type is "enumeration" or "crm_status" && to.Name != "stageId")
        {
            CheckValues(from, to, path);
        }
    }

    private void CheckValues(SchemaField from, SchemaField to, string path)
    {
        var kind = TableSuggester.KindOf(from);
        var pair = new FieldSuggestion(from, to, [], false, 1);
        var missing = TableSuggester.Suggest(_source with { Stages = NoStages }, _esb with { Stages = NoStages }, [pair]).Unmatched
            .Where(value => !_tables.TryFind(kind, value.Source, out _) && !_profile.Tables.TryFind(kind, value.Source, out _));
        foreach (var value in missing)
        {
            Add(FindingSeverity.Warning, "VALUE_WITHOUT_COUNTERPART", path, _texts.ValueWithoutCounterpart(from.Name, value.Label, value.Source, to.Name, kind));
        }
    }

    private static Dictionary<string, SchemaStage> NoStages { get; } = [];

    private void CheckConstant(JsonNode constant, SchemaField target, string path)
    {
        var values = constant is JsonArray list ? list.Select(value => value?.ToString() ?? "") : [constant.ToString()];
        foreach (var value in values.Where(value => value.Length > 0))
        {
            var (fits, choices) = target switch
            {
                { Type: "enumeration" } => (
                    target.Options.Any(option => option.Id.ToString(CultureInfo.InvariantCulture) == value || IsNamed(option.Value, value)),
                    target.Options.Select(option => $"{option.Id} ({option.Value})")),
                { Type: "crm_status", Name: "stageId" } => (_esb.Stages.ContainsKey(value), _esb.Stages.Values.Select(stage => $"{stage.Code} ({stage.Name})")),
                { Type: "crm_status", StatusType: { } directory } when _esb.Directories.TryGetValue(directory, out var entries) => (
                    entries.Any(entry => entry.Code == value || IsNamed(entry.Name, value)), entries.Select(entry => $"{entry.Code} ({entry.Name})")),
                { Name: "currencyId" } when _esb.Currencies.Count > 0 => (_esb.Currencies.ContainsKey(value), _esb.Currencies.Keys),
                _ => (true, Enumerable.Empty<string>()),
            };
            if (!fits)
            {
                Add(FindingSeverity.Error, "CONSTANT_UNKNOWN", $"{path}.constant", _texts.ConstantUnknown(value, target.Name, string.Join(", ", choices.Take(10))));
            }
        }
    }

    private void CheckPlace()
    {
        long? category = null;
        if (_profile.Category.Length > 0)
        {
            category = long.TryParse(_profile.Category, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && _esb.Categories.ContainsKey(id) ? id : null;
            if (category is null)
            {
                Add(FindingSeverity.Error, "CATEGORY_UNKNOWN", "$.category", _texts.OfTransfer.CategoryUnknown(_profile.Category));
                return;
            }
        }

        if (_profile.Stage.Length == 0)
        {
            return;
        }

        if (!_esb.Stages.TryGetValue(_profile.Stage, out var stage))
        {
            Add(FindingSeverity.Error, "STAGE_UNKNOWN", "$.stage", _texts.OfTransfer.StageUnknown(_profile.Stage));
        }
        else if (category is not null && stage.CategoryId != category)
        {
            Add(FindingSeverity.Error, "STAGE_OF_OTHER_CATEGORY", "$.stage", _texts.OfTransfer.StageOfOtherCategory(_profile.Stage, _profile.Category));
        }
    }

    private static bool IsNamed(string name, string value) => string.Equals(name.Trim(), value.Trim(), StringComparison.CurrentCultureIgnoreCase);

    /// <summary>A currency that becomes another one without a rate keeps its number: right for a renamed one, wrong for all others.</summary>
    private void CheckRates()
    {
        var entries = _tables.Entries.Where(entry => entry.Kind == "currencies").Select(entry => (entry.Source, entry.Esb))
            .Concat(_profile.Tables.Currencies.Select(entry => (Source: entry.Key, Esb: entry.Value)));
        foreach (var (source, esb) in entries.Where(entry => entry.Source != entry.Esb && !_profile.Rates.ContainsKey($"{entry.Source}>{entry.Esb}")).Distinct())
        {
            Add(FindingSeverity.Warning, "CURRENCY_WITHOUT_RATE", "$.rates", _texts.CurrencyWithoutRate(source, esb));
        }
    }

    private void CheckRequired()
    {
        var filled = _profile.Rules.Select(rule => _esb.Fields.GetValueOrDefault(rule.To)?.Name).ToHashSet();
        foreach (var field in _esb.AllFields.Where(field => field is { IsRequired: true, IsReadOnly: false } && FieldSuggester.IsProposed(field) && !filled.Contains(field.Name)))
        {
            Add(FindingSeverity.Warning, "REQUIRED_WITHOUT_SOURCE", "$", _texts.RequiredWithoutSource(field.Name));
        }
    }

    private void Add(FindingSeverity severity, string code, string path, string message) => _findings.Add(new(severity, code, path, message));
}
