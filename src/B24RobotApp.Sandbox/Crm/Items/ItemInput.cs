using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Puts what a client sent into an item. Unknown names and what may not be written are passed over.</summary>
internal sealed class ItemInput(CrmData data, CrmSettings settings, DateTimeOffset now)
{
    private static readonly HashSet<string> Importable =
        ["CREATED_TIME", "UPDATED_TIME", "MOVED_TIME", "LAST_ACTIVITY_TIME", "CREATED_BY", "UPDATED_BY", "MOVED_BY", "LAST_ACTIVITY_BY"];

    public void Apply(CrmItem item, JsonObject fields, bool originalNames, ItemAuthor author, bool isNew)
    {
        if (item.Type.HasMultifields && fields["fm"] is { } multifields)
        {
            ApplyMultifields(item, multifields);
        }

        foreach (var (field, value) in Known(item.Type, fields, originalNames))
        {
            var writable = !field.IsReadOnly || (author is { IsImport: true } && Importable.Contains(field.Name));
            if (field.IsReadOnly && !field.IsDisabled && author is { IsImport: true, User.IsAdmin: false } && Importable.Contains(field.Name))
            {
                throw NotValid(field);
            }
            if (writable && !(field.Flags.HasFlag(FieldFlags.Immutable) && !isNew) && !field.Flags.HasFlag(FieldFlags.DescribedOnly))
            {
                Set(item, field, value, isNew);
            }
        }
    }

    /// <summary>Values of the older methods come by classic names and may be phones in a list of their own.</summary>
    public void ApplyMultifieldLists(CrmItem item, JsonObject fields)
    {
        foreach (var typeId in MultifieldTypes.All)
        {
            foreach (var entry in fields[typeId].AsList() ?? [])
            {
                var id = entry?["ID"].ToLong() ?? 0;
                PutMultifield(item, id, typeId, entry?["VALUE_TYPE"].AsText(), entry?["VALUE"].AsText() ?? "");
            }
        }
    }

    public static RestError NotValid(CrmField field) => new("CRM_FIELD_ERROR_VALUE_NOT_VALID", $"Invalid value for field \"{field.Title}\"");

    private static IEnumerable<(CrmField Field, JsonNode? Value)> Known(EntityType type, JsonObject fields, bool originalNames)
    {
        var sent = new Dictionary<CrmField, JsonNode?>();
        foreach (var (name, value) in fields)
        {
            if (type.FindSent(name, originalNames) is { } field)
            {
                sent[field] = value;
            }
        }

        // A portal goes through its own list of fields, not through what was sent.
        return type.Fields.Where(sent.ContainsKey).Select(field => (field, sent[field]));
    }

    private void Set(CrmItem item, CrmField field, JsonNode? value, bool isNew)
    {
        if (FieldInput.Empties(field, value, settings.ZeroClears))
        {
            Clear(item, field, isNew);
        }
        else if (field.Name is "CONTACT_ID")
        {
            MakePrimary(item, value.ToLong());
        }
        else if (field.Name is "CONTACT_IDS" && item.Type.Id != EntityTypes.CompanyId)
        {
            item.Contacts.Clear();
            foreach (var id in Ids(value))
            {
                item.Contacts.Add(new ContactBinding(id, (item.Contacts.Count + 1) * 10, item.Contacts.Count == 0));
            }
        }
        else if (field.UserField is null && field.IsMultiple)
        {
            item[field.Name] = Ids(value).ConvertAll(id => (object)id);
        }
        else if (field.Type == FieldType.File)
        {
            SetFiles(item, field, value);
        }
        else if (field.IsMultiple)
        {
            item[field.Name] = Several(field, value);
        }
        else if (FieldInput.Cast(field, value, now) is { } cast)
        {
            item[field.Name] = Accept(field, cast);
        }
    }

    private void Clear(CrmItem item, CrmField field, bool isNew)
    {
        if (field.Name is "CONTACT_IDS" && item.Type.Id != EntityTypes.CompanyId)
        {
            item.Contacts.Clear();
        }
        else if (field.Name is "CONTACT_ID")
        {
            item.Contacts.RemoveAll(contact => contact.IsPrimary);
        }
        else if (field.IsMultiple)
        {
            if (field.Type != FieldType.Enumeration || !settings.EmptyListLeavesListFields)
            {
                item[field.Name] = new List<object>();
            }
        }
        else if (!field.Flags.HasFlag(FieldFlags.NeverEmpty) || isNew)
        {
            // No company is 0, as in a new item, so that sending 0 again changes nothing.
            item[field.Name] = field.Name == "COMPANY_ID" ? 0L : null;
        }
    }

    private List<object> Several(CrmField field, JsonNode? value)
    {
        var values = value.AsList() ?? throw new RestError(
            Parameters.BindingError, $"Expected iterable value for multiple field, but got `{PhpTypeName(value)}` instead");
        var single = field with { Flags = field.Flags & ~FieldFlags.Multiple };
        return [.. values
            .Where(one => !FieldInput.Empties(single, one, settings.ZeroClears))
            .Select(one => FieldInput.Cast(single, one, now) is { } cast ? Accept(single, cast) : null)
            .OfType<object>()];
    }

    /// <summary>Drops choices that the list does not have, and fills what a money value lacks.</summary>
    private object? Accept(CrmField field, object value)
    {
        if (field.UserField is { Type: FieldType.Enumeration } list && !list.Options.Exists(option => option.Id == (long)value))
        {
            return settings.RefusesUnknownOptions ? throw NotValid(field) : null;
        }
        return field.Type == FieldType.Money && value is string amount && !amount.Contains('|', StringComparison.Ordinal)
            ? $"{amount}|{data.BaseCurrency.Code}"
            : value;
    }

    private void SetFiles(CrmItem item, CrmField field, JsonNode? value)
    {
        if (!field.IsMultiple)
        {
            if (KeptId(value) is { } kept)
            {
                item[field.Name] = kept == item.Number(field.Name) ? kept : null;
            }
            else
            {
                item[field.Name] = data.Files.Upload(value, now)?.Id;
            }
            return;
        }

        var current = item.Values.GetValueOrDefault(field.Name) as IReadOnlyList<object> ?? [];
        item[field.Name] = (value.AsList() ?? [value])
            .Select(one => KeptId(one) is { } kept ? current.Contains(kept) ? kept : null : data.Files.Upload(one, now)?.Id)
            .OfType<object>()
            .ToList();
    }

    private static long? KeptId(JsonNode? value) => value is JsonObject map && (map["id"] ?? map["ID"]) is { } id ? id.ToLong() : null;

    private static void MakePrimary(CrmItem item, long contactId)
    {
        var others = item.Contacts.FindAll(contact => contact.ContactId != contactId).ConvertAll(contact => contact with { IsPrimary = false });
        var known = item.Contacts.Find(contact => contact.ContactId == contactId) ?? new ContactBinding(contactId, 10, true);
        item.Contacts.Clear();
        item.Contacts.Add(known with { IsPrimary = true });
        item.Contacts.AddRange(others);
    }

    /// <summary>
    /// The keys of <c>fm</c> decide, not an <c>id</c> inside: a number is the value with that id, anything else is a new one.
    /// So a plain list adds, whatever ids stand in it.
    /// </summary>
    private void ApplyMultifields(CrmItem item, JsonNode sent)
    {
        if (sent is JsonObject single && single["typeId"] is JsonValue)
        {
            PutMultifield(item, 0, single["typeId"].AsText(), single["valueType"].AsText(), single["value"].AsText() ?? "");
            return;
        }

        var entries = sent is JsonObject map
            ? map.Select(entry => (entry.Key, entry.Value))
            : ((JsonArray)sent).Select((value, index) => (((long)index).ToPhp(), value));
        foreach (var (key, value) in entries.ToList())
        {
            if (value is JsonObject entry && entry["typeId"] is not null && entry["value"] is not null)
            {
                var id = JsonValue.Create(key).IsNumeric() ? JsonValue.Create(key).ToLong() : 0;
                PutMultifield(item, id, entry["typeId"].AsText(), entry["valueType"].AsText(), entry["value"].AsText() ?? "");
            }
        }
    }

    private void PutMultifield(CrmItem item, long id, string? typeId, string? valueType, string value)
    {
        var at = item.Multifields.FindIndex(known => id > 0 && known.Id == id);
        if (value.Length == 0)
        {
            if (at >= 0)
            {
                item.Multifields.RemoveAt(at);
            }
        }
        else if (at >= 0)
        {
            item.Multifields[at] = item.Multifields[at] with { Value = value, ValueType = valueType ?? item.Multifields[at].ValueType };
        }
        else if (typeId is not null && MultifieldTypes.All.Contains(typeId))
        {
            item.Multifields.Add(new Multifield(data.Next("multifield", 101), typeId, valueType is { Length: > 0 } ? valueType : "WORK", value));
        }
    }

    private static List<long> Ids(JsonNode? value) =>
        [.. (value.AsList() ?? [value]).Select(id => id.ToLong()).Where(id => id != 0).Distinct()];

    private static string PhpTypeName(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Number => value.AsText()!.Contains('.', StringComparison.Ordinal) ? "double" : "integer",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "string",
    };
}
