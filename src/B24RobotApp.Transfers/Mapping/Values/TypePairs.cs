namespace B24RobotApp.Transfers.Mapping.Values;

/// <summary>Which types of fields have values that mean something in fields of which other types. What is told here is what <see cref="EsbValues"/> does.</summary>
public static class TypePairs
{
    private static readonly string[] Readable = ["text", "flag", "number", "money", "date", "choice", "status", "currency", "category", "user", "item"];

    /// <summary>Whether values of the source's type go into a field of the ESB's type, as far as the types decide.</summary>
    public static bool Fit(string from, string to)
    {
        var source = FamilyOf(from);
        return FamilyOf(to) switch
        {
            "text" or "choice" or "status" => Readable.Contains(source),
            "flag" => source is "flag" or "number" or "text" or "choice",
            "number" => source is "number" or "money" or "flag" or "text" or "choice",
            "money" => source is "money" or "number" or "text" or "choice",
            "date" => source is "date" or "text" or "choice",
            "currency" => source is "currency" or "money" or "text" or "choice",
            "category" => source is "category" or "text" or "number",
            "user" => source is "user" or "text" or "choice",
            "item" => source is "item" && (from == to || from == "crm" || to == "crm" || to == "crm_entity" || from == "crm_entity"),
            "file" => source is "file",
            _ => false,
        };
    }

    private static string FamilyOf(string type) => type switch
    {
        "string" or "text" or "url" or "address" => "text",
        "boolean" or "char" => "flag",
        "integer" or "double" => "number",
        "money" => "money",
        "date" or "datetime" => "date",
        "enumeration" => "choice",
        "crm_status" => "status",
        "crm_currency" => "currency",
        "crm_category" => "category",
        "user" or "employee" => "user",
        "file" => "file",
        _ when CrmReference.KindOf(type, "") is not null => "item",
        _ when FieldValues.IsOfOnePortal(type) => "one portal",
        _ => "text",
    };
}
