using System.Globalization;
using System.Text.Json;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping.Values;

/// <summary>Reads what a source portal's field holds. Source: crm/universal/object-fields.md, crm-item-add.md (how values of user fields look).</summary>
internal static class SourceValues
{
    /// <summary>The values; none if the field is empty. Text that cannot be read as the field's type stays a text.</summary>
    public static List<SourceValue> Read(JsonElement value, SchemaField field, MappingInput input)
    {
        // Many user fields that were never saved read false; a list may also come as a map.
        IEnumerable<JsonElement> parts = field.IsMultiple || value.ValueKind is JsonValueKind.Array ? value.AsList() : [value];
        var values = new List<SourceValue>();
        foreach (var part in parts)
        {
            if (ReadOne(part, field, input) is { } one)
            {
                values.Add(one);
            }
        }

        return values;
    }

    private static SourceValue? ReadOne(JsonElement value, SchemaField field, MappingInput input)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.Object or JsonValueKind.Array
            || (value.ValueKind == JsonValueKind.String && string.IsNullOrEmpty(value.GetString()))

            // What was never filled in reads false, unless it is a flag.
            || (value.ValueKind == JsonValueKind.False && field.Type is not ("boolean" or "char")))
        {
            return null;
        }

        var schema = input.SourceSchema;
        switch (field.Type)
        {
            case "boolean" or "char":
                return value.AsBoolean() is { } flag ? new SourceValue.OfFlag(flag, input.Texts.Word(flag)) : AsText(value);
            case "integer" or "double":
                return value.AsDecimal() is { } number ? new SourceValue.OfNumber(number) : AsText(value);
            case "date":
                return value.AsDate() is { } date ? new SourceValue.OfDate(date) : AsText(value);
            case "datetime":
                return value.AsDateTime() is { } time ? new SourceValue.OfTime(time) : AsText(value);
            case "money":
                return value.AsMoney() is var (amount, currency) ? new SourceValue.OfMoney(amount, currency) : AsText(value);
            case "enumeration":
                return value.AsLong() is > 0 and { } id
                    ? new SourceValue.OfChoice(
                        field.Name, field.Options.FirstOrDefault(option => option.Id == id) ?? new CrmFieldOption(id, id.ToString(CultureInfo.InvariantCulture)))
                    : null;
            case "crm_status" when field.Name is "stageId" or "previousStageId":
                return value.AsText() is { } stage ? new SourceValue.OfStatus("stages", stage, schema.Stages.GetValueOrDefault(stage)?.Name) : null;
            case "crm_status":
                return value.AsText() is { } code ? new SourceValue.OfStatus(TableOf(field), code, NameOf(schema, field, code)) : null;
            case "crm_currency":
                return value.AsText() is { } currencyCode ? new SourceValue.OfCurrency(currencyCode) : null;
            case "crm_category":
                return value.AsLong() is { } category ? new SourceValue.OfCategory(category, schema.Categories.GetValueOrDefault(category)) : null;
            case "user" or "employee":
                return value.AsLong() is > 0 and { } user ? new SourceValue.OfUser(user, input.Lookups.SourceUsers.GetValueOrDefault(user)) : null;
            case "address":
                // "text|lat;lon|id": the numbers are the source portal's.
                return value.AsText()?.Split('|')[0].Trim() is { Length: > 0 } address ? new SourceValue.OfText(address) : null;
            case var _ when CrmReference.KindOf(field) is { } kind:
                return CrmReference.Read(value, kind) is { } item
                    ? new SourceValue.OfItem(item.EntityTypeId, item.Id, input.Lookups.Titles.GetValueOrDefault(item))
                    : null;
            case var type when FieldValues.IsOfOnePortal(type):
                return value.AsText() is { } raw ? new SourceValue.OfOnePortal(raw) : null;
            default:
                return AsText(value);
        }
    }

    /// <summary>The kind of value table that holds a directory's entries.</summary>
    private static string TableOf(SchemaField field) => field.StatusType switch
    {
        "SOURCE" => "sources",
        "DEAL_TYPE" => "dealTypes",
        var directory => $"statuses:{directory}",
    };

    private static string? NameOf(PortalSchema schema, SchemaField field, string code) =>
        field.StatusType is { } directory && schema.Directories.TryGetValue(directory, out var entries)
            ? entries.FirstOrDefault(entry => entry.Code == code)?.Name
            : null;

    private static SourceValue.OfText? AsText(JsonElement value) => value.AsText() is { Length: > 0 } text ? new SourceValue.OfText(text) : null;
}
