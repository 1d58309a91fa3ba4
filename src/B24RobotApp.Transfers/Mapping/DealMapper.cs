using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What a deal is mapped with.</summary>
public sealed record MappingInput
{
    public required MappingProfile Profile { get; init; }

    public required RobotSettings Settings { get; init; }

    public required SourceDeal Source { get; init; }

    public required EsbFacts Esb { get; init; }

    /// <summary>The ESB's user who will be responsible; <see langword="null"/> leaves it to the ESB.</summary>
    public long? ResponsibleId { get; init; }

    /// <summary>The source portal's address.</summary>
    public required Uri SourcePortal { get; init; }

    public required long SourceDealId { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required TransferTexts Texts { get; init; }
}

/// <summary>Makes a deal for the ESB out of one that was read at the source. Pure: no calls, no store, no clock.</summary>
public sealed class DealMapper
{
    private const int ChoicesNamed = 10;

    /// <summary>Set once at creation; afterwards the ESB's people move the deal.</summary>
    private static readonly string[] OnlyAtCreation = ["categoryId", "stageId", "assignedById"];

    /// <summary>By these the app finds its deals again.</summary>
    private static readonly string[] Reserved = ["originatorId", "originId"];

    /// <summary>Fields of a product row that are the sender's to say; the portal computes the others. Source: crm/universal/product-rows. Product ids are of one portal only.</summary>
    private static readonly string[] RowFields =
        ["productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate", "taxIncluded", "measureCode"];

    private readonly MappingInput _input;
    private readonly List<MappingProblem> _problems = [];
    private readonly JsonObject _create = [];
    private readonly JsonObject _update = [];

    private DealMapper(MappingInput input) => _input = input;

    /// <summary>Maps a deal, or lists all that stands against it.</summary>
    public static (MappedDeal? Deal, IReadOnlyList<MappingProblem> Problems) Map(MappingInput input) => new DealMapper(input).Map();

    private (MappedDeal? Deal, IReadOnlyList<MappingProblem> Problems) Map()
    {
        foreach (var rule in _input.Profile.Rules)
        {
            Apply(rule);
        }

        if (_input.Settings.DealTitle.Length > 0 && Find("title") is { } title)
        {
            Write(title, _input.Settings.DealTitle, UpdatePolicy.Write);
        }

        AppendComment();
        ApplyLines();
        WritePlace();
        if (_input.ResponsibleId is { } responsible && Find("assignedById") is { } assigned)
        {
            Write(assigned, responsible, UpdatePolicy.Never);
        }

        CheckPlace();
        CheckCurrency();
        var rows = _input.Settings.SendProducts ? _input.Source.Rows.Select(MapRow).ToList() : null;
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
        return _problems.Count > 0
            ? (null, _problems)
            : (new MappedDeal { ForCreate = _create, ForUpdate = _update, OnlyWithChange = onlyWithChange, Rows = rows }, []);
    }

    private void Apply(MappingRule rule)
    {
        if (Find(rule.To) is not { } field)
        {
            return;
        }

        if (rule.Constant is { } constant)
        {
            Write(field, FieldValues.Constant(constant, field), rule.OnUpdate);
        }
        else if (FieldValues.IsOfOnePortal(field.Type))
        {
            _problems.Add(new("FIELD_NOT_CARRIED", _input.Texts.FieldNotCarried(rule.To, field.Type)));
        }
        else if (_input.Source.Deal.TryGetProperty(rule.From!, out var value))
        {
            // A field that the source portal does not have says nothing, not even "empty".
            Write(field, FieldValues.Read(value, field), rule.OnUpdate);
        }
    }

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
                if (FieldValues.Read(text, field, out var value) is { } expected)
                {
                    var choices = string.Join(", ", field.Options.Take(ChoicesNamed).Select(option => option.Value));
                    _problems.Add(new("FIELD_VALUE", _input.Texts.FieldValue(lines.Key, text, _input.Texts.Expected(expected, choices))));
                }
                else if (value is not null)
                {
                    values.Add(value);
                }
            }

            Write(field, values.Count == 0 ? null : field.IsMultiple ? new JsonArray([.. values]) : values[^1], UpdatePolicy.Write);
        }
    }

    /// <summary>The ESB's field of a name, or a problem.</summary>
    private EsbField? Find(string name)
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

    private void Write(EsbField field, JsonNode? value, UpdatePolicy policy)
    {
        // A new deal has nothing to clear. A field of an existing one is cleared by an empty text, the only "nothing" that a batch can say, or an empty list.
        _create.Remove(field.Name);
        if (value is not null)
        {
            _create[field.Name] = value;
        }

        if (policy == UpdatePolicy.Write && !OnlyAtCreation.Contains(field.Name))
        {
            _update[field.Name] = value?.DeepClone() ?? (field.IsMultiple ? new JsonArray() : JsonValue.Create(""));
        }
    }

    private void AppendComment()
    {
        var comment = _input.Settings.Comment;
        if (comment.Length == 0)
        {
            return;
        }

        _create["comments"] = Append(_create["comments"], comment);
        if (_update.ContainsKey("comments"))
        {
            // Where the profile leaves the comments alone, an update must not replace the ESB people's text by this one.
            _update["comments"] = Append(_update["comments"], comment);
        }

        static string Append(JsonNode? text, string comment) => text?.ToString() is { Length: > 0 } before ? $"{before}\n\n{comment}" : comment;
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
    private void CheckPlace()
    {
        long? category = null;
        if (_create["categoryId"]?.ToString() is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !_input.Esb.Categories.ContainsKey(id))
            {
                _problems.Add(new("CATEGORY_UNKNOWN", _input.Texts.CategoryUnknown(text)));
                return;
            }

            category = id;
        }

        if (_create["stageId"]?.ToString() is not { } stage)
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
        else
        {
            _create["categoryId"] = known.CategoryId;
        }
    }

    private void CheckCurrency()
    {
        if (_create["currencyId"]?.ToString() is { } currency && _input.Esb.Currencies.Count > 0 && !_input.Esb.Currencies.Contains(currency))
        {
            _problems.Add(new("CURRENCY_UNKNOWN", _input.Texts.CurrencyUnknown(currency)));
        }
    }

    private static JsonObject MapRow(JsonElement row, int index)
    {
        var mapped = new JsonObject();
        foreach (var field in RowFields)
        {
            // An absent tax rate means "no tax", which is what null says; a batch cannot say null.
            if (row.TryGetProperty(field, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                mapped[field] = value.ValueKind switch
                {
                    JsonValueKind.True => "Y",
                    JsonValueKind.False => "N",
                    _ => JsonValue.Create(value),
                };
            }
        }

        // Rows that are alike in everything become one on the portal; their places tell them apart.
        mapped["sort"] = (index + 1) * 10;
        return mapped;
    }

    private JsonObject WriteProvenance()
    {
        var input = _input;
        var onlyWithChange = new JsonObject();
        var url = new Uri(input.SourcePortal, $"crm/deal/details/{input.SourceDealId}/").AbsoluteUri;
        void Mark(string field, string value, params ReadOnlySpan<JsonObject> where)
        {
            // Fields that nobody has created on the ESB are not missed: the origin key is what the app itself relies on.
            if (input.Esb.Fields.TryGetValue(field, out var target))
            {
                foreach (var fields in where)
                {
                    fields[target.Name] = value;
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
