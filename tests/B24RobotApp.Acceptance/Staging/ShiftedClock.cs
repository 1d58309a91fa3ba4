namespace B24RobotApp.Acceptance.Staging;

/// <summary>The real clock, before or behind by so much: a portal's own time, which the app does not share.</summary>
internal sealed class ShiftedClock(TimeSpan offset) : TimeProvider
{
    /// <summary>May be changed while everything runs.</summary>
    public TimeSpan Offset { get; set; } = offset;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
