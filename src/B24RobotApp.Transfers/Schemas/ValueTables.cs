using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>One value of a source portal and its counterpart on an ESB.</summary>
/// <param name="Kind">The table: <c>stages</c>, <c>categories</c>, <c>sources</c>, <c>dealTypes</c>, <c>users</c>, <c>currencies</c>, <c>measures</c>, <c>products</c>, <c>lists:UF_CRM_X</c>, <c>statuses:INDUSTRY</c>.</param>
/// <param name="Source">The source portal's value: a code, an id, or a choice's text.</param>
/// <param name="Esb">The ESB's value.</param>
/// <param name="Label">What people call it; for them only.</param>
public sealed record ValueTableEntry(string Kind, string Source, string Esb, string Label = "");

/// <summary>The tables of one source portal for one connection.</summary>
public sealed class ValueTables
{
    public static readonly ValueTables Empty = new([]);

    private static readonly string[] Kinds = ["stages", "categories", "sources", "dealTypes", "users", "currencies", "measures", "products"];

    private readonly Dictionary<(string Kind, string Source), string> _values = [];

    public ValueTables(IReadOnlyList<ValueTableEntry> entries)
    {
        Entries = entries;
        foreach (var entry in entries)
        {
            _values[(entry.Kind, entry.Source)] = entry.Esb;
        }
    }

    public IReadOnlyList<ValueTableEntry> Entries { get; }

    /// <summary>The ESB's counterpart of a value.</summary>
    public bool TryFind(string kind, string source, [NotNullWhen(true)] out string? esb) => _values.TryGetValue((kind, source), out esb);

    /// <summary>Whether there can be a table of a kind: one of the fixed ones, one of a list field (<c>lists:UF_CRM_X</c>), or one of a directory (<c>statuses:INDUSTRY</c>).</summary>
    public static bool IsKind(string kind) =>
        Kinds.Contains(kind)
        || (kind.Split(':', 2) is ["lists" or "statuses", var name] && name.Trim().Length > 0);
}
