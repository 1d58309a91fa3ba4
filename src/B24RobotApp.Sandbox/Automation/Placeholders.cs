using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>
/// What the designer writes as <c>{=Document:TITLE}</c> (a field of the deal) or <c>{=A1_2_3_4:esb_deal_id}</c> (what an earlier robot
/// returned). What is not there is empty.
/// </summary>
internal static partial class Placeholders
{
    public static string Resolve(string text, SandboxPortal portal, Workflow workflow) =>
        Placeholder().Replace(text, match => Print(Find(match, portal, workflow)));

    /// <summary>A value that is one placeholder alone keeps its kind, a list for instance.</summary>
    public static JsonNode? Resolve(JsonNode? value, SandboxPortal portal, Workflow workflow) => value switch
    {
        JsonArray list => new JsonArray([.. list.Select(item => Resolve(item, portal, workflow))]),
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, Resolve(entry.Value, portal, workflow)))),
        null => null,
        _ when value.GetValueKind() != System.Text.Json.JsonValueKind.String => value.DeepClone(),
        _ => value.AsText() is var text && Placeholder().Match(text!) is { Success: true } match && match.Value == text
            ? Find(match, portal, workflow)?.DeepClone()
            : JsonValue.Create(Resolve(text!, portal, workflow)),
    };

    private static JsonNode? Find(Match match, SandboxPortal portal, Workflow workflow)
    {
        var (source, field) = (match.Groups[1].Value, match.Groups[2].Value);
        if (source == "Document")
        {
            return JsonValue.Create(portal.Crm.FieldText(workflow.EntityTypeId, workflow.ItemId, field));
        }
        return workflow.Returned.TryGetValue(source, out var values)
            ? values.FirstOrDefault(entry => entry.Key.Equals(field, StringComparison.OrdinalIgnoreCase)).Value
            : null;
    }

    private static string Print(JsonNode? value) =>
        value.AsList() is { } list ? string.Join(", ", list.Select(item => item.AsText())) : value.AsText() ?? "";

    // A modifier such as "> printable" may follow the field.
    [GeneratedRegex(@"\{=\s*([A-Za-z0-9_]+)\s*:\s*([A-Za-z0-9_.]+)\s*(?:>[^}]*)?\}")]
    private static partial Regex Placeholder();
}
