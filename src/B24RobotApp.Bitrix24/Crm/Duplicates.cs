using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>Search for clients by phone or e-mail. Source: crm/duplicates/crm-duplicate-find-by-comm.md.</summary>
public static class Duplicates
{
    /// <summary>Values that one call takes.</summary>
    public const int MaxValues = 20;

    /// <summary><c>crm.duplicate.findbycomm</c>.</summary>
    /// <param name="type"><c>PHONE</c> or <c>EMAIL</c>.</param>
    /// <param name="values">At most <see cref="MaxValues"/>.</param>
    /// <param name="entity"><c>CONTACT</c>, <c>COMPANY</c> or <c>LEAD</c>; without one the portal stops after twenty hits of any.</param>
    public static Call FindByComm(string type, IReadOnlyList<string> values, string entity) =>
        new("crm.duplicate.findbycomm", new JsonObject
        {
            ["type"] = type,
            ["values"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]),
            ["entity_type"] = entity,
        });

    /// <summary>The ids found of one kind; nothing found comes as an empty list instead of a map.</summary>
    public static IReadOnlyList<long> ReadIds(CallResult result, string entity) => result.Result.Property(entity).AsIds();
}
