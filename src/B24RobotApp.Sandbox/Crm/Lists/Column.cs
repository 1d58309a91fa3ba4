using B24RobotApp.Sandbox.Crm.Fields;

namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>What a list may be filtered and ordered by.</summary>
/// <param name="Name">In upper case, as complaints name it.</param>
/// <param name="Type">One of <see cref="FieldType"/>.</param>
/// <param name="Value">Reads it from a row; a list where a row has several.</param>
internal sealed record Column<TRow>(string Name, string Type, Func<TRow, object?> Value)
{
    /// <summary>Yes-or-no user fields are compared as 1 and 0, the system's as Y and N.</summary>
    public bool IsUserField { get; init; }

    /// <summary>Whether a list may be ordered by it.</summary>
    public bool Sorts { get; init; } = true;
}
