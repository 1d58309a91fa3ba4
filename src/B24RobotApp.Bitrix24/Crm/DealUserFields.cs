using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A user field of deals.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">With its prefix, such as <c>UF_CRM_SOURCE_DEAL_ID</c>.</param>
/// <param name="Type">Such as <c>string</c>, <c>enumeration</c>, <c>money</c>.</param>
/// <param name="IsMultiple">Whether it holds a list.</param>
/// <param name="IsMandatory">Whether the portal's cards demand it.</param>
/// <param name="Label">Its label in the language asked for; empty if none was.</param>
/// <param name="XmlId">The code that may be the same on several portals.</param>
/// <param name="Options">The choices of an <c>enumeration</c>, with their codes.</param>
public sealed record DealUserField(
    long Id, string Name, string Type, bool IsMultiple, bool IsMandatory, string Label, string? XmlId, IReadOnlyList<CrmFieldOption> Options);

/// <summary>User fields of deals. Source: crm/deals/user-defined-fields/*.md.</summary>
public static class DealUserFields
{
    /// <summary>Characters of a name with its prefix. Source: crm/deals/user-defined-fields/crm-deal-userfield-add.md.</summary>
    public const int MaxNameLength = 50;

    /// <summary><c>crm.deal.userfield.list</c>, with labels in one language; without one there are no labels.</summary>
    public static Call List(string? language = null, int start = 0)
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

        return new Call("crm.deal.userfield.list", parameters);
    }

    /// <summary>The fields listed.</summary>
    public static IEnumerable<DealUserField> Read(CallResult result) => result.Result.AsList().Select(field => new DealUserField(
        field.Id("ID") ?? 0,
        field.Text("FIELD_NAME") ?? "",
        field.Text("USER_TYPE_ID") ?? "string",
        field.Property("MULTIPLE").AsBoolean() == true,
        field.Property("MANDATORY").AsBoolean() == true,
        field.Text("EDIT_FORM_LABEL") ?? "",
        field.Text("XML_ID"),
        [.. field.Property("LIST").AsList().Select(option => new CrmFieldOption(option.Id("ID") ?? 0, option.Text("VALUE") ?? "", option.Text("XML_ID")))]));

    /// <summary><c>crm.deal.userfield.add</c>; needs a CRM administrator. An existing name is an error.</summary>
    /// <param name="name">With or without the prefix <c>UF_CRM_</c>, which the portal adds; 50 characters with it.</param>
    /// <param name="type">Such as <c>string</c>, <c>datetime</c>, <c>url</c>.</param>
    /// <param name="labels">By language, at least one; the English one, or else the first, stands in for languages not named.</param>
    /// <param name="isMultiple">Whether it holds a list; not for the type <c>boolean</c>.</param>
    /// <param name="options">For the type <c>enumeration</c>: value and code of each choice.</param>
    public static Call Add(
        string name, string type, IReadOnlyDictionary<string, string> labels, bool isMultiple = false,
        IReadOnlyList<(string Value, string XmlId)>? options = null)
    {
        JsonObject ByLanguage() => new(labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value)));
        var fields = new JsonObject
        {
            ["FIELD_NAME"] = name,
            ["USER_TYPE_ID"] = type,
            ["XML_ID"] = name,
            ["MULTIPLE"] = isMultiple ? "Y" : "N",
            ["MANDATORY"] = "N",
            ["SHOW_FILTER"] = "Y",
            ["LABEL"] = labels.GetValueOrDefault("en") ?? labels.Values.First(),
            ["EDIT_FORM_LABEL"] = ByLanguage(),
            ["LIST_COLUMN_LABEL"] = ByLanguage(),
            ["LIST_FILTER_LABEL"] = ByLanguage(),
        };
        if (options is { Count: > 0 })
        {
            fields["LIST"] = new JsonArray([.. options.Select((option, index) => new JsonObject
            {
                ["VALUE"] = option.Value,
                ["XML_ID"] = option.XmlId,
                ["SORT"] = ((index + 1) * 10).ToString(CultureInfo.InvariantCulture),
            })]);
        }

        return new Call("crm.deal.userfield.add", new JsonObject { ["fields"] = fields }, Writes: true);
    }

    /// <summary>The new field's id.</summary>
    public static long? ReadId(CallResult result) => result.Result.AsLong();
}
