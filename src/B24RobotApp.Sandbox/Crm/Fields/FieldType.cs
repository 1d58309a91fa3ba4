namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>The type names that <c>crm.item.fields</c> gives.</summary>
internal static class FieldType
{
    public const string Integer = "integer";
    public const string Double = "double";
    public const string Boolean = "boolean";
    public const string Char = "char";
    public const string String = "string";
    public const string Text = "text";
    public const string Date = "date";
    public const string DateTime = "datetime";
    public const string User = "user";
    public const string File = "file";
    public const string Location = "location";
    public const string Category = "crm_category";
    public const string Status = "crm_status";
    public const string Currency = "crm_currency";
    public const string Company = "crm_company";
    public const string Contact = "crm_contact";
    public const string Lead = "crm_lead";
    public const string Deal = "crm_deal";
    public const string Quote = "crm_quote";
    public const string Entity = "crm_entity";

    public const string Money = "money";
    public const string Url = "url";
    public const string Address = "address";
    public const string Enumeration = "enumeration";
    public const string Employee = "employee";
    public const string Crm = "crm";
    public const string IblockElement = "iblock_element";
    public const string IblockSection = "iblock_section";

    /// <summary>Types that a user field may have.</summary>
    public static readonly IReadOnlySet<string> OfUserFields = new HashSet<string>
    {
        String, Integer, Double, Boolean, Date, DateTime, Money, Url, Address, Enumeration, File, Employee, Status,
        IblockSection, IblockElement, Crm,
    };
}
