using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A user field of a kind of CRM item.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">With its prefix, such as <c>UF_CRM_SOURCE_DEAL_ID</c>.</param>
/// <param name="Type">Such as <c>string</c>, <c>enumeration</c>, <c>money</c>.</param>
/// <param name="IsMultiple">Whether it holds a list.</param>
/// <param name="IsMandatory">Whether the portal's cards demand it.</param>
/// <param name="Label">Its label in the language asked for; empty if none was.</param>
/// <param name="XmlId">The code that may be the same on several portals.</param>
/// <param name="Options">The choices of an <c>enumeration</c>, with their codes.</param>
public sealed record CrmUserField(
    long Id, string Name, string Type, bool IsMultiple, bool IsMandatory, string Label, string? XmlId, IReadOnlyList<CrmFieldOption> Options);

/// <summary>
/// The user fields of a kind of CRM item, with what <c>crm.item.fields</c> does not tell: labels by language, and codes of fields and choices. Deals, leads, quotes, contacts and companies have a
/// method of their own (scope <c>crm</c>); invoices and smart processes are described by <c>userfieldconfig.*</c> (scope <c>userfieldconfig</c>).
/// Source: crm/deals/user-defined-fields/*.md and its like, crm/universal/userfieldconfig/*.md.
/// </summary>
public static class UserFields
{
    /// <summary>Whether a kind has its own <c>crm.*.userfield.list</c>.</summary>
    public static bool HasOwnList(int entityTypeId) => entityTypeId
        is CrmEntityTypes.Lead or CrmEntityTypes.Deal or CrmEntityTypes.Contact or CrmEntityTypes.Company or CrmEntityTypes.Quote;

    /// <summary>A page of <c>crm.deal.userfield.list</c> and its like, with labels in one language; without one there are no labels.</summary>
    public static Call List(int entityTypeId, string? language = null, int start = 0)
    {
        var parameters = new JsonObject { ["order"] = new JsonObject { ["ID"] = "ASC" } };
        if (language is not null)
        {
            parameters["filter"] = new JsonObject { ["LANG"] = language };
        }

        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call($"crm.{CrmEntityTypes.TimelineName(entityTypeId)}.userfield.list", parameters);
    }

    /// <summary>The fields of a page of <see cref="List"/>.</summary>
    public static IEnumerable<CrmUserField> Read(CallResult result) => result.Result.AsList().Select(field => new CrmUserField(
        field.Id("ID") ?? 0,
        field.Text("FIELD_NAME") ?? "",
        field.Text("USER_TYPE_ID") ?? "string",
        field.Property("MULTIPLE").AsBoolean() == true,
        field.Property("MANDATORY").AsBoolean() == true,
        FirstText(field.Text("EDIT_FORM_LABEL"), field.Text("LIST_COLUMN_LABEL")),
        field.Text("XML_ID"),
        [.. field.Property("LIST").AsList().Select(option => new CrmFieldOption(option.Id("ID") ?? 0, option.Text("VALUE") ?? "", option.Text("XML_ID")))]));

    /// <summary>
    /// The owner under which <c>userfieldconfig.*</c> knows the user fields of an invoice or a smart process. It has a smart process's own id, not its entity type's, and the fields' names carry it:
    /// <c>CRM_13</c> owns <c>UF_CRM_13_COLOR</c>.
    /// </summary>
    /// <returns><see langword="null"/> if no field tells it.</returns>
    public static string? ConfigOwner(int entityTypeId, IEnumerable<string> fieldNames)
    {
        if (entityTypeId == CrmEntityTypes.SmartInvoice)
        {
            return "CRM_SMART_INVOICE";
        }

        return fieldNames
            .Select(name => name.Split('_'))
            .Where(parts => parts is ["UF", "CRM", var id, _, ..] && id.Length > 0 && id.All(char.IsAsciiDigit))
            .Select(parts => "CRM_" + parts[2])
            .GroupBy(owner => owner)
            .MaxBy(group => group.Count())?.Key;
    }

    /// <summary>A page of <c>userfieldconfig.list</c> with labels in one language; choices are not in it.</summary>
    public static Call ListConfigs(string owner, string language, int start = 0)
    {
        var parameters = new JsonObject
        {
            ["moduleId"] = "crm",
            ["select"] = new JsonObject { ["0"] = "*", ["language"] = language },
            ["filter"] = new JsonObject { ["entityId"] = owner },
            ["order"] = new JsonObject { ["id"] = "ASC" },
        };
        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("userfieldconfig.list", parameters);
    }

    /// <summary><c>userfieldconfig.get</c>: one field with its choices.</summary>
    public static Call GetConfig(long id) => new("userfieldconfig.get", new JsonObject { ["moduleId"] = "crm", ["id"] = id });

    /// <summary>The fields of a page of <see cref="ListConfigs"/>.</summary>
    public static IEnumerable<CrmUserField> ReadConfigs(CallResult result, string language) =>
        result.Result.Property("fields").AsList().Select(field => ReadConfig(field, language));

    /// <summary>The field of <see cref="GetConfig"/>.</summary>
    public static CrmUserField ReadConfig(CallResult result, string language) => ReadConfig(result.Result.Property("field"), language);

    private static CrmUserField ReadConfig(JsonElement field, string language) => new(
        field.Id("id") ?? 0,
        field.Text("fieldName") ?? "",
        field.Text("userTypeId") ?? "string",
        field.Property("multiple").AsBoolean() == true,
        field.Property("mandatory").AsBoolean() == true,
        FirstText(field.Property("editFormLabel").Text(language), field.Property("listColumnLabel").Text(language)),
        field.Text("xmlId"),
        [.. field.Property("enum").AsList().Select(option => new CrmFieldOption(option.Id("id") ?? 0, option.Text("value") ?? "", option.Text("xmlId")))]);

    private static string FirstText(string? first, string? second) => string.IsNullOrWhiteSpace(first) ? second ?? "" : first;
}
