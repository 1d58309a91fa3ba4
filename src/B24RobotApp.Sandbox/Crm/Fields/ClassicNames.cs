using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>Field names of the older methods (<c>crm.deal.get</c>) where they differ from <c>upperName</c>.</summary>
internal static class ClassicNames
{
    private static readonly Dictionary<string, string> Modern = new(StringComparer.Ordinal)
    {
        ["DATE_CREATE"] = "CREATED_TIME",
        ["DATE_MODIFY"] = "UPDATED_TIME",
        ["CREATED_BY_ID"] = "CREATED_BY",
        ["MODIFY_BY_ID"] = "UPDATED_BY",
        ["MOVED_BY_ID"] = "MOVED_BY",
        ["OBSERVER_IDS"] = "OBSERVERS",
    };

    private static readonly Dictionary<string, string> Classic = Modern.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    public static string ToModern(EntityType type, string classic) =>
        type.Id == EntityTypes.CompanyId && classic == "COMPANY_TYPE" ? "TYPE_ID"
        : type.Id == EntityTypes.LeadId && classic == "STATUS_ID" ? "STAGE_ID"
        : Modern.GetValueOrDefault(classic, classic);

    public static string FromModern(EntityType type, string modern) =>
        type.Id == EntityTypes.CompanyId && modern == "TYPE_ID" ? "COMPANY_TYPE"
        : type.Id == EntityTypes.LeadId && modern == "STAGE_ID" ? "STATUS_ID"
        : Classic.GetValueOrDefault(modern, modern);
}
