namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>A line of stage history.</summary>
internal sealed record HistoryEntry(long Id, int EntityTypeId, long OwnerId, DateTimeOffset CreatedTime)
{
    /// <summary>1 created, 2 intermediate stage, 3 final stage, 5 other pipeline.</summary>
    public required long TypeId { get; init; }

    public required long CategoryId { get; init; }

    public required string StageId { get; init; }

    public required string SemanticId { get; init; }
}
