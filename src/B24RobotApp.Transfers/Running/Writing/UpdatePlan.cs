using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running.Clients;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>What an update writes: only what differs from what was written last.</summary>
/// <param name="Fields">The fields.</param>
/// <param name="RowsChanged">Whether the rows are written.</param>
internal sealed record UpdatePlan(JsonObject Fields, bool RowsChanged)
{
    public bool IsEmpty => Fields.Count == 0 && !RowsChanged;

    /// <summary>Whether the plan depends on what the ESB's item holds now, so that it has to be read before.</summary>
    public static bool DependsOnCurrent(MappedDeal deal, EsbClient? client, WriteDigest? known, WriteDigest digest) =>
        (known?.Fields != digest.Fields && (deal.OnlyIfEmpty.Count > 0 || deal.Merged.Count > 0))
        || (client is { CompanyId: null } && known?.CompanyId is not null)
        || (client is { ContactIds.Count: 0 } && known is { HasContacts: true });

    /// <summary>Makes the plan.</summary>
    /// <param name="deal">The mapped item.</param>
    /// <param name="client">Its client; <see langword="null"/> if it does not travel.</param>
    /// <param name="known">What was written last; <see langword="null"/> if nobody knows.</param>
    /// <param name="current">The ESB's item; needed only if <see cref="DependsOnCurrent"/> says so.</param>
    public static UpdatePlan Of(MappedDeal deal, EsbClient? client, WriteDigest? known, JsonElement current)
    {
        var digest = WriteDigest.Of(deal, client, known);
        var fields = new JsonObject();
        if (known?.Fields != digest.Fields)
        {
            Add(fields, deal.ForUpdate);
            Add(fields, new JsonObject(deal.OnlyIfEmpty.Where(field => HoldsNothing(current, field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))));
            foreach (var (name, text) in deal.Merged)
            {
                var standing = current.ValueKind == JsonValueKind.Object ? current.Text(name) ?? "" : "";
                var merged = text.Into(standing);
                if (merged != standing)
                {
                    fields[name] = merged;
                }
            }
        }

        if (client is not null && known?.Client != digest.Client)
        {
            AddClient(fields, client);
            TakeOff(fields, client, known, current);
        }

        // Where this database has never written rows nobody knows whose they are: they are replaced, but not just deleted.
        var rowsChanged = deal.Rows is { } rows && known?.Rows != digest.Rows && (rows.Count > 0 || known is { Rows.Length: > 0 });
        if (fields.Count > 0 || rowsChanged)
        {
            Add(fields, deal.OnlyWithChange);
        }

        return new UpdatePlan(fields, rowsChanged);
    }

    /// <summary>Links the client to an item.</summary>
    public static void AddClient(JsonObject fields, EsbClient? client)
    {
        if (client?.CompanyId is { } companyId)
        {
            fields["companyId"] = companyId;
        }

        if (client?.ContactIds is { Count: > 0 } contactIds)
        {
            fields["contactIds"] = new JsonArray([.. contactIds.Select(id => JsonValue.Create(id))]);
        }
    }

    /// <summary>What is gone at the source goes on the ESB, if it is still what was put there; whom the ESB's people chose since stays.</summary>
    private static void TakeOff(JsonObject fields, EsbClient client, WriteDigest? known, JsonElement current)
    {
        if (current.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (client.CompanyId is null && known?.CompanyId is { } company && current.Id("companyId") == company)
        {
            fields["companyId"] = "";
        }

        if (client.ContactIds.Count == 0 && known is { HasContacts: true } && known.HasTheseContacts(current.Property("contactIds").AsIds()))
        {
            fields["contactIds"] = new JsonArray();
        }
    }

    private static bool HoldsNothing(JsonElement item, string name) => item.ValueKind != JsonValueKind.Object || item.Property(name) switch
    {
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False } => true,
        { ValueKind: JsonValueKind.String } text => text.GetString() is "" or "0",
        { ValueKind: JsonValueKind.Number } number => number.AsDecimal() == 0,
        { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() == 0,
        _ => false,
    };

    private static void Add(JsonObject fields, JsonObject part)
    {
        foreach (var (name, value) in part)
        {
            fields[name] = value?.DeepClone();
        }
    }
}
