namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>A line of a directory: a stage, a source, a type.</summary>
internal sealed record StatusEntry(long Id, string EntityId, string StatusId, string Name)
{
    public string NameInit { get; init; } = "";

    public long Sort { get; init; } = 10;

    public bool IsSystem { get; init; }

    /// <summary>The pipeline of a stage, where it is not the first one.</summary>
    public long? CategoryId { get; init; }

    public string? Color { get; init; }

    /// <summary><c>S</c> success, <c>F</c> failure, <see langword="null"/> in progress.</summary>
    public string? Semantics { get; init; }

    /// <summary>Whether stages have colours and an <c>EXTRA</c>.</summary>
    public bool IsStage { get; init; }

    /// <summary>P, S or F.</summary>
    public string SemanticId => Semantics ?? "P";
}
