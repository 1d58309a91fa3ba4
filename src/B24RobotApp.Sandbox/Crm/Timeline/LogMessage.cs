namespace B24RobotApp.Sandbox.Crm.Timeline;

/// <summary>A log entry that an application wrote into a timeline.</summary>
public sealed record LogMessage(long Id, int EntityTypeId, long EntityId, long AuthorId, DateTimeOffset Created, string Title, string Text, string IconCode);
