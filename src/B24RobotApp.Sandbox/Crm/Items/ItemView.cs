using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Items as <c>crm.item.*</c> shows them to one call.</summary>
internal sealed class ItemView(RestCall call, FileLinks links, bool originalNames)
{
    /// <summary>All fields, with <c>fm</c> where the kind has phones and addresses.</summary>
    public JsonObject Whole(CrmItem item)
    {
        var view = new JsonObject();
        foreach (var field in item.Type.Fields.Where(field => !field.Flags.HasFlag(FieldFlags.DescribedOnly)))
        {
            view[EntityType.NameFor(field, originalNames)] = Value(item, field);
        }
        view["entityTypeId"] = item.Type.Id;
        if (item.Type.HasMultifields)
        {
            view["fm"] = new JsonArray([.. item.Multifields.Select(value => (JsonNode)new JsonObject
            {
                ["id"] = value.Id,
                ["valueType"] = value.ValueType,
                ["value"] = value.Value,
                ["typeId"] = value.TypeId,
            })]);
        }
        return view;
    }

    /// <summary>The fields that were asked for and nothing else, not even the id.</summary>
    public JsonObject Part(CrmItem item, IReadOnlyCollection<CrmField> fields, bool losesSystemFields)
    {
        var view = new JsonObject();
        foreach (var field in item.Type.Fields.Where(fields.Contains))
        {
            if (!losesSystemFields || field.UserField is not null)
            {
                view[EntityType.NameFor(field, originalNames)] = Value(item, field);
            }
        }
        return view;
    }

    private JsonNode? Value(CrmItem item, CrmField field)
    {
        if (field.IsDisabled)
        {
            return null;
        }
        var value = field.Computed is { } compute ? compute(item) : item.Values.GetValueOrDefault(field.Name);
        if (field is { Type: FieldType.File, UserField: not null })
        {
            return value switch
            {
                long id => links.Describe(call, item, field, id),
                IReadOnlyList<object> ids => new JsonArray([.. ids.Select(id => links.Describe(call, item, field, (long)id))]),
                _ => field.IsMultiple ? new JsonArray() : null,
            };
        }

        // A multiple field that was never saved is false, not an empty list.
        return value is null && field is { IsMultiple: true, UserField: not null }
            ? JsonValue.Create(false)
            : value is null && field.IsMultiple ? new JsonArray() : FieldOutput.Modern(value, call.Portal.ServerOffset);
    }
}
