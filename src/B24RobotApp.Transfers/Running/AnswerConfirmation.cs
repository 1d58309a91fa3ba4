using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Finds out whether workflows took the answers that their robots were sent, and sends again what may be lost. Newer portals say <c>true</c> to an answer and lose it if the workflow is locked at that moment.
/// An answer that was taken and is sent again does no harm, so in doubt it is. Source: portal sources (<c>sendEvent</c>); bizproc/bizproc-workflow-instances.md.
/// </summary>
public sealed partial class AnswerConfirmation(
    IEnumerable<IAnswerLedger> ledgers, LivingWorkflows workflows, PortalStore portals, SourcePortals sources, TimeProvider clock, ILogger<AnswerConfirmation> logger)
{
    /// <summary>Answers looked after at once.</summary>
    private const int MostAtOnce = 1000;

    private const int PortalsAtOnce = 8;

    /// <summary>After which the next look comes, by how often the answer was sent. After the last of these a workflow is left to itself.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    /// <summary>After which a portal that cannot be reached is tried again.</summary>
    private static readonly TimeSpan PortalPause = TimeSpan.FromMinutes(1);

    /// <summary>Looks after all answers that are due.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> SweepAsync(CancellationToken cancellationToken)
    {
        var due = new List<SentAnswer>();
        var more = false;
        foreach (var ledger in ledgers)
        {
            var some = await ledger.UnconfirmedAsync(MostAtOnce, cancellationToken);
            due.AddRange(some);
            more |= some.Count == MostAtOnce;
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = PortalsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(due.GroupBy(answer => answer.Portal), parallel, async (answers, _) => await LookAfterAsync(answers.Key, [.. answers]));
        return more;
    }

    /// <summary>When the next answer has to be looked after; <see langword="null"/> if none has.</summary>
    public async Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        foreach (var ledger in ledgers)
        {
            next = await ledger.NextUnconfirmedAsync(cancellationToken) is { } at && !(next <= at) ? at : next;
        }

        return next;
    }

    /// <summary>Makes it time to look after all answers that wait for it.</summary>
    public async Task HastenAsync(CancellationToken cancellationToken)
    {
        foreach (var ledger in ledgers)
        {
            await ledger.HastenAnswersAsync(cancellationToken);
        }
    }

    private async Task LookAfterAsync(PortalId id, SentAnswer[] answers)
    {
        if (await portals.FindAsync(id, CancellationToken.None) is not { State: PortalState.Connected } portal)
        {
            // Nobody can be told now; once the portal is connected again it is not too late.
            await LookAgainAsync(answers, clock.GetUtcNow() + LivingWorkflows.RefusalBelieved, sent: false);
            return;
        }

        try
        {
            var living = await workflows.FindAsync(portal, answers.Select(answer => answer.WorkflowId), answers.Min(answer => answer.CalledAt));

            // A robot whose time is over does not listen any more. Where the portal does not tell, the second time is the last.
            var now = clock.GetUtcNow();
            bool IsLost(SentAnswer answer) => !(answer.TimesOutAt <= now) && answer.Say is not null
                && (living is null ? answer.TimesSent < 2 : living.Contains(answer.WorkflowId) && answer.TimesSent <= Pauses.Length);
            var lost = answers.Where(IsLost).ToList();
            await ConfirmedAsync(answers.Except(lost));
            foreach (var portion in lost.Chunk(BatchLimits.MaxCommands))
            {
                await SendAgainAsync(portal, portion);
            }
        }
        catch (Bitrix24Exception exception)
        {
            Log.NotNow(logger, portal.Address.Authority, exception.Code, PortalPause);
            var at = clock.GetUtcNow() + PortalPause;
            await LookAgainAsync(answers, exception.RetryAt > at ? exception.RetryAt.Value : at, sent: false);
        }
    }

    private async Task SendAgainAsync(Portal portal, SentAnswer[] answers)
    {
        var texts = new TransferTexts(portal.Language);
        var (_, outcomes) = await sources.CallGroupAsync(
            portal, answers[0].UserId, [.. answers.Select(answer => answer.Say!(texts))], _ => false); // Lost are those only that have something to say.
        var ended = answers.Where((_, i) => outcomes[i].Failure is { Kind: FailureKind.Refused }).ToList();
        await ConfirmedAsync(ended);
        var now = clock.GetUtcNow();
        foreach (var alike in answers.Except(ended).GroupBy(answer => answer.TimesSent))
        {
            Log.SentAgain(logger, alike.Count(), portal.Address.Authority, alike.Key + 1);
            await LookAgainAsync(alike, now + Pauses[Math.Clamp(alike.Key, 0, Pauses.Length - 1)], sent: true);
        }
    }

    private static async Task ConfirmedAsync(IEnumerable<SentAnswer> answers)
    {
        foreach (var kept in answers.GroupBy(answer => answer.Ledger))
        {
            await kept.Key.ConfirmedAsync([.. kept.Select(answer => answer.Sequence)], CancellationToken.None);
        }
    }

    private static async Task LookAgainAsync(IEnumerable<SentAnswer> answers, DateTimeOffset at, bool sent)
    {
        foreach (var kept in answers.GroupBy(answer => answer.Ledger))
        {
            await kept.Key.LookAgainAsync([.. kept.Select(answer => answer.Sequence)], at, sent, CancellationToken.None);
        }
    }


    private static partial class Log
    {
        [LoggerMessage(2311, LogLevel.Information, "{Count} workflows of {Portal} still wait after their answers; they are answered again, time {Time}")]
        public static partial void SentAgain(ILogger logger, int count, string portal, int time);

        [LoggerMessage(2313, LogLevel.Information, "{Portal} could not be asked whether its workflows took their answers: {Code}; again in {Pause}")]
        public static partial void NotNow(ILogger logger, string portal, string code, TimeSpan pause);
    }
}
