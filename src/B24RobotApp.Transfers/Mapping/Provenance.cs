using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>Marks on the ESB's deal that say where it came from: a key for the app, and user fields for people.</summary>
public static class Provenance
{
    public const string PortalField = "UF_CRM_SOURCE_PORTAL";
    public const string DealIdField = "UF_CRM_SOURCE_DEAL_ID";
    public const string DealUrlField = "UF_CRM_SOURCE_DEAL_URL";
    public const string DateField = "UF_CRM_TRANSFER_DATE";

    /// <summary>What every <c>originatorId</c> of ours begins with; the source portal's member id follows.</summary>
    public const string OriginatorPrefix = "b24:";

    /// <summary>The user fields with their types and names, for those whom the app may ask to create them.</summary>
    public static readonly IReadOnlyList<(string Name, string Type, string Russian, string English)> Fields =
    [
        (PortalField, "string", "Портал-источник", "Source portal"),
        (DealIdField, "string", "ID сделки в источнике", "Source deal ID"),
        (DealUrlField, "url", "Сделка в источнике", "Source deal"),
        (DateField, "datetime", "Дата передачи", "Transfer date"),
    ];

    /// <summary>Those that the app may create on a kind of item; a quote also gets the one by which the app finds it again.</summary>
    public static IReadOnlyList<(string Name, string Type, string Russian, string English)> FieldsOf(int entityTypeId) => entityTypeId switch
    {
        CrmEntityTypes.Deal or CrmEntityTypes.Lead => Fields,
        CrmEntityTypes.Quote => [.. Fields, (CrmKind.Quote.OriginField, "string", "Ключ источника", "Source key")],
        _ => [],
    };
}
