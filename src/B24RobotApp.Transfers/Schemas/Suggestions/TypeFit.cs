using B24RobotApp.Transfers.Mapping.Values;

namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>How well the values of one type of field go into another.</summary>
internal static class TypeFit
{
    /// <summary>1: as they are; less: converted, not every value may fit; 0: never.</summary>
    public static double Of(SchemaField source, SchemaField esb)
    {
        if (!TypePairs.Fit(source.Type, esb.Type))
        {
            return 0;
        }

        var (from, to) = (Family(source.Type), Family(esb.Type));
        var fit = from == to ? 1
            : to == "text" && from is not "file" and not "other" ? 0.75
            : (from, to) switch
            {
                ("double", "money") or ("money", "double") or ("integer", "double") or ("date", "datetime") => 0.9,
                ("double", "integer") or ("integer", "money") or ("datetime", "date") => 0.8,
                ("enumeration", "status") or ("status", "enumeration") => 0.75,
                ("text", not "file" and not "other" and not "user" and not "crm") => 0.6,
                _ => 0,
            };

        // Of several values a single field keeps one.
        return source.IsMultiple && !esb.IsMultiple ? fit * 0.8 : fit;
    }

    private static string Family(string type) => type switch
    {
        "string" or "text" or "url" or "crm_currency" => type is "crm_currency" ? "currency" : "text",
        "integer" => "integer",
        "double" => "double",
        "money" => "money",
        "date" => "date",
        "datetime" => "datetime",
        "boolean" or "char" => "boolean",
        "enumeration" => "enumeration",
        "crm_status" => "status",
        "user" or "employee" => "user",
        "file" => "file",
        "address" => "address",
        "crm" => "crm",
        _ => "other",
    };
}
