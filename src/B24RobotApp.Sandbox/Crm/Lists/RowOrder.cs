using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>Reads and applies the parameter <c>order</c>.</summary>
internal static class RowOrder
{
    public const int PageSize = 50;

    /// <param name="rows">In the order that holds where nothing is asked for.</param>
    /// <param name="order">Field to direction.</param>
    /// <param name="find">A column by the name that was sent.</param>
    /// <param name="strict">Newer methods refuse unknown names and directions, older ones pass over them.</param>
    public static IEnumerable<TRow> Sort<TRow>(IEnumerable<TRow> rows, JsonNode? order, Func<string, Column<TRow>?> find, bool strict = true)
    {
        IOrderedEnumerable<TRow>? sorted = null;
        foreach (var (name, direction) in order.AsMap() ?? [])
        {
            var column = find(name);
            if (column is not { Sorts: true })
            {
                if (strict)
                {
                    throw new RestError("INVALID_ARG_VALUE", $"Invalid order: field '{FieldNames.ToUpper(name)}' is not allowed in order");
                }
                continue;
            }

            var asked = direction.AsText()?.ToUpperInvariant();
            if (strict && asked is not ("ASC" or "DESC"))
            {
                throw new RestError("INVALID_ARG_VALUE",
                    $"Invalid order: allowed sort directions are ASC, DESC. But got '{asked}' for field '{column.Name}'");
            }

            var descending = asked is "DESC";
            var comparer = Comparer<TRow>.Create((left, right) => Compare(column.Value(left), column.Value(right)) * (descending ? -1 : 1));
            sorted = sorted is null ? rows.OrderBy(row => row, comparer) : sorted.ThenBy(row => row, comparer);
        }
        return sorted ?? rows;
    }

    /// <summary>Cuts the page that was asked for and sets <c>total</c> and <c>next</c>; with <c>start=-1</c> neither.</summary>
    public static IReadOnlyList<TRow> Page<TRow>(this RestCall call, IEnumerable<TRow> rows, int size = PageSize)
    {
        if (call.Start < 0)
        {
            return [.. rows.Take(size)];
        }

        var all = rows as IReadOnlyList<TRow> ?? [.. rows];
        call.Total = all.Count;
        call.Next = call.Start + size < all.Count ? call.Start + size : null;
        return [.. all.Skip(call.Start).Take(size)];
    }

    private static int Compare(object? left, object? right) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        _ => Condition<object>.Order(left, right) ?? 0,
    };
}
