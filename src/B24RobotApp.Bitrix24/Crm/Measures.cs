using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A unit of measure.</summary>
/// <param name="Code">Of the classifier (OKEI), alike on all portals: 796 is the piece.</param>
/// <param name="Name">In the portal's language.</param>
/// <param name="Symbol">What stands beside a quantity.</param>
public sealed record CrmMeasure(int Code, string Name, string Symbol);

/// <summary>
/// Units of measure. The current method wants an administrator and the scope <c>catalog</c>, which neither app nor webhook need otherwise; the older one, not developed any more, wants the scope
/// <c>crm</c> only. Source: catalog/measure/catalog-measure-list.md, crm/outdated/measure/*.md.
/// </summary>
public static class Measures
{
    /// <summary>A page of <c>catalog.measure.list</c>.</summary>
    public static Call List(int start = 0) => WithStart("catalog.measure.list", start);

    /// <summary>A page of <c>crm.measure.list</c>.</summary>
    public static Call ListOlder(int start = 0) => WithStart("crm.measure.list", start);

    /// <summary>The units of a page of either method.</summary>
    public static IEnumerable<CrmMeasure> Read(CallResult result)
    {
        // The current method wraps its list, the older one does not.
        var wrapped = result.Result.Property("measures");
        foreach (var measure in (wrapped.ValueKind == JsonValueKind.Undefined ? result.Result : wrapped).AsList())
        {
            if ((measure.Id("code") ?? measure.Id("CODE")) is { } code and > 0 and <= int.MaxValue)
            {
                yield return new CrmMeasure(
                    (int)code,
                    measure.Text("measureTitle") ?? measure.Text("MEASURE_TITLE") ?? "",
                    measure.Text("symbol") ?? measure.Text("SYMBOL_RUS") ?? measure.Text("symbolIntl") ?? measure.Text("SYMBOL_INTL") ?? "");
            }
        }
    }

    private static Call WithStart(string method, int start) => new(method, start > 0 ? new JsonObject { ["start"] = start } : []);
}
