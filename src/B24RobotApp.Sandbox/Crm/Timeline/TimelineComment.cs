namespace B24RobotApp.Sandbox.Crm.Timeline;

/// <summary>A comment in the timeline of an item.</summary>
/// <remarks><c>EntityType</c>: In small letters: <c>deal</c>, <c>dynamic_147</c>.</remarks>
public sealed record TimelineComment(long Id, string EntityType, long EntityId, long AuthorId, DateTimeOffset Created, string Text)
{
    /// <summary>Ids of the files attached.</summary>
    public IReadOnlyList<long> Files { get; init; } = [];
}
