using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Placements;

/// <summary>A place in the portal's pages where the app shows one of its own.</summary>
/// <param name="Placement">The place, such as <c>CRM_DEAL_DETAIL_TAB</c>.</param>
/// <param name="Handler">The page's address.</param>
/// <param name="Title">Its title.</param>
public sealed record PlacementBinding(string Placement, string Handler, string Title);

/// <summary>
/// The app's placements; an administrator's token and the scope <c>placement</c>, for places in the CRM <c>crm</c> too. Errors may come with status 200.
/// Source: widgets/placement-bind.md, placement-get.md, placement-unbind.md.
/// </summary>
public static class PlacementBindings
{
    /// <summary><c>placement.bind</c>. A repetition is an error or a second tab, depending on the portal: ask <see cref="List"/> first.</summary>
    /// <param name="placement">The place.</param>
    /// <param name="handler">The page's address.</param>
    /// <param name="titles">By language, at least one; the English one, or else the first, stands in for languages not named.</param>
    public static Call Bind(string placement, Uri handler, IReadOnlyDictionary<string, string> titles) =>
        new(
            "placement.bind",
            new JsonObject
            {
                ["PLACEMENT"] = placement,
                ["HANDLER"] = handler.AbsoluteUri,
                ["TITLE"] = titles.GetValueOrDefault("en") ?? titles.Values.First(),
                ["LANG_ALL"] = new JsonObject(titles.Select(title =>
                    KeyValuePair.Create<string, JsonNode?>(title.Key, new JsonObject { ["TITLE"] = title.Value }))),
            },
            Writes: true);

    /// <summary><c>placement.unbind</c> for one handler; without one the portal would remove all of that place.</summary>
    public static Call Unbind(string placement, string handler) =>
        new("placement.unbind", new JsonObject { ["PLACEMENT"] = placement, ["HANDLER"] = handler }, Writes: true);

    /// <summary><c>placement.get</c>: all bindings of the app.</summary>
    public static Call List() => new("placement.get", []);

    /// <summary>The bindings listed.</summary>
    public static IReadOnlyList<PlacementBinding> Read(CallResult result) =>
        [.. result.Result.AsList().Select(row => new PlacementBinding(row.Text("placement") ?? "", row.Text("handler") ?? "", row.Text("title") ?? ""))];
}
