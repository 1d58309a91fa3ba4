namespace B24RobotApp.Bitrix24.Limits;

/// <summary>How a portal's request limit stands: of all that this process sends to that host, whoever wants it sent.</summary>
/// <param name="Free">Requests that may leave at once.</param>
/// <param name="Most">Requests that may leave at once when nothing was sent for a while.</param>
/// <param name="PerSecond">How many a second may leave when they are used up.</param>
public sealed record BucketFigures(int Free, int Most, double PerSecond);
