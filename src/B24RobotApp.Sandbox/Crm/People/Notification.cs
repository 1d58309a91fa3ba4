namespace B24RobotApp.Sandbox.Crm.People;

/// <summary>A notification that a user sees.</summary>
/// <remarks><c>AuthorId</c>: 0 where the system speaks.</remarks>
public sealed record Notification(long Id, long UserId, long AuthorId, string Text, DateTimeOffset Time)
{
    /// <summary>A later notification with the same tag takes this one's place.</summary>
    public string? Tag { get; init; }

    public string? SubTag { get; init; }
}
