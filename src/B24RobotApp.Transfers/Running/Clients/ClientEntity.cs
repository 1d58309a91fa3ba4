using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>A phone, e-mail address or the like.</summary>
internal sealed record Communication(string Type, string ValueType, string Value)
{
    /// <summary>Whether two are the same number or address, however they are written.</summary>
    public bool IsSame(Communication other) => Type == other.Type
        && (Type == "PHONE" && PhoneNumber.KeyOf(Value) is { } key
            ? key == PhoneNumber.KeyOf(other.Value)
            : string.Equals(Value, other.Value, StringComparison.OrdinalIgnoreCase));

    public JsonObject ToJson() => new() { ["typeId"] = Type, ["valueType"] = ValueType, ["value"] = Value };
}

/// <summary>A company or contact as the source portal has it.</summary>
internal sealed partial class ClientEntity(LinkedEntity kind, JsonElement item, LinkKey key)
{
    private static readonly string[] CompanyFields = ["title", "comments"];
    private static readonly string[] ContactFields = ["name", "secondName", "lastName", "post", "comments"];

    public LinkedEntity Kind => kind;

    public JsonElement Item => item;

    public LinkKey Key => key;

    public bool IsCompany => kind == LinkedEntity.Company;

    public int EntityTypeId => (int)kind;

    /// <summary>Its requisites, if they travel.</summary>
    public IReadOnlyList<JsonElement> Requisites { get; init; } = [];

    /// <summary>The addresses in its requisites, if they travel.</summary>
    public IReadOnlyList<JsonElement> Addresses { get; init; } = [];

    public IReadOnlyList<Communication> Communications { get; } = [.. ReadCommunications(item)];

    public IEnumerable<string> Phones => ValuesOf("PHONE");

    public IEnumerable<string> Emails => ValuesOf("EMAIL");

    /// <summary>Its texts by the names of <c>crm.item</c>, as far as the source has any.</summary>
    public IEnumerable<KeyValuePair<string, string>> Texts => (IsCompany ? CompanyFields : ContactFields)
        .Select(name => KeyValuePair.Create(name, item.Text(name) ?? "")).Where(text => text.Value.Length > 0);

    /// <summary>Of all that travels: as long as it is the same nothing has to be asked on the ESB.</summary>
    public string Digest()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Texts)
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        text.AppendJoin('\n', Communications);
        foreach (var detail in Requisites.Concat(Addresses))
        {
            text.Append('\n').Append(detail.GetRawText());
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }

    /// <summary>Names of all that might find it on the ESB: who holds the locks of these is the only one to create it.</summary>
    public IEnumerable<string> LockKeys()
    {
        yield return $"{key.Connection}|{kind}|{key.Member}|{key.SourceId}";
        foreach (var phone in Phones.Select(PhoneNumber.KeyOf).OfType<string>())
        {
            yield return $"{key.Connection}|{kind}|{phone}";
        }

        foreach (var email in Emails)
        {
            yield return $"{key.Connection}|{kind}|{email.ToUpperInvariant()}";
        }
    }

    /// <summary>The phones and addresses of an item.</summary>
    public static IEnumerable<Communication> ReadCommunications(JsonElement item)
    {
        if (!item.TryGetProperty("fm", out var list))
        {
            yield break;
        }

        foreach (var entry in list.AsList())
        {
            var type = entry.Text("typeId");
            var value = entry.Text("value")?.Trim();
            if (type is "PHONE" or "EMAIL" or "WEB" or "IM" && value is { Length: > 0 } && (type != "EMAIL" || PlausibleEmail().IsMatch(value)))
            {
                yield return new Communication(type, entry.Text("valueType") is { Length: > 0 } valueType ? valueType : "WORK", value);
            }
        }
    }

    private IEnumerable<string> ValuesOf(string type) =>
        Communications.Where(communication => communication.Type == type).Select(communication => communication.Value);

    // Bitrix24 refuses the whole client for one e-mail that is none, so this takes no more than a portal surely does.
    [GeneratedRegex(@"^[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+(\.[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+)*@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,20}\z")]
    private static partial Regex PlausibleEmail();
}
