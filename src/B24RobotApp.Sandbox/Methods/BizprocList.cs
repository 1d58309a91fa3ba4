using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary>
/// Lists of the bizproc module: SELECT, FILTER and ORDER over rows of texts, 50 a page. A filter it does not know is dropped without
/// a word, and the list is longer than asked for.
/// </summary>
internal static partial class BizprocList
{
    private const int PageSize = 50;

    /// <param name="call">Its page figures are set.</param>
    /// <param name="rows">Whole rows, in the order of their creation.</param>
    /// <param name="times">Fields that are times.</param>
    /// <param name="select">Fields shown when none are asked for.</param>
    /// <param name="orderBy">Default order: field and direction.</param>
    public static JsonArray Create(
        RestCall call, IEnumerable<JsonObject> rows, IReadOnlyCollection<string> times, IReadOnlyList<string> select, (string Field, bool Descending) orderBy)
    {
        var upper = call.UpperCased();
        var all = rows.ToList();
        var known = all.FirstOrDefault()?.Select(field => field.Key).ToHashSet() ?? [];
        var found = all.Where(row => Matches(row, upper["FILTER"].AsMap() ?? [], known, times, call.Portal.Settings.Generation)).ToList();
        var sorted = Sort(found, upper["ORDER"].AsMap() ?? [], known, orderBy);
        var asked = (upper["SELECT"].AsList() ?? []).Select(field => field.AsText()?.ToUpperInvariant() ?? "").Where(known.Contains).ToList();
        var fields = asked.Count > 0 ? asked : select;

        var start = call.Portal.Settings.BizprocListsKnowWholePagesOnly ? call.Start / PageSize * PageSize : call.Start;
        var page = sorted.Skip(Math.Max(0, start)).Take(PageSize).ToList();
        if (call.Start >= 0)
        {
            call.Total = found.Count;
            call.Next = start + page.Count < found.Count ? start + page.Count : null;
        }
        return new JsonArray([.. page.Select(row => new JsonObject(fields.Select(field => KeyValuePair.Create(field, row[field]?.DeepClone()))))]);
    }

    private static bool Matches(JsonObject row, JsonObject filter, HashSet<string> known, IReadOnlyCollection<string> times, PortalGeneration generation)
    {
        foreach (var (key, value) in filter)
        {
            var match = Condition().Match(key);
            var field = generation == PortalGeneration.Newest ? match.Groups[2].Value.ToUpperInvariant() : match.Groups[2].Value;
            var operation = match.Groups[1].Value;
            var isKnown = operation is "" or "!" or "<" or "<=" or ">" or ">=" || generation == PortalGeneration.Newest && operation is "=" or "!=";
            if (isKnown && known.Contains(field) && !Holds(operation, row[field].AsText(), value, times.Contains(field)))
            {
                return false;
            }
        }
        return true;
    }

    private static bool Holds(string operation, string? actual, JsonNode? expected, bool isTime)
    {
        if (expected.AsList() is { } list)
        {
            return list.Any(item => item.AsText() == actual) != operation.StartsWith('!');
        }
        var comparison = Compare(actual ?? "", expected.AsText() ?? "", isTime);
        return operation switch
        {
            "!" or "!=" => comparison != 0,
            "<" => comparison < 0,
            "<=" => comparison <= 0,
            ">" => comparison > 0,
            ">=" => comparison >= 0,
            _ => comparison == 0,
        };
    }

    private static int Compare(string left, string right, bool isTime)
    {
        if (isTime && Time(left) is { } leftTime && Time(right) is { } rightTime)
        {
            return leftTime.CompareTo(rightTime);
        }
        return long.TryParse(left, out var leftNumber) && long.TryParse(right, out var rightNumber)
            ? leftNumber.CompareTo(rightNumber)
            : string.CompareOrdinal(left, right);
    }

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static IEnumerable<JsonObject> Sort(List<JsonObject> rows, JsonObject order, HashSet<string> known, (string Field, bool Descending) fallback)
    {
        var keys = order.Where(entry => known.Contains(entry.Key.ToUpperInvariant()))
            .Select(entry => (Field: entry.Key.ToUpperInvariant(), Descending: string.Equals(entry.Value.AsText(), "DESC", StringComparison.OrdinalIgnoreCase)))
            .DefaultIfEmpty(fallback)
            .Reverse();
        IEnumerable<JsonObject> sorted = rows;
        foreach (var (field, descending) in keys)
        {
            var comparer = Comparer<JsonObject>.Create((left, right) =>
                Compare(left[field].AsText() ?? "", right[field].AsText() ?? "", isTime: true));
            sorted = descending ? sorted.OrderByDescending(row => row, comparer) : sorted.OrderBy(row => row, comparer);
        }
        return sorted;
    }

    [GeneratedRegex("^([^a-zA-Z]*)(.*)$")]
    private static partial Regex Condition();
}
