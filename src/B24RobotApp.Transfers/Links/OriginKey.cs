using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Transfers.Links;

/// <summary>
/// The mark on an item of the ESB by which it is found again: which portal it came from, and which item it was there. Kinds without the two fields for that hold both in one, <c>b24:member:id</c>.
/// </summary>
/// <param name="Originator"><c>b24:</c> and the source portal's member id.</param>
/// <param name="Id">The item's id there; with the name of its kind before it if it is no deal, and with a transfer's id behind it if each transfer makes an item of its own.</param>
public sealed record OriginKey(string Originator, string Id)
{
    /// <summary>What every origin of ours begins with.</summary>
    public const string Prefix = "b24:";

    /// <summary>The key of an item that a portal sends.</summary>
    /// <param name="member">The source portal.</param>
    /// <param name="source">What it is there.</param>
    /// <param name="id">Its id there.</param>
    /// <param name="transfer">Set if this transfer makes an item of its own.</param>
    public static OriginKey Of(MemberId member, CrmKind source, long id, string? transfer = null)
    {
        var number = id.ToString(CultureInfo.InvariantCulture);
        var item = source == CrmKind.Deal ? number : $"{source.Name}_{number}";
        return new OriginKey(OriginatorOf(member), transfer is null ? item : $"{item}:{transfer}");
    }

    /// <summary>How items of a portal are marked.</summary>
    public static string OriginatorOf(MemberId member) => Prefix + member;

    /// <summary>The conditions that find the item among those of its kind.</summary>
    /// <param name="kind">The kind on the ESB.</param>
    /// <param name="originField">The field for the origin as the ESB names it.</param>
    public JsonObject Filter(CrmKind kind, string originField) => kind.OriginatorField is { } originator
        ? new JsonObject { ["=" + originator] = Originator, ["=" + originField] = Id }
        : new JsonObject { ["=" + originField] = $"{Originator}:{Id}" };

    /// <summary>Marks a new item.</summary>
    public void WriteTo(JsonObject fields, CrmKind kind, string originField)
    {
        if (kind.OriginatorField is { } originator)
        {
            fields[originator] = Originator;
            fields[originField] = Id;
        }
        else
        {
            fields[originField] = $"{Originator}:{Id}";
        }
    }

    /// <summary>The mark that this app has left on an item; <see langword="null"/> if it has left none.</summary>
    /// <param name="item">The item, user fields by their original names.</param>
    /// <param name="kind">What it is.</param>
    public static string? Find(JsonElement item, CrmKind kind) =>
        item.Text(kind.OriginatorField ?? kind.OriginField) is { } origin && origin.StartsWith(Prefix, StringComparison.Ordinal) ? origin : null;

    /// <summary>Reads the id of <see cref="Of"/> back; <see langword="false"/> for one that belongs to a single transfer, or is not ours.</summary>
    public static bool TryParseId(string? text, out CrmKind source, out long id)
    {
        source = CrmKind.Deal;
        id = 0;
        if (text is null)
        {
            return false;
        }

        var underscore = text.LastIndexOf('_');
        if (underscore >= 0)
        {
            if (CrmKind.Find(text[..underscore]) is not { } kind)
            {
                return false;
            }

            source = kind;
        }

        return long.TryParse(text.AsSpan(underscore + 1), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }
}
