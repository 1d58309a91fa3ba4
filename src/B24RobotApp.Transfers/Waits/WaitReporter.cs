using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Tells robots what became of the deals that they waited for. Whether their workflows took it is looked after by <see cref="AnswerConfirmation"/>, as with the robot that sends.</summary>
public sealed partial class WaitReporter(
    WaitStore store, PortalStore portals, SourcePortals sources, IOptions<TransferOptions> options, TimeProvider clock, ILogger<WaitReporter> logger)
{
    private const int Portion = 500;

    /// <summary>How long a portal that is not connected is left alone.</summary>
    private static readonly TimeSpan PortalPause = TimeSpan.FromMinutes(1);

    /// <summary>Tells all robots of a portal that are to be told now.</summary>
    public async Task ReportAsync(PortalId portal, CancellationToken cancellationToken)
    {
        IReadOnlyList<Wait> due;
        do
        {
            due = await store.AnsweringAsync(portal, Portion, cancellationToken);
            if (due.Count > 0)
            {
                await ReportAsync(portal, due);
            }
        }
        while (due.Count == Portion);
    }

    private async Task ReportAsync(PortalId id, IReadOnlyList<Wait> waits)
    {
        if (await portals.FindAsync(id, CancellationToken.None) is not { State: PortalState.Connected } portal)
        {
            // Nobody can be told now; once the portal is connected again it is not too late.
            await store.PutOffAnswersAsync(waits, clock.GetUtcNow() + PortalPause, CancellationToken.None);
            return;
        }

        // A robot whose time is over does not listen any more.
        var now = clock.GetUtcNow();
        var late = waits.Where(wait => wait.Request.TimesOutAt <= now || !wait.Request.Waits || wait.Outcome is null).ToList();
        await store.FinishAsync(late, CancellationToken.None);
        var texts = new TransferTexts(portal.Language);
        foreach (var portion in waits.Except(late).Chunk(BatchLimits.MaxCommands))
        {
            await ReportAsync(portal, portion, texts);
        }
    }

    private async Task ReportAsync(Portal portal, Wait[] waits, TransferTexts texts)
    {
        using var spans = WaitSpans.Start(waits, portal);
        try
        {
            var (_, outcomes) = await sources.CallGroupAsync(
                portal, waits[0].Request.UserId, [.. waits.Select(wait => WaitAnswer.Of(wait, wait.Outcome!, texts))], _ => false); // Those without an outcome are sorted out before.
            spans.End(outcomes);
            var taken = waits.Where((_, i) => outcomes[i].Failure is null).ToList();

            // A refusal is final: the workflow is gone, or the deal.
            var refused = waits.Where((_, i) => outcomes[i].Failure is { Kind: FailureKind.Refused }).ToList();
            var confirmAfter = options.Value.ConfirmAnswersAfter;
            await store.AnsweredAsync(taken, confirmAfter > TimeSpan.Zero ? clock.GetUtcNow() + confirmAfter : null, CancellationToken.None);
            await store.FinishAsync(refused, CancellationToken.None);
            await PutOffAsync(portal, waits.Except(taken).Except(refused), outcomes.Select(outcome => outcome.Failure).FirstOrDefault(failure => failure is { Kind: not FailureKind.Refused }));
        }
        catch (Bitrix24Exception exception)
        {
            if (exception.Kind == FailureKind.Disconnected && await portals.FindAsync(portal.Id, CancellationToken.None) is { State: PortalState.Connected })
            {
                await portals.SetStateAsync(portal.Id, PortalState.Disconnected, exception.Code, CancellationToken.None);
            }

            await PutOffAsync(portal, waits, exception);
        }
    }

    /// <summary>What did not arrive is sent again, and given up when nobody can be waiting for it any more.</summary>
    private async Task PutOffAsync(Portal portal, IEnumerable<Wait> waits, Bitrix24Exception? failure)
    {
        var now = clock.GetUtcNow();
        foreach (var wait in waits)
        {
            var since = now - wait.Outcome!.At; // As above.
            if (since > options.Value.GiveUpAfter && failure?.Kind != FailureKind.Disconnected)
            {
                await store.FinishAsync([wait], CancellationToken.None);
                Log.NotTold(logger, wait.Request.Id, portal.Address.Authority, failure?.Code ?? "");
                continue;
            }

            var again = now + RetrySchedule.ReportPauseAfter(since, Random.Shared.NextDouble());
            await store.PutOffAnswersAsync([wait], failure?.RetryAt > again ? failure.RetryAt.Value : again, CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2641, LogLevel.Warning, "Wait {WaitId} is over, but {Portal} could not be told: {Code}")]
        public static partial void NotTold(ILogger logger, string waitId, string portal, string code);
    }
}
