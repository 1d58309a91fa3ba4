using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>User fields of deals. Source: crm/deals/user-defined-fields/*.md.</summary>
public static class DealUserFields
{
    /// <summary>Characters of a name with its prefix. Source: crm/deals/user-defined-fields/crm-deal-userfield-add.md.</summary>
    public const int MaxNameLength = 50;

    /// <summary><c>crm.deal.userfield.add</c>; needs a CRM administrator. An existing name is an error.</summary>
    /// <param name="name">With or without the prefix <c>UF_CRM_</c>, which the portal adds; 50 characters with it.</param>
    /// <param name="type">Such as <c>string</c>, <c>datetime</c>, <c>url</c>.</param>
    /// <param name="labels">By language, at least one; the English one, or else the first, stands in for languages not named.</param>
    /// <param name="isMultiple">Whether it holds a list; not for the type <c>boolean</c>.</param>
    /// <param name="options">For the type <c>enumeration</c>: value and code of each choice.</param>
    /// <param name="entityTypeId">Whose field it is: deals, leads and quotes have such a method. Source: crm/leads/userfield/*.md, crm/quote/user-field/*.md.</param>
    public static Call Add(
        string name, string type, IReadOnlyDictionary<string, string> labels, bool isMultiple = false,
        IReadOnlyList<(string Value, string XmlId)>? options = null, int entityTypeId = CrmEntityTypes.Deal)
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

        return new Call($"crm.{CrmEntityTypes.TimelineName(entityTypeId)}.userfield.add", new JsonObject { ["fields"] = fields }, Writes: true);
    }

    /// <summary>The new field's id.</summary>
    public static long? ReadId(CallResult result) => result.Result.AsLong();
}
