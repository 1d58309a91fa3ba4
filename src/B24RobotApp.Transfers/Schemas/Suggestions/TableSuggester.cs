using System.Globalization;

namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>Finds which values of two portals mean the same: stages by name, then by what they mean; choices by code, then by text; entries of directories by code, then by name. Pure.</summary>
internal sealed class TableSuggester(PortalSchema source, PortalSchema esb)
{
    private readonly List<TableSuggestion> _tables = [];
    private readonly List<UnmatchedValue> _unmatched = [];

    public static (IReadOnlyList<TableSuggestion> Tables, IReadOnlyList<UnmatchedValue> Unmatched) Suggest(
        PortalSchema source, PortalSchema esb, IReadOnlyList<FieldSuggestion> fields)
    {
        var suggester = new TableSuggester(source, esb);
        suggester.SuggestStages();
        foreach (var pair in fields)
        {
            suggester.SuggestValues(pair);
        }

        return (suggester._tables, suggester._unmatched);
    }

    /// <summary>The kind of table that holds a field's values.</summary>
    public static string KindOf(SchemaField field) => field switch
    {
        { Type: "enumeration" } => $"lists:{field.Name}",
        { StatusType: "SOURCE" } => "sources",
        { StatusType: "DEAL_TYPE" } => "dealTypes",
        _ => $"statuses:{field.StatusType}",
    };

    private void SuggestStages()
    {
        foreach (var pipeline in source.Stages.Values.GroupBy(stage => stage.CategoryId))
        {
            var target = FindPipeline(pipeline.Key, [.. pipeline]);
            var stages = esb.Stages.Values.Where(stage => stage.CategoryId == target).ToList();
            foreach (var stage in pipeline)
            {
                var sameName = stages.Where(other => LabelText.AreSame(other.Name, stage.Name)).ToList();
                var sameMeaning = stage.Semantics == "P" ? [] : stages.Where(other => other.Semantics == stage.Semantics).ToList();
                if (sameName is [var named])
                {
                    Add("stages", stage.Code, stage.Name, named.Code, named.Name, SuggestionReason.SameText, named.Semantics == stage.Semantics ? 0.9 : 0.5);
                }
                else if (sameMeaning is [var meant, ..])
                {
                    // Of several ways to lose the first one, which is the system's own.
                    Add("stages", stage.Code, stage.Name, meant.Code, meant.Name, SuggestionReason.SameSemantics, sameMeaning.Count == 1 ? 0.8 : 0.6);
                }
                else
                {
                    _unmatched.Add(new("stages", stage.Code, stage.Name));
                }
            }
        }
    }

    /// <summary>The ESB's pipeline for one of the source: of the same name, else with most stages of the same names, else the first.</summary>
    private long? FindPipeline(long category, IReadOnlyList<SchemaStage> stages)
    {
        var name = source.Categories.GetValueOrDefault(category);
        return esb.Stages.Values.GroupBy(stage => stage.CategoryId)
            .OrderByDescending(pipeline => LabelText.AreSame(esb.Categories.GetValueOrDefault(pipeline.Key), name))
            .ThenByDescending(pipeline => pipeline.Count(stage => stages.Any(other => LabelText.AreSame(other.Name, stage.Name))))
            .ThenBy(pipeline => pipeline.Key)
            .FirstOrDefault()?.Key;
    }

    private void SuggestValues(FieldSuggestion pair)
    {
        var (values, others) = (ValuesOf(source, pair.Source), ValuesOf(esb, pair.Esb));
        if (others.Count == 0)
        {
            return;
        }

        var kind = KindOf(pair.Source);
        if (_tables.Any(table => table.Entry.Kind == kind) || _unmatched.Any(value => value.Kind == kind))
        {
            // Two fields with one directory have one table.
            return;
        }

        foreach (var value in values)
        {
            var sameCode = value.Code is null ? [] : others.Where(other => other.Code == value.Code).ToList();
            var sameText = others.Where(other => LabelText.AreSame(other.Text, value.Text)).ToList();
            if (sameCode is [var coded])
            {
                Add(kind, value.Key, value.Text, coded.Key, coded.Text, pair.Source.Type == "enumeration" ? SuggestionReason.SameXmlId : SuggestionReason.SameCode, 0.95);
            }
            else if (sameText is [var told])
            {
                Add(kind, value.Key, value.Text, told.Key, told.Text, SuggestionReason.SameText, 0.9);
            }
            else
            {
                _unmatched.Add(new(kind, value.Key, value.Text));
            }
        }
    }

    private void Add(string kind, string value, string label, string other, string otherLabel, SuggestionReason reason, double confidence) =>
        _tables.Add(new(new ValueTableEntry(kind, value, other, label), otherLabel, reason, confidence));

    /// <summary>The values that a field may hold, with the keys that stand in tables: texts of choices, whose ids nobody knows, and codes of directories.</summary>
    private static IReadOnlyList<(string Key, string? Code, string Text)> ValuesOf(PortalSchema schema, SchemaField field) => field switch
    {
        { Type: "enumeration" } => [.. field.Options.Select(option => (option.Value, CodeOf(option.XmlId, option.Id), option.Value))],
        { StatusType: { } directory } when schema.Directories.TryGetValue(directory, out var entries) => [.. entries.Select(entry => (entry.Code, (string?)entry.Code, entry.Name))],
        _ => [],
    };

    /// <summary>A choice that was not given a code has one that the portal made up: a hash, or the id.</summary>
    private static string? CodeOf(string? xmlId, long id) =>
        string.IsNullOrEmpty(xmlId) || xmlId == id.ToString(CultureInfo.InvariantCulture) || (xmlId.Length == 32 && xmlId.All(char.IsAsciiHexDigit)) ? null : xmlId;
}
