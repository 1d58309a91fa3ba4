namespace B24RobotApp.Commands;

/// <summary>What the command line tells scripts.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something to act on.</summary>
    public const int ToActOn = 1;

    /// <summary>Wrong use or wrong settings.</summary>
    public const int WrongUse = 2;
}
