namespace B24RobotApp.Bitrix24.Limits;

/// <summary>How fast one portal may be asked. Source: settings/performance/limits.md.</summary>
public sealed record PortalLimits
{
    /// <summary>Requests per second that drain from the portal's leaky bucket: 2, on the Enterprise plan 5.</summary>
    public double RequestsPerSecond { get; init; } = 2;

    /// <summary>What the bucket holds before it answers <c>QUERY_LIMIT_EXCEEDED</c>: 50, on the Enterprise plan 250.</summary>
    public int Burst { get; init; } = 50;

    /// <summary>How long one request may take before its outcome counts as unknown. The cloud itself cuts at 60 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most requests of one credential that are under way at once.</summary>
    public int MaxInFlight { get; init; } = 16;

    /// <summary>Whether reads of single things become reads of many when more wait than one request carries.</summary>
    public bool MergesReads { get; init; } = true;
}
