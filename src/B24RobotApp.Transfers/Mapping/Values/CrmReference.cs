using System.Globalization;
using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping.Values;

/// <summary>A CRM item that a field points to.</summary>
/// <param name="EntityTypeId">Its kind; 0 if the field does not say.</param>
/// <param name="Id">Its id on its portal.</param>
public readonly record struct CrmReference(int EntityTypeId, long Id)
{
    /// <summary>The kind that all values of a field have, 0 if each value says its own; <see langword="null"/> if the field points to no CRM items.</summary>
    internal static int? KindOf(SchemaField field) => field.LinkedKind ?? KindOf(field.Type, field.Name);

    /// <summary>As far as type and name tell: the kind that all values of a field have, 0 if each value says its own; <see langword="null"/> if the field points to no CRM items.</summary>
    internal static int? KindOf(string type, string name) => type switch
    {
        "crm" => 0,
        "crm_lead" => 1,
        "crm_deal" => 2,
        "crm_contact" => 3,
        "crm_company" => 4,
        "crm_quote" => 7,
        "crm_entity" => name.StartsWith("parentId", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(name.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out var kind) ? kind : 0,
        _ => null,
    };

    /// <summary>Reads <c>D_1</c>, <c>T80_6</c> (hexadecimal number of the kind) or a bare number.</summary>
    internal static CrmReference? Read(JsonElement value, int kind)
    {
        if (value.AsLong() is { } id)
        {
            return id > 0 ? new CrmReference(kind, id) : null;
        }

        return value.AsText()?.Split('_') is [var prefix, var number]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0
            && KindOfPrefix(prefix) is { } told
            ? new CrmReference(told, id)
            : null;
    }

    /// <summary>How a field of the type <c>crm</c> takes it.</summary>
    internal string Spell() => $"{PrefixOf(EntityTypeId)}_{Id.ToString(CultureInfo.InvariantCulture)}";

    private static int? KindOfPrefix(string prefix) => prefix switch
    {
        "L" => 1,
        "D" => 2,
        "C" => 3,
        "CO" => 4,
        "Q" => 7,
        "SI" => 31,
        _ => prefix.StartsWith('T') && int.TryParse(prefix.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var kind) ? kind : null,
    };

    private static string PrefixOf(int entityTypeId) => entityTypeId switch
    {
        1 => "L",
        2 => "D",
        3 => "C",
        4 => "CO",
        7 => "Q",
        31 => "SI",
        _ => $"T{entityTypeId:x}",
    };
}
