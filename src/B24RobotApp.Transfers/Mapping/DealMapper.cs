using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping.Templates;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>Makes a deal for the ESB out of one that was read at the source. Pure: no calls, no store, no clock.</summary>
public sealed class DealMapper
{
    /// <summary>Set once at creation unless a rule says otherwise; afterwards the ESB's people move the deal.</summary>
    private static readonly string[] OnlyAtCreation = ["categoryId", "stageId", "assignedById"];

    /// <summary>By these the app finds its deals again.</summary>
    private static readonly string[] Reserved = ["originatorId", "originId"];

    private readonly MappingInput _input;
    private readonly EsbValues _values;
    private readonly RuleTemplates _templates;
    private readonly List<MappingProblem> _problems = [];
    private readonly JsonObject _create = [];
    private readonly JsonObject _update = [];
    private readonly JsonObject _onlyIfEmpty = [];
    private readonly Dictionary<string, MergedText> _merged = new(StringComparer.Ordinal);
    private bool _awaitsClient;

    private DealMapper(MappingInput input)
    {
        _input = input;
        _values = new EsbValues(input);
        _templates = new RuleTemplates(input);
    }

    /// <summary>Maps a deal, or lists all that stands against it.</summary>
    public static DealMap Map(MappingInput input) => new DealMapper(input).Map();

    private DealMap Map()
    {
        foreach (var rule in _input.Profile.Rules)
        {
            Apply(rule);
        }

        if (_input.Settings.DealTitle.Length > 0 && Find("title") is { } title)
        {
            Write(title, _input.Settings.DealTitle, UpdatePolicy.Write);
        }

        WriteComment();
        ApplyLines();
        WritePlace();
        if (_input.ResponsibleId is { } responsible && Find("assignedById") is { } assigned)
        {
            Write(assigned, responsible, UpdatePolicy.Never);
        }

        CheckPlace(_create);
        CheckPlace(_update);
        CheckCurrency();
        var rows = _input.Settings.SendProducts ? _input.Source.Rows.Select(RowMapper.Map).ToList() : null;
        if (rows is null or [])
        {
            // Without rows an automatic amount would be recomputed to nothing.
            foreach (var fields in (ReadOnlySpan<JsonObject>)[_create, _update])
            {
                if (fields.ContainsKey("opportunity"))
                {
                    fields["isManualOpportunity"] = "Y";
                }
            }
        }

        var onlyWithChange = WriteProvenance();
        var mapped = new MappedDeal
        {
            ForCreate = _create,
            ForUpdate = _update,
            OnlyIfEmpty = _onlyIfEmpty,
            Merged = _merged,
            OnlyWithChange = onlyWithChange,
            Rows = rows,
            AwaitsClient = _awaitsClient,
        };
        return new DealMap(_problems.Count > 0 ? null : mapped, _problems) { UsersToFind = _values.UsersToFind };
    }

    private void Apply(MappingRule rule)
    {
        if (Find(rule.To) is not { } field || !Counts(rule))
        {
            return;
        }

        var policy = rule.OnUpdate ?? PresetOf(field);
        if (rule.Constant is { } constant)
        {
            WriteConstant(rule, field, constant, policy);
        }
        else if (rule.Template is { } template)
        {
            if (_templates.Render(template, out var text) is { } problem)
            {
                _problems.Add(new("TEMPLATE_BROKEN", _input.Texts.TemplateBroken(rule.To, problem)));
            }
            else
            {
                WriteTexts(rule, field, [text], policy);
            }
        }
        else if (rule.Property is { } property)
        {
            if (_input.Settings.Properties.TryGetValue(property, out var texts))
            {
                WriteTexts(rule, field, texts, policy);
            }
            else if (!RobotSettings.IsProperty(property))
            {
                _problems.Add(new("PROPERTY_UNKNOWN", _input.Texts.PropertyUnknown(property)));
            }
        }
        else if (_input.Source.Deal.TryGetProperty(rule.From!, out var value) || TryFindByOtherName(rule.From!, out value))
        {
            // A field that the source portal does not have says nothing, not even "empty".
            WriteValues(rule, SourceFieldOf(rule.From!), value, field, policy);
        }
    }

    private bool Counts(MappingRule rule)
    {
        if (rule.When is null)
        {
            return true;
        }

        if (_templates.Render(rule.When, out var result) is { } problem)
        {
            _problems.Add(new("TEMPLATE_BROKEN", _input.Texts.TemplateBroken(rule.To, problem)));
            return false;
        }

        return LiquidTemplates.IsTrue(result);
    }

    /// <summary>People may write a system field by its older name, <c>SOURCE_ID</c>.</summary>
    private bool TryFindByOtherName(string name, out JsonElement value)
    {
        value = default;
        return _input.SourceSchema.Fields.TryGetValue(name, out var field) && _input.Source.Deal.TryGetProperty(field.Name, out value);
    }

    /// <summary>What the source portal says of a field; one that it does not describe is a text.</summary>
    private SchemaField SourceFieldOf(string name) =>
        _input.SourceSchema.Fields.TryGetValue(name, out var field) ? field : new SchemaField { Name = name, PortalName = name, Type = "string" };

    private static UpdatePolicy PresetOf(SchemaField field) => OnlyAtCreation.Contains(field.Name) ? UpdatePolicy.Never : UpdatePolicy.Write;

    private void WriteValues(MappingRule rule, SchemaField from, JsonElement value, SchemaField to, UpdatePolicy policy)
    {
        if (from.Type == "file" && to.Type == "file")
        {
            // Files are carried when the deal stands, one by one.
            return;
        }

        var collected = default(Collected);
        foreach (var one in SourceValues.Read(value, from, _input))
        {
            Collect(rule, to, _values.Spell(one, from, to, rule.Convert), ref collected);
        }

        Write(to, collected, policy);
    }

    private void WriteTexts(MappingRule rule, SchemaField to, IReadOnlyList<string> texts, UpdatePolicy policy)
    {
        var collected = default(Collected);
        foreach (var text in texts.Where(text => text.Trim().Length > 0))
        {
            Collect(rule, to, _values.Read(text, to), ref collected);
        }

        Write(to, collected, policy);
    }

    private void WriteConstant(MappingRule rule, SchemaField to, JsonNode constant, UpdatePolicy policy)
    {
        var collected = default(Collected);
        foreach (var spelling in _values.ReadConstant(constant, to))
        {
            Collect(rule, to, spelling, ref collected);
        }

        Write(to, collected, policy);
    }

    /// <summary>Takes a value, or does what the rule says of one that does not fit.</summary>
    private void Collect(MappingRule rule, SchemaField to, in Spelling spelling, ref Collected collected)
    {
        if (spelling.Node is { } node)
        {
            (collected.Values ??= new(1)).Add(node);
            return;
        }

        _awaitsClient |= spelling.AwaitsClient;
        collected.IsPassedOver |= spelling.AwaitsClient || spelling.Problem is not null;
        if (spelling.Problem is not { } problem)
        {
            return;
        }

        if (!spelling.IsNoMatch || rule.NoMatch == NoMatch.Problem)
        {
            _problems.Add(problem);
        }
        else if (rule.NoMatch == NoMatch.Default)
        {
            var values = collected.Values ??= [];
            values.AddRange(Default(rule, to).Where(preset => !values.Exists(one => JsonNode.DeepEquals(one, preset))));
        }
    }

    /// <summary>A field is emptied where the source's is empty, not where none of its values has a counterpart.</summary>
    private void Write(SchemaField to, in Collected collected, UpdatePolicy policy)
    {
        if (collected.Values is { Count: > 0 } || !collected.IsPassedOver)
        {
            Write(to, Join(collected.Values ?? [], to), policy);
        }
    }

    /// <summary>The values of one field so far.</summary>
    private struct Collected
    {
        public List<JsonNode>? Values;

        /// <summary>Whether there was one without a counterpart.</summary>
        public bool IsPassedOver;
    }

    private List<JsonNode> Default(MappingRule rule, SchemaField to)
    {
        var spelled = new List<JsonNode>();
        foreach (var spelling in _values.ReadConstant(rule.Default!, to))
        {
            if (spelling.Node is { } node)
            {
                spelled.Add(node);
            }
            else if (spelling.Problem is { } problem)
            {
                _problems.Add(problem);
            }
        }

        return spelled;
    }

    /// <summary>Several values for a field that holds one: texts are joined, of others the first counts.</summary>
    private static JsonNode? Join(List<JsonNode> values, SchemaField to) =>
        values.Count == 0 ? null
        : to.IsMultiple ? new JsonArray([.. values])
        : values.Count > 1 && to.Type is "string" or "text" ? string.Join(", ", values.Select(value => value.ToString()))
        : values[0];

    /// <summary>The robot's lines. Several lines of one field are the values of a list.</summary>
    private void ApplyLines()
    {
        foreach (var lines in _input.Settings.Fields.GroupBy(line => line.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (Find(lines.Key) is not { } field)
            {
                continue;
            }

            var values = new List<JsonNode>();
            foreach (var (_, text) in lines)
            {
                var read = _values.Read(text, field);
                if (read.Problem is { } problem)
                {
                    _problems.Add(problem);
                }
                else if (read.Node is { } value)
                {
                    values.Add(value);
                }
            }

            // Said for this very deal, a line also moves what is else left to the ESB's people; but not the place.
            Write(field, values.Count == 0 ? null : field.IsMultiple ? new JsonArray([.. values]) : values[^1], PresetOf(field));
        }
    }

    /// <summary>The ESB's field of a name, or a problem.</summary>
    private SchemaField? Find(string name)
    {
        if (!_input.Esb.Fields.TryGetValue(name, out var field))
        {
            _problems.Add(new("FIELD_UNKNOWN", _input.Texts.FieldUnknown(name)));
            return null;
        }

        if (field.IsReadOnly || Reserved.Contains(field.Name))
        {
            _problems.Add(new("FIELD_READ_ONLY", _input.Texts.FieldReadOnly(name)));
            return null;
        }

        return field;
    }

    private void Write(SchemaField field, JsonNode? value, UpdatePolicy policy)
    {
        // A new deal has nothing to clear. A field of an existing one is cleared by an empty text, the only "nothing" that a batch can say, or an empty list.
        var name = field.PortalName;
        _create.Remove(name);
        _update.Remove(name);
        _onlyIfEmpty.Remove(name);
        if (value is not null)
        {
            _create[name] = value;
        }

        if (field.IsImmutable)
        {
            return;
        }

        if (policy == UpdatePolicy.Write)
        {
            _update[name] = value?.DeepClone() ?? (field.IsMultiple ? new JsonArray() : JsonValue.Create(""));
        }
        else if (policy == UpdatePolicy.OnlyIfEmpty && value is not null)
        {
            _onlyIfEmpty[name] = value.DeepClone();
        }
    }

    /// <summary>The robot's comment, as a marked block: the next one takes its place.</summary>
    private void WriteComment()
    {
        var comment = _input.Settings.Comment;
        if (comment.Length == 0)
        {
            return;
        }

        string Into(string text) => CommentBlock.Put(text, comment);
        _create["comments"] = Into(_create["comments"]?.ToString() ?? "");
        if (_update.ContainsKey("comments"))
        {
            _update["comments"] = Into(_update["comments"]?.ToString() ?? "");
        }
        else
        {
            // Where the profile leaves the comments to the ESB's people, their text stays around it.
            _onlyIfEmpty.Remove("comments");
            _merged["comments"] = new MergedText(comment, Into);
        }
    }

    /// <summary>Pipeline and stage. The robot's words count before the profile's, and a stage says which pipeline is meant.</summary>
    private void WritePlace()
    {
        var settings = _input.Settings;
        var category = settings.Category.Length > 0 ? settings.Category : settings.Stage.Length > 0 ? "" : _input.Profile.Category;
        var stage = settings.Stage.Length > 0 ? settings.Stage : settings.Category.Length > 0 ? "" : _input.Profile.Stage;
        if (category.Length > 0)
        {
            if (!long.TryParse(category, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                _problems.Add(new("CATEGORY_UNKNOWN", _input.Texts.CategoryUnknown(category)));
                return;
            }

            _create["categoryId"] = id;
            if (stage.Length == 0)
            {
                // A rule's stage may be of another pipeline.
                _create.Remove("stageId");
            }
        }

        if (stage.Length > 0)
        {
            _create["stageId"] = stage;
            if (category.Length == 0)
            {
                _create.Remove("categoryId");
            }
        }
    }

    /// <summary>A stage that does not exist, or of another pipeline, is refused by one portal and passed over by the next.</summary>
    private void CheckPlace(JsonObject fields)
    {
        long? category = null;
        if (fields["categoryId"]?.ToString() is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !_input.Esb.Categories.ContainsKey(id))
            {
                _problems.Add(new("CATEGORY_UNKNOWN", _input.Texts.CategoryUnknown(text)));
                return;
            }

            category = id;
        }

        if (fields["stageId"]?.ToString() is not { } stage)
        {
            return;
        }

        if (!_input.Esb.Stages.TryGetValue(stage, out var known))
        {
            _problems.Add(new("STAGE_UNKNOWN", _input.Texts.StageUnknown(stage)));
        }
        else if (category is not null && category != known.CategoryId)
        {
            _problems.Add(new("STAGE_UNKNOWN", _input.Texts.StageOfOtherCategory(stage, category.Value.ToString(CultureInfo.InvariantCulture))));
        }
        else if (_input.Esb.Categories.Count > 0)
        {
            fields["categoryId"] = known.CategoryId;
        }
    }

    private void CheckCurrency()
    {
        if (_create["currencyId"]?.ToString() is { } currency && _input.Esb.Currencies.Count > 0 && !_input.Esb.Currencies.ContainsKey(currency))
        {
            _problems.Add(new("CURRENCY_UNKNOWN", _input.Texts.CurrencyUnknown(currency)));
        }
    }

    private JsonObject WriteProvenance()
    {
        var input = _input;
        var onlyWithChange = new JsonObject();
        var url = new Uri(input.SourcePortal, input.SourceKind.DetailsPath(input.SourceDealId)).AbsoluteUri;
        void Mark(string field, string value, params ReadOnlySpan<JsonObject> where)
        {
            // Fields that nobody has created on the ESB are not missed: the origin key is what the app itself relies on.
            if (input.Esb.Fields.TryGetValue(field, out var target))
            {
                foreach (var fields in where)
                {
                    fields[target.PortalName] = value;
                }
            }
        }

        Mark(Provenance.PortalField, input.SourcePortal.Authority, _create, _update);
        Mark(Provenance.DealIdField, input.SourceDealId.ToString(CultureInfo.InvariantCulture), _create, _update);
        Mark(Provenance.DealUrlField, url, _create, _update);
        Mark(Provenance.DateField, input.Now.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture), _create, onlyWithChange);
        return onlyWithChange;
    }
}
