using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running.Clients;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>What was last written, per part, so that a part without news is not written again.</summary>
/// <param name="Fields">Of the fields that an update writes.</param>
/// <param name="Client">The company's id and a digest of the contacts, so that it is known whose company may be taken off again.</param>
/// <param name="Rows">Of the product rows.</param>
internal sealed record WriteDigest(string Fields, string Client, string Rows)
{
    /// <summary>Something was sent, and it is not known what of it stands there: everything is written again.</summary>
    public static readonly WriteDigest Unfinished = new("-", "-", "-");

    private const string NoContacts = "0";

    /// <summary>The company that was written last; <see langword="null"/> if none was, or nobody knows.</summary>
    public long? CompanyId => Client.Split('_') is [var company, _] && long.TryParse(company, out var id) && id > 0 ? id : null;

    /// <summary>Whether contacts were written last.</summary>
    public bool HasContacts => Client.Split('_') is [_, var contacts] && contacts != NoContacts;

    /// <summary>Whether these are the contacts that were written last.</summary>
    public bool HasTheseContacts(IReadOnlyList<long> contactIds) => Client.Split('_') is [_, var contacts] && contacts == ContactsOf(contactIds);

    /// <param name="deal">What is written now.</param>
    /// <param name="client">Its client; <see langword="null"/> if it does not travel.</param>
    /// <param name="known">What stands there; a part that does not travel now stays as it is.</param>
    public static WriteDigest Of(MappedDeal deal, EsbClient? client, WriteDigest? known = null) => new(
        Hash(FieldsOf(deal)),
        client is null ? known?.Client ?? "" : ClientOf(client),
        deal.Rows is { } rows ? Hash(new JsonArray([.. rows.Select(row => row.DeepClone())])) : known?.Rows ?? "");

    public static WriteDigest? Parse(string? text) => text?.Split('.') is [var fields, var client, var rows] ? new WriteDigest(fields, client, rows) : null;

    public override string ToString() => $"{Fields}.{Client}.{Rows}";

    private static string ClientOf(EsbClient client) => $"{client.CompanyId ?? 0}_{ContactsOf(client.ContactIds)}";

    private static string ContactsOf(IReadOnlyList<long> contactIds) =>
        contactIds.Count == 0 ? NoContacts : Hash(new JsonArray([.. contactIds.Select(id => JsonValue.Create(id))]));

    /// <summary>What the source says counts, not what stands on the ESB: what its people wrote there is no news.</summary>
    private static JsonObject FieldsOf(MappedDeal deal)
    {
        if (deal.OnlyIfEmpty.Count == 0 && deal.Merged.Count == 0)
        {
            return deal.ForUpdate;
        }

        var fields = (JsonObject)deal.ForUpdate.DeepClone();
        fields["?"] = deal.OnlyIfEmpty.DeepClone();
        fields["+"] = new JsonObject(deal.Merged.Select(merged => KeyValuePair.Create<string, JsonNode?>(merged.Key, merged.Value.Text)));
        return fields;
    }

    private static string Hash(JsonNode value) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value.ToJsonString())).AsSpan(0, 8));
}
