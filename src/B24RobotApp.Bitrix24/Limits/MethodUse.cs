namespace B24RobotApp.Bitrix24.Limits;

/// <summary>What one credential has used of a method's execution time.</summary>
/// <param name="Method">The method.</param>
/// <param name="Seconds">Seconds within the last ten minutes, as last told by the portal.</param>
/// <param name="PausedUntil">Until when it rests because its time is used up; <see langword="null"/> if it may be called.</param>
public sealed record MethodUse(string Method, double Seconds, DateTimeOffset? PausedUntil);
