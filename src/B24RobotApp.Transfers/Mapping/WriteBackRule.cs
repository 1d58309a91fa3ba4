namespace B24RobotApp.Transfers.Mapping;

/// <summary>What a change on the ESB may do to the source's field.</summary>
public enum WriteBackPolicy
{
    /// <summary>The ESB's value takes the place of the source's.</summary>
    EsbWins,

    /// <summary>It is written where nothing stands.</summary>
    OnlyIfEmpty,

    /// <summary>It is not written, and the story tells that it changed.</summary>
    Never,
}

/// <summary>One field of the ESB that goes back to the source when it changes there.</summary>
public sealed record WriteBackRule
{
    /// <summary>The address of the item on the ESB.</summary>
    public const string Link = "link";

    /// <summary>The name of who is responsible there.</summary>
    public const string Responsible = "responsible";

    /// <summary>The e-mail address of who is responsible there.</summary>
    public const string ResponsibleEmail = "responsibleEmail";

    /// <summary>What the stage is called there.</summary>
    public const string StageName = "stageName";

    private static readonly string[] Specials = [Link, Responsible, ResponsibleEmail, StageName];

    /// <summary>The ESB's field by its original name, or one of <c>link</c>, <c>responsible</c>, <c>responsibleEmail</c>, <c>stageName</c>.</summary>
    public required string From { get; init; }

    /// <summary>The source's field by its original name.</summary>
    public required string To { get; init; }

    /// <summary>The source's value for a value of the ESB. Of a stage also <c>S</c> for all that are won and <c>F</c> for all that are lost, where it is not named itself. A value that is not named is not written.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    public WriteBackPolicy Policy { get; init; }

    /// <summary>Whether <see cref="From"/> is no field.</summary>
    internal bool IsSpecial => Specials.Contains(From);

    /// <summary>The ESB's field on which it depends.</summary>
    internal string WatchedField => From switch
    {
        Link => "id",
        Responsible or ResponsibleEmail => "assignedById",
        StageName => "stageId",
        _ => From,
    };
}
