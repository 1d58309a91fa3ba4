using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Finds out whether workflows took the answers that their robots were sent, and sends again what may be lost. Newer portals say <c>true</c> to an answer and lose it if the workflow is locked at that moment.
/// An answer that was taken and is sent again does no harm, so in doubt it is. Source: portal sources (<c>sendEvent</c>); bizproc/bizproc-workflow-instances.md.
/// </summary>
public sealed partial class AnswerConfirmation(TransferStore store, PortalStore portals, SourcePortals sources, TimeProvider clock, ILogger<AnswerConfirmation> logger)
{
    /// <summary>Answers looked after at once.</summary>
    private const int MostAtOnce = 1000;

    /// <summary>So few are asked for one by one; for more, pages of all workflows under way are cheaper.</summary>
    private const int MostAskedSingly = 4;

    /// <summary>Workflows end while their pages are read, and those behind them move up; pages overlap, so that one sees whether any were missed.</summary>
    private const int PageStep = 40;

    /// <summary>After so many pages that did not join the one before, those not found are cheaper asked for by name. On a portal that knows whole pages only, none but the first ever joins.</summary>
    private const int MostGaps = 3;

    private const int PortalsAtOnce = 8;

    /// <summary>After which the next look comes, by how often the answer was sent. After the last of these a workflow is left to itself.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    /// <summary>After which a portal that cannot be reached is tried again.</summary>
    private static readonly TimeSpan PortalPause = TimeSpan.FromMinutes(1);

    /// <summary>How long it is believed that a portal does not tell of its workflows: a plan is changed, or a right given.</summary>
    private static readonly TimeSpan RefusalBelieved = TimeSpan.FromHours(1);

    /// <summary>A workflow begins before it calls its robot; so much the portal's clocks may differ.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<PortalId, DateTimeOffset> _tellsNothing = new();

    /// <summary>Looks after all answers that are due.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> SweepAsync(CancellationToken cancellationToken)
    {
        var due = await store.UnconfirmedAsync(MostAtOnce, cancellationToken);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = PortalsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(due.GroupBy(transfer => transfer.Request.Portal), parallel, async (answers, _) => await LookAfterAsync(answers.Key, [.. answers]));
        return due.Count == MostAtOnce;
    }

    private async Task LookAfterAsync(PortalId id, Transfer[] answers)
    {
        if (await portals.FindAsync(id, CancellationToken.None) is not { State: PortalState.Connected } portal)
        {
            // Nobody can be told now; once the portal is connected again it is not too late.
            await store.LookAgainAsync(answers, clock.GetUtcNow() + RefusalBelieved, sent: false, CancellationToken.None);
            return;
        }

        try
        {
            var living = await FindLivingAsync(portal, answers);

            // A robot whose time is over does not listen any more. Where the portal does not tell, the second time is the last.
            var now = clock.GetUtcNow();
            bool IsLost(Transfer answer) => !(answer.Request.TimesOutAt <= now) && answer.Outcome is not null
                && (living is null ? answer.AnswersSent < 2 : living.Contains(answer.Request.WorkflowId) && answer.AnswersSent <= Pauses.Length);
            var lost = answers.Where(IsLost).ToList();
            await store.ConfirmedAsync([.. answers.Except(lost)], CancellationToken.None);
            foreach (var portion in lost.Chunk(BatchLimits.MaxCommands))
            {
                await SendAgainAsync(portal, portion);
            }
        }
        catch (Bitrix24Exception exception)
        {
            Log.NotNow(logger, portal.Address.Authority, exception.Code, PortalPause);
            var at = clock.GetUtcNow() + PortalPause;
            await store.LookAgainAsync(answers, exception.RetryAt > at ? exception.RetryAt.Value : at, sent: false, CancellationToken.None);
        }
    }

    private async Task SendAgainAsync(Portal portal, Transfer[] answers)
    {
        var texts = new TransferTexts(portal.Language);
        var (_, outcomes) = await sources.CallGroupAsync(
            portal, answers[0].Request.UserId, [.. answers.Select(answer => TransferReporter.Answer(answer, answer.Outcome!, texts))], _ => false);
        var ended = answers.Where((_, i) => outcomes[i].Failure is { Kind: FailureKind.Refused }).ToList();
        await store.ConfirmedAsync(ended, CancellationToken.None);
        var now = clock.GetUtcNow();
        foreach (var alike in answers.Except(ended).GroupBy(answer => answer.AnswersSent))
        {
            Log.SentAgain(logger, alike.Count(), portal.Address.Authority, alike.Key + 1);
            await store.LookAgainAsync([.. alike], now + Pauses[Math.Clamp(alike.Key, 0, Pauses.Length - 1)], sent: true, CancellationToken.None);
        }
    }

    /// <summary>Those of the answered workflows that are still under way; <see langword="null"/> if the portal does not tell.</summary>
    private async Task<HashSet<string>?> FindLivingAsync(Portal portal, Transfer[] answers)
    {
        if (_tellsNothing.TryGetValue(portal.Id, out var until) && until > clock.GetUtcNow())
        {
            return null;
        }

        var asked = answers.Select(answer => answer.Request.WorkflowId).ToHashSet(StringComparer.Ordinal);
        var living = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            if (asked.Count > MostAskedSingly)
            {
                await ReadPagesAsync(portal, answers, asked, living);
            }

            foreach (var portion in asked.Chunk(BatchLimits.MaxCommands))
            {
                var (_, outcomes) = await sources.CallGroupAsync(portal, null, [.. portion.Select(id => WorkflowInstances.List(new JsonObject { ["ID"] = id }))], _ => false);
                for (var i = 0; i < portion.Length; i++)
                {
                    // A condition that a portal does not know makes the list longer: each row is looked at.
                    living.UnionWith(WorkflowInstances.Read(outcomes[i].GetOrThrow()).Select(workflow => workflow.Id).Where(id => id == portion[i]));
                }
            }

            return living;
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // The plan has no workflow designer, or the installing user is no administrator any more.
            Log.TellsNothing(logger, portal.Address.Authority, exception.Code);
            _tellsNothing[portal.Id] = clock.GetUtcNow() + RefusalBelieved;
            return null;
        }
    }

    /// <summary>Goes through the workflows from the youngest to the oldest in question. Those of whom is known then whether they live are asked for no more.</summary>
    private async Task ReadPagesAsync(Portal portal, Transfer[] answers, HashSet<string> asked, HashSet<string> living)
    {
        var oldest = answers.Min(answer => answer.Request.CalledAt) - ClockDifference;
        var start = 0;
        var gaps = 0;
        HashSet<string> before = [];
        for (var left = asked.Count; left > 0; left--)
        {
            var page = await sources.CallAsync(portal, null, WorkflowInstances.List([], start, youngestFirst: true));
            var workflows = WorkflowInstances.Read(page).ToList();
            if (start > 0 && !workflows.Exists(workflow => before.Contains(workflow.Id)))
            {
                // So many have ended meanwhile that those between the two pages have moved past.
                if (++gaps == MostGaps)
                {
                    break;
                }

                start = Math.Max(0, start - BatchLimits.PageSize);
                continue;
            }

            start += PageStep;
            before = [.. workflows.Select(workflow => workflow.Id)];
            living.UnionWith(before.Where(asked.Contains));

            if (page.Next is null || workflows.Count == 0 || workflows[^1].StartedAt < oldest)
            {
                // The rest has ended.
                asked.Clear();
                return;
            }
        }

        // More pages than answers, or pages that do not join: those not found are cheaper asked for by name.
        asked.ExceptWith(living);
    }

    private static partial class Log
    {
        [LoggerMessage(2311, LogLevel.Information, "{Count} workflows of {Portal} still wait after their answers; they are answered again, time {Time}")]
        public static partial void SentAgain(ILogger logger, int count, string portal, int time);

        [LoggerMessage(2312, LogLevel.Information, "{Portal} does not tell which workflows are under way ({Code}); each answer is sent twice there")]
        public static partial void TellsNothing(ILogger logger, string portal, string code);

        [LoggerMessage(2313, LogLevel.Information, "{Portal} could not be asked whether its workflows took their answers: {Code}; again in {Pause}")]
        public static partial void NotNow(ILogger logger, string portal, string code, TimeSpan pause);
    }
}
