using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running;

/// <summary>An answer that a robot was sent, and of which nobody knows yet whether its workflow took it.</summary>
public sealed record SentAnswer
{
    /// <summary>Who keeps it.</summary>
    public required IAnswerLedger Ledger { get; init; }

    /// <summary>Its row there.</summary>
    public required long Sequence { get; init; }

    public required PortalId Portal { get; init; }

    /// <summary>The workflow that waits for it.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>When the robot called.</summary>
    public required DateTimeOffset CalledAt { get; init; }

    /// <summary>When the designer's time-out ends the wait.</summary>
    public DateTimeOffset? TimesOutAt { get; init; }

    /// <summary>The user whose token the robot's call brought.</summary>
    public long? UserId { get; init; }

    /// <summary>How often it was sent.</summary>
    public required int TimesSent { get; init; }

    /// <summary>Says it once more, in a language; <see langword="null"/> if there is nothing to say any more.</summary>
    public Func<TransferTexts, Call>? Say { get; init; }
}

/// <summary>Where one kind of robot keeps the answers that it has sent, until it is known that they were taken.</summary>
public interface IAnswerLedger
{
    /// <summary>When the next answer has to be looked after; <see langword="null"/> if none has.</summary>
    Task<DateTimeOffset?> NextUnconfirmedAsync(CancellationToken cancellationToken);

    /// <summary>Answers that have to be looked after now, the longest due first.</summary>
    Task<IReadOnlyList<SentAnswer>> UnconfirmedAsync(int most, CancellationToken cancellationToken);

    /// <summary>The workflows took the answers, or nothing more can be done for them.</summary>
    /// <param name="answers">Rows of this ledger.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task ConfirmedAsync(IReadOnlyCollection<long> answers, CancellationToken cancellationToken);

    /// <summary>The answers are looked after again.</summary>
    /// <param name="answers">Rows of this ledger.</param>
    /// <param name="at">When.</param>
    /// <param name="sent">Whether they were sent once more.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task LookAgainAsync(IReadOnlyCollection<long> answers, DateTimeOffset at, bool sent, CancellationToken cancellationToken);

    /// <summary>Makes it time to look after all answers that wait for it.</summary>
    Task HastenAnswersAsync(CancellationToken cancellationToken);
}
