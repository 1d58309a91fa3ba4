using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
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
public static class DealMapper
{
    /// <summary>Set once at creation; afterwards the ESB's people move the deal.</summary>
    private static readonly string[] OnlyAtCreation = ["categoryId", "stageId", "assignedById"];

    /// <summary>Fields of a product row that are the sender's to say; the portal computes the others. Source: crm/universal/product-rows.</summary>
    private static readonly string[] RowFields =
        ["productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate", "taxIncluded", "measureCode", "sort"];

    public static (MappedDeal? Deal, IReadOnlyList<MappingProblem> Problems) Map(MappingInput input)
    {
        var problems = new List<MappingProblem>();
        var create = new JsonObject();
        var update = new JsonObject();

        void Write(string field, JsonNode? value, UpdatePolicy policy)
        {
            if (!input.Esb.Fields.TryGetValue(field, out var target))
            {
                problems.Add(new("FIELD_UNKNOWN", input.Texts.FieldUnknown(field)));
                return;
            }

            if (target.IsReadOnly)
            {
                problems.Add(new("FIELD_READ_ONLY", input.Texts.FieldReadOnly(field)));
                return;
            }

            // A new deal has nothing to clear; an existing one is cleared by an empty text, the only "nothing" that a batch can say.
            if (value is not null)
            {
                create[target.Name] = value;
            }

            if (policy == UpdatePolicy.Write && !OnlyAtCreation.Contains(field))
            {
                update[target.Name] = value?.DeepClone() ?? JsonValue.Create("");
            }
        }

        foreach (var rule in input.Profile.Rules)
        {
            var type = input.Esb.Fields.GetValueOrDefault(rule.To)?.Type ?? "string";
            var value = rule.Constant is not null ? rule.Constant.DeepClone() : Read(input.Source.Deal, rule.From!, type);
            Write(rule.To, value, rule.OnUpdate);
        }

        if (input.Settings.DealTitle.Length > 0)
        {
            Write("title", input.Settings.DealTitle, UpdatePolicy.Write);
        }

        AppendComment(input, create, update);
        foreach (var (name, value) in input.Settings.Fields)
        {
            var multiple = input.Esb.Fields.GetValueOrDefault(name)?.IsMultiple == true;
            Write(name, multiple ? new JsonArray(value) : value, UpdatePolicy.Write);
        }

        WritePlace(input, Write, problems);
        if (input.ResponsibleId is { } responsible)
        {
            Write("assignedById", responsible, UpdatePolicy.Never);
        }

        CheckCurrency(input, create, problems);
        var rows = input.Source.Rows.Select(MapRow).ToList();
        if (rows.Count == 0 && input.Source.Deal.TryGetProperty("opportunity", out _))
        {
            // Without rows an automatic amount would be recomputed to nothing.
            create["isManualOpportunity"] = "Y";
            update["isManualOpportunity"] = "Y";
        }

        var onlyWithChange = WriteProvenance(input, create, update);
        return problems.Count > 0
            ? (null, problems)
            : (new MappedDeal { ForCreate = create, ForUpdate = update, OnlyWithChange = onlyWithChange, Rows = rows }, []);
    }

    private static JsonNode? Read(JsonElement deal, string field, string targetType)
    {
        if (!deal.TryGetProperty(field, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            return null;
        }

        return targetType switch
        {
            "date" => value.AsDate()?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "boolean" or "char" => value.AsBoolean() is { } flag ? flag ? "Y" : "N" : null,
            _ => value.ValueKind switch
            {
                JsonValueKind.Array => JsonArray.Create(value) is { Count: > 0 } list ? list : null,
                JsonValueKind.Object => null,
                JsonValueKind.True => "Y",
                JsonValueKind.False => "N",
                JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
                _ => JsonValue.Create(value),
            },
        };
    }

    private static void AppendComment(MappingInput input, JsonObject create, JsonObject update)
    {
        if (input.Settings.Comment.Length == 0)
        {
            return;
        }

        foreach (var fields in (ReadOnlySpan<JsonObject>)[create, update])
        {
            var comments = fields["comments"]?.GetValue<string>() ?? "";
            fields["comments"] = comments.Length == 0 ? input.Settings.Comment : $"{comments}\n\n{input.Settings.Comment}";
        }
    }

    private static void WritePlace(MappingInput input, Action<string, JsonNode?, UpdatePolicy> write, List<MappingProblem> problems)
    {
        var category = input.Settings.Category.Length > 0 ? input.Settings.Category : input.Profile.Category;
        var stage = input.Settings.Stage.Length > 0 ? input.Settings.Stage
            : input.Settings.Category.Length > 0 ? "" : input.Profile.Stage;
        long? categoryId = null;
        if (category.Length > 0)
        {
            if (!long.TryParse(category, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !input.Esb.Categories.ContainsKey(id))
            {
                problems.Add(new("CATEGORY_UNKNOWN", input.Texts.CategoryUnknown(category)));
                return;
            }

            categoryId = id;
        }

        if (stage.Length > 0)
        {
            if (!input.Esb.Stages.TryGetValue(stage, out var known))
            {
                problems.Add(new("STAGE_UNKNOWN", input.Texts.StageUnknown(stage)));
                return;
            }

            if (categoryId is not null && categoryId != known.CategoryId)
            {
                problems.Add(new("STAGE_UNKNOWN", input.Texts.StageOfOtherCategory(stage, category)));
                return;
            }

            categoryId = known.CategoryId;
            write("stageId", stage, UpdatePolicy.Never);
        }

        if (categoryId is { } place)
        {
            write("categoryId", place, UpdatePolicy.Never);
        }
    }

    private static void CheckCurrency(MappingInput input, JsonObject create, List<MappingProblem> problems)
    {
        var currency = create["currencyId"]?.GetValue<string>();
        if (currency is not null && input.Esb.Currencies.Count > 0 && !input.Esb.Currencies.Contains(currency))
        {
            problems.Add(new("CURRENCY_UNKNOWN", input.Texts.CurrencyUnknown(currency)));
        }
    }

    private static JsonObject MapRow(JsonElement row)
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

        return mapped;
    }

    private static JsonObject WriteProvenance(MappingInput input, JsonObject create, JsonObject update)
    {
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

        Mark(Provenance.PortalField, input.SourcePortal.Authority, create, update);
        Mark(Provenance.DealIdField, input.SourceDealId.ToString(CultureInfo.InvariantCulture), create, update);
        Mark(Provenance.DealUrlField, url, create, update);
        Mark(Provenance.DateField, input.Now.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture), create, onlyWithChange);
        return onlyWithChange;
    }
}
