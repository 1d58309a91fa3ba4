namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>Conditions and groups of them that must all hold, or of which one must.</summary>
internal sealed class FilterGroup<TRow>
{
    public bool IsOr { get; set; }

    public List<Condition<TRow>> Conditions { get; } = [];

    public List<FilterGroup<TRow>> Groups { get; } = [];

    public bool Matches(TRow row)
    {
        if (Conditions.Count + Groups.Count == 0)
        {
            return true;
        }
        return IsOr
            ? Conditions.Exists(condition => condition.Matches(row)) || Groups.Exists(group => group.Matches(row))
            : Conditions.TrueForAll(condition => condition.Matches(row)) && Groups.TrueForAll(group => group.Matches(row));
    }

    /// <summary>The values that a column must equal, if the top of the filter says so; an index can start from them.</summary>
    public IReadOnlyList<string?>? RequiredValues(string column) => IsOr
        ? null
        : Conditions.Find(condition => condition.Column.Name == column && condition.Comparison == Comparison.Equal)?.Texts;
}
