using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>User fields of deals. Source: crm/deals/user-defined-fields/*.md.</summary>
public static class DealUserFields
{
    /// <summary><c>crm.deal.userfield.add</c>; needs a CRM administrator. An existing name is an error.</summary>
    /// <param name="name">With or without the prefix <c>UF_CRM_</c>, which the portal adds; 50 characters with it.</param>
    /// <param name="type">Such as <c>string</c>, <c>datetime</c>, <c>url</c>.</param>
    /// <param name="labels">By language.</param>
    public static Call Add(string name, string type, IReadOnlyDictionary<string, string> labels)
    {
        JsonObject ByLanguage() => new(labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value)));
        return new(
            "crm.deal.userfield.add",
            new JsonObject
            {
                ["fields"] = new JsonObject
                {
                    ["FIELD_NAME"] = name,
                    ["USER_TYPE_ID"] = type,
                    ["XML_ID"] = name,
                    ["MULTIPLE"] = "N",
                    ["MANDATORY"] = "N",
                    ["SHOW_FILTER"] = "Y",
                    ["EDIT_FORM_LABEL"] = ByLanguage(),
                    ["LIST_COLUMN_LABEL"] = ByLanguage(),
                    ["LIST_FILTER_LABEL"] = ByLanguage(),
                },
            },
            Writes: true);
    }
}
