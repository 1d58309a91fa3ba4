namespace B24RobotApp.Transfers.Storage;

/// <summary>What a write survives once it has returned. Every write survives the end of the process and is seen by all later reads.</summary>
public enum Durability
{
    /// <summary>Also a power cut: it was forced to the disk.</summary>
    Full,

    /// <summary>A power cut may take it, but only together with all writes that came after it and were not <see cref="Full"/> either.</summary>
    Relaxed,
}
