using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Placements;

/// <summary>A place in the portal's interface where a page of the app is shown.</summary>
/// <param name="Placement">Such as <c>CRM_DEAL_DETAIL_TAB</c>.</param>
/// <param name="Handler">The page's address.</param>
public sealed record PlacementBinding(string Placement, string Handler);

/// <summary>Placements: application tokens of an administrator only, scope <c>placement</c>. Source: widgets/placement-*.md.</summary>
public static class PlacementBindings
{
    /// <summary><c>placement.get</c>: what the app has bound.</summary>
    public static Call List() => new("placement.get", []);

    /// <summary>The bindings listed.</summary>
    public static IReadOnlyList<PlacementBinding> Read(CallResult result) =>
        [.. result.Result.AsList().Select(binding => new PlacementBinding(binding.Text("placement") ?? "", binding.Text("handler") ?? ""))];

    /// <summary><c>placement.bind</c>. Repeating it is an error or makes a second tab, depending on the portal: look first.</summary>
    /// <param name="placement">The place.</param>
    /// <param name="handler">The page's address.</param>
    /// <param name="titles">The title by language; with <c>en</c>, which stands in for languages that are missing.</param>
    public static Call Bind(string placement, Uri handler, IReadOnlyDictionary<string, string> titles) =>
        new(
            "placement.bind",
            new JsonObject
            {
                ["PLACEMENT"] = placement,
                ["HANDLER"] = handler.AbsoluteUri,
                ["TITLE"] = titles.GetValueOrDefault("en") ?? titles.Values.First(),
                ["LANG_ALL"] = new JsonObject(
                    titles.Select(title => KeyValuePair.Create<string, JsonNode?>(title.Key, new JsonObject { ["TITLE"] = title.Value }))),
            },
            Writes: true);

    /// <summary><c>placement.unbind</c>; what is not bound is no error.</summary>
    public static Call Unbind(string placement, string handler) =>
        new("placement.unbind", new JsonObject { ["PLACEMENT"] = placement, ["HANDLER"] = handler }, Writes: true);
}
