namespace B24RobotApp.Acceptance.Chaos;

/// <summary>What befalls the servers, their machine and their database while deals are sent.</summary>
internal interface IAccidents
{
    /// <summary>Goes on until the time is over and enough was sent, and through everything once at least.</summary>
    Task RunAsync(Func<bool> isEnough);

    /// <summary>Puts everything right; whatever shall run runs then.</summary>
    Task EndAsync();

    /// <summary>What counts most, for the line of figures.</summary>
    string Figures { get; }

    /// <summary>The rest of it, in a sentence or two.</summary>
    string Story { get; }
}
