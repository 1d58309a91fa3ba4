using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running.Clients;
using B24RobotApp.Transfers.Running.Products;
using B24RobotApp.Transfers.Running.Writing;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// One transfer from beginning to end: read at the source, map, write to the ESB, report to the source. Each attempt goes on where the record of the last one ends. The kinds of failure
/// are turned into the next step here and nowhere else.
/// </summary>
public sealed partial class TransferRunner(
    TransferStore store, PortalStore portals, ConnectionStore connections, ProfileStore profiles, SourceReader reader, DealMapping mapping,
    ClientMatcher clients, RowPreparation rowPreparation, EsbWriter writer, FileCarrier carrier, TransferReporter reporter, PassOnChain chain, Circuits circuits, Settling settling, EsbFollowing following, RestoreLog restores, IOptions<TransferOptions> options, TimeProvider clock,
    ILogger<TransferRunner> logger)
{
    /// <summary>Attempts after which a defect of the app itself is believed to stay.</summary>
    private const int MostAttemptsWithDefect = 8;

    /// <summary>Attempts after which a deal that has arrived is answered without its files, after ten minutes at least and less than an hour: a workflow does not wait for days for one of them.</summary>
    private const int MostAttemptsForFiles = 10;

    /// <summary>Longer messages are cut: they go into a robot's return value, a comment and notifications.</summary>
    private const int LongestMessage = 2000;

    /// <summary>Makes one attempt.</summary>
    /// <param name="transfer">Claimed for this process.</param>
    /// <param name="stoppingToken">Ends the attempt between its steps; a request that was sent is finished and recorded.</param>
    public async Task RunAsync(Transfer transfer, CancellationToken stoppingToken)
    {
        var portal = await portals.FindAsync(transfer.Request.Portal, stoppingToken)
            ?? throw new InvalidOperationException($"Transfer {transfer.Id} belongs to a portal that is not in the store.");
        using var span = TransferSpans.StartAttempt(transfer, portal);
        var texts = new TransferTexts(portal.Language);
        using var run = new Run
        {
            Transfer = transfer,
            Portal = portal,
            Texts = texts,
            Settings = RobotSettings.Parse(transfer.Request.Properties, texts),
            Intent = new WriteIntent(transfer, store, settling, await restores.PendingUntilAsync(stoppingToken)),
            StartedAt = clock.GetUtcNow(),
        };
        try
        {
            var outcome = run.Outcome = transfer.Outcome is { FilesPending: false } known ? known : await TransferAsync(run, stoppingToken);
            span?.SetTag("b24robot.outcome", outcome.Status.ToString());
            run.Step = "report";
            await FindResponsibleAsync(run, outcome);
            await WaitForRobotAsync(transfer, stoppingToken);
            var answered = await reporter.ReportAsync(run.Transfer, portal, outcome, run.Settings, texts);
            circuits.LearnOfSource(portal, transfer.Id, null);
            await FinishAsync(run, answered);
            LogEnd(run, outcome);
            TransferMetrics.Finished(outcome, answered ? clock.GetUtcNow() - transfer.Request.ReceivedAt : null);
        }
        catch (Bitrix24Exception exception)
        {
            span.Fail(exception);
            await PutOffAsync(run, exception);
        }
    }

    /// <summary>Lets the portal come to the end of the request in which its robot called.</summary>
    private async Task WaitForRobotAsync(Transfer transfer, CancellationToken stoppingToken)
    {
        var early = transfer.Request.CalledAt + options.Value.AnswerNotBefore - clock.GetUtcNow();
        if (transfer.Request.Waits && early > TimeSpan.Zero)
        {
            // Not longer than that, whatever the portal's clock says.
            await Task.Delay(early < options.Value.AnswerNotBefore ? early : options.Value.AnswerNotBefore, clock, stoppingToken);
        }
    }

    private Task FinishAsync(Run run, bool answered)
    {
        var now = clock.GetUtcNow();
        var attempt = run.Attempt("done", null, now);
        return answered && run.Transfer.Request.Waits && options.Value.ConfirmAnswersAfter > TimeSpan.Zero
            ? store.FinishAnsweredAsync(run.Transfer.Id, now + options.Value.ConfirmAnswersAfter, attempt, CancellationToken.None)
            : store.FinishAsync(run.Transfer.Id, answered, attempt, CancellationToken.None);
    }

    /// <summary>Everything up to the outcome, which is on disk when this returns. A failure that is final is an outcome too.</summary>
    private async Task<TransferOutcome> TransferAsync(Run run, CancellationToken stoppingToken)
    {
        IReadOnlyList<Link> links = [];
        TransferOutcome outcome;
        try
        {
            (outcome, links) = await SendAsync(run, stoppingToken);
        }
        catch (TransferFailedException exception)
        {
            DoubtAfter(run);
            outcome = Failed(run, exception.Code, exception.Message, exception.EsbDealId);
        }
        catch (Bitrix24Exception exception) when (FinalText(run, exception) is { } text)
        {
            LearnOf(run, exception);
            DoubtAfter(run);
            outcome = Failed(run, exception.Code, text, null);
        }
        catch (Exception exception) when (IsDefectForGood(run, exception))
        {
            // A waiting workflow is answered even then.
            Log.Broken(logger, exception, run.Transfer.Id);
            outcome = Failed(run, "DEFECT", run.Texts.Defect(), null);
        }

        if (outcome.Status == OutcomeStatus.Failed && run.Standing is { } standing)
        {
            // What is wrong with its files does not make a deal fail that has arrived.
            outcome = WithoutFiles(
                run,
                standing with { FilesPending = false, FilesSent = await carrier.CountAsync(run.Portal, run.Transfer, run.Kind, standing.EsbDealId!.Value), At = outcome.At },
                [run.Texts.FilesGivenUp(outcome.ErrorCode, outcome.ErrorMessage)]);
        }

        if (outcome is { Status: OutcomeStatus.Failed, EsbDealId: null } && run.Intent.ForDeal && run.Settings.Mode != TransferMode.Create)
        {
            // The deal may be there all the same. The next transfer of this deal must not take the missing link for "not there".
            links = [Link.Unknown(EsbWrite.KeyOf(run.Portal, run.Transfer, run.Kind))];
        }

        // A power cut may lose this note; the intent, which it cannot lose, makes the next attempt look and find.
        await store.RecordOutcomeAsync(run.Transfer.Id, outcome, links, run.Trail, Durability.Relaxed, CancellationToken.None);
        if (outcome.Status != OutcomeStatus.Failed)
        {
            run.Intent.Forget();
        }

        return outcome;
    }

    /// <summary>A refused write may mean that the ESB was changed since its schema was loaded: whoever sends again finds it fresh.</summary>
    private void DoubtAfter(Run run)
    {
        if (run is { Step: "write", Connection: { } connection })
        {
            mapping.Doubt(connection, run.Kind);
        }
    }

    private async Task<(TransferOutcome Outcome, IReadOnlyList<Link> Links)> SendAsync(Run run, CancellationToken stoppingToken)
    {
        var transfer = run.Transfer;
        var settings = run.Settings;
        var sourceKind = CrmKind.Find(transfer.Request.EntityTypeId) ?? throw new TransferFailedException("ENTITY_NOT_SUPPORTED", run.Texts.KindNotSent());

        if (settings.Problems.Count > 0)
        {
            throw new TransferFailedException("ROBOT_PROPERTY", string.Join(' ', settings.Problems));
        }

        var late = FindLateness(run);
        if (late is not null && !run.Intent.EarlierForDeal && run.Standing is null)
        {
            throw late;
        }

        if (FindOutage(run) is { } outage)
        {
            throw outage;
        }

        var connection = run.Connection = await FindConnectionAsync(run, stoppingToken);
        var (profile, version) = await FindProfileAsync(run, connection, sourceKind, stoppingToken);
        run.Kind = CrmKind.Find(profile.To) ?? CrmKind.Deal;

        run.Step = "read";
        var source = await reader.ReadAsync(transfer, run.Portal, settings, run.Texts, profile);
        circuits.LearnOfSource(run.Portal, transfer.Id, null);
        transfer = run.Transfer = transfer with { Title = source.Deal.Text("title"), ResponsibleId = source.Deal.Id("assignedById") };
        await store.RecordReadAsync(transfer.Id, transfer.Title ?? "", transfer.ResponsibleId, version, StageSighting.Of(transfer.Request, source.Deal), CancellationToken.None);
        var deal = new DealToMap
        {
            Portal = run.Portal,
            Connection = connection,
            Profile = profile,
            Settings = settings,
            SourceKind = sourceKind,
            Kind = run.Kind,
            ItemId = transfer.Request.ItemId,
            Source = source,
            RobotUser = transfer.Request.UserId,
            Texts = run.Texts,
        };
        if (run.Standing is { } standing)
        {
            // An attempt before this one has written the deal.
            return (await WithFilesAsync(run, standing, deal, stoppingToken), []);
        }

        if (profile.WriteBack.Count > 0 && transfer.Request is { RobotCode: TransferInbox.SendToEsb } && settings.Mode != TransferMode.Create
            && await following.FindCauseAsync(transfer.Request, source.Deal, stoppingToken) is { } cause)
        {
            // The app's own write has set the robot going: what it would send is what the ESB has said.
            return (StandingOf(run, connection, cause), []);
        }

        if (await chain.FindObstacleAsync(run.Portal, connection, profile, sourceKind, source, run.Texts, stoppingToken) is { } obstacle)
        {
            throw new TransferFailedException("CAME_FROM_US", obstacle);
        }

        stoppingToken.ThrowIfCancellationRequested();
        run.Step = "map";
        run.AtEsb = true;
        var (mapped, rowSum, esb) = await MapAsync(deal, stoppingToken);
        var origins = new FieldOrigins(profile, esb, source, run.Portal.Language);
        var originField = OriginFieldOf(run, esb);

        stoppingToken.ThrowIfCancellationRequested();
        run.Step = "client";
        var client = settings.SendClient
            ? await clients.MatchAsync(
                new ClientMatch
                {
                    Portal = run.Portal,
                    Connection = connection,
                    Source = source,
                    Rules = profile.Client,
                    UserId = transfer.Request.UserId,
                    Texts = run.Texts,
                },
                run.Intent,
                stoppingToken)
            : null;

        if (mapped.AwaitsClient)
        {
            (mapped, rowSum, _) = await MapAsync(deal with { ClientStands = true }, stoppingToken);
        }

        stoppingToken.ThrowIfCancellationRequested();
        run.Step = "write";
        run.Trail = TrailOf(origins, mapped.ForCreate, mapped.Rows);
        var written = await writer.WriteAsync(
            new EsbWrite
            {
                Transfer = transfer,
                Portal = run.Portal,
                Connection = connection,
                Mode = settings.Mode,
                Source = sourceKind,
                Kind = run.Kind,
                OriginField = originField,
                Deal = mapped,
                Client = client,
                RowSum = rowSum,
                Intent = run.Intent,
                InsteadOfCreating = late,
                Texts = run.Texts,
            },
            stoppingToken);
        run.Trail = TrailOf(origins, written.Fields, written.RowsSent ? mapped.Rows : null);
        if (written.Status != OutcomeStatus.Skipped)
        {
            circuits.LearnOfEsb(connection.Code, transfer.Id, null);
        }

        MappingProblem[] warnings = [.. written.Warnings, .. client?.Warnings ?? []];
        var outcome = new TransferOutcome
        {
            Status = written.Status,
            EsbDealId = written.DealId,
            EsbDealUrl = DealUrl(connection, run.Kind, written.DealId),
            ErrorCode = warnings.FirstOrDefault()?.Code ?? "",
            ErrorMessage = Together(warnings),
            ProductsSent = written.Status == OutcomeStatus.Skipped ? 0 : mapped.Rows?.Count ?? 0,
            At = clock.GetUtcNow(),
        };
        await following.FollowAsync(
            transfer, connection, profile, version[..version.LastIndexOf('@')], new EsbItem(run.Kind.EntityTypeId, written.DealId), written.Status == OutcomeStatus.Skipped ? null : SentOf(run.Trail));
        if (!settings.SendFiles || written.Status == OutcomeStatus.Skipped)
        {
            return (outcome, written.Links);
        }

        outcome = outcome with { FilesPending = true };
        await store.RecordOutcomeAsync(transfer.Id, outcome, written.Links, run.Trail, Durability.Relaxed, CancellationToken.None);
        run.Transfer = run.Transfer with { Outcome = outcome };
        return (await WithFilesAsync(run, outcome, deal, stoppingToken), written.Links);
    }

    /// <summary>What was sent, by the names that profiles use.</summary>
    private static JsonObject SentOf(TransferTrail? trail)
    {
        var sent = new JsonObject();
        foreach (var field in trail?.Fields ?? [])
        {
            sent[field.Field] = field.Sent?.DeepClone();
        }

        return sent;
    }

    /// <summary>The outcome of a transfer that has nothing to send, since the ESB's own changes have caused it.</summary>
    private TransferOutcome StandingOf(Run run, EsbConnection connection, FollowedItem item)
    {
        var url = DealUrl(connection, run.Kind, item.Esb.Id);
        return new TransferOutcome
        {
            Status = OutcomeStatus.Skipped,
            EsbDealId = item.Esb.Id,
            EsbDealUrl = url,
            ErrorCode = TransferOutcome.CameFromEsb,
            ErrorMessage = run.Texts.CameFromEsb(url),
            At = clock.GetUtcNow(),
        };
    }

    /// <summary>The deal is there; sends its files.</summary>
    private async Task<TransferOutcome> WithFilesAsync(Run run, TransferOutcome standing, DealToMap deal, CancellationToken stoppingToken)
    {
        run.Step = "files";
        try
        {
            var files = await carrier.CarryAsync(new FilesToCarry { Transfer = run.Transfer, Deal = deal, Written = standing }, stoppingToken);
            var outcome = standing with { FilesPending = false, FilesSent = files.Sent, At = clock.GetUtcNow() };
            return files.Skipped.Count == 0 ? outcome : WithoutFiles(run, outcome, files.Skipped);
        }
        catch (Bitrix24Exception exception)
        {
            run.AtEsb = exception.PortalHost == deal.Connection.Portal.Authority;
            throw;
        }
    }

    private static TransferOutcome WithoutFiles(Run run, TransferOutcome outcome, IReadOnlyList<string> skipped) =>
        outcome with
        {
            ErrorCode = outcome.ErrorCode.Length > 0 ? outcome.ErrorCode : "FILES_SKIPPED",
            ErrorMessage = Shorten($"{outcome.ErrorMessage} {run.Texts.FilesSkipped(string.Join(' ', skipped))}".TrimStart()),
        };

    /// <summary>What keeps a deal from being created now: its time is over. One that may have been created before is looked for all the same.</summary>
    private TransferFailedException? FindLateness(Run run)
    {
        var now = clock.GetUtcNow();
        return run.Transfer.Request.TimesOutAt <= now && !run.Settings.SendIfLate ? new TransferFailedException("TOO_LATE", run.Texts.TooLate())

            // A transfer that was laid aside longer than this, and never sent, gets its one attempt.
            : run.Transfer.Request.GiveUpAt <= now && run.Intent.EarlierForDeal ? new TransferFailedException("GIVEN_UP", run.Texts.GaveUpUnknown())
            : null;
    }

    /// <summary>Its time is over and a portal it needs is known not to answer: it is ended without asking again.</summary>
    private TransferFailedException? FindOutage(Run run)
    {
        var ends = MayEnd(run) || HasWaitedForFiles(run);
        return ends && circuits.FindOutage(run.Transfer.Lane) is { } outage ? new TransferFailedException(outage.Code, run.Texts.GaveUp(outage.Code, outage.Description)) : null;
    }

    /// <summary>Who is responsible for the deal hears of a failure, also of one that came before the deal was read.</summary>
    private async Task FindResponsibleAsync(Run run, TransferOutcome outcome)
    {
        var transfer = run.Transfer;
        if (outcome.Status == OutcomeStatus.Failed && transfer.ResponsibleId is null && transfer.Request.Sending is null && run.Settings.Notify.Count == 0
            && CrmKind.Find(transfer.Request.EntityTypeId) is not null && !transfer.Reported.HasFlag(ReportParts.Notification)
            && await reader.FindAsync(transfer, run.Portal) is { } deal)
        {
            run.Transfer = transfer with { Title = deal.Text("title"), ResponsibleId = deal.Id("assignedById") };
        }
    }

    private async Task<EsbConnection> FindConnectionAsync(Run run, CancellationToken cancellationToken)
    {
        var code = run.Transfer.Request.Connection;
        if (code.Length == 0)
        {
            throw new TransferFailedException("NO_CONNECTION", run.Texts.NoConnection());
        }

        var usable = await connections.UsableByAsync(run.Portal, cancellationToken);
        return usable.FirstOrDefault(connection => connection.Code == code)
            ?? throw new TransferFailedException("CONNECTION_UNKNOWN", run.Texts.ConnectionUnknown(code));
    }

    private async Task<(MappingProfile Profile, string Version)> FindProfileAsync(
        Run run, EsbConnection connection, CrmKind kind, CancellationToken cancellationToken)
    {
        var code = run.Settings.Profile.Length > 0 ? run.Settings.Profile : connection.Profile;

        // Another portal's profile is none of this one's.
        var stored = await profiles.FindVisibleAsync(code, run.Portal.Id, cancellationToken)
            ?? throw new TransferFailedException("PROFILE_UNKNOWN", run.Texts.ProfileUnknown(code));
        if (!MappingProfile.TryParse(stored.Json, out var profile, out var problem))
        {
            throw new TransferFailedException("PROFILE_BROKEN", run.Texts.ProfileBroken(code, problem));
        }

        if (profile.IsFor(kind))
        {
            return (profile, $"{stored.Code}@{stored.Version}");
        }

        // A robot that was dropped on leads and not touched works as well: where nobody chose a profile, one that is made for the kind is taken.
        return run.Settings.Profile.Length == 0 && await FindProfileForAsync(run, kind, cancellationToken) is { } other
            ? other
            : throw new TransferFailedException("PROFILE_OF_OTHER_KIND", run.Texts.ProfileOfOtherKind(code, profile.From, kind.Name));
    }

    private async Task<(MappingProfile Profile, string Version)?> FindProfileForAsync(Run run, CrmKind kind, CancellationToken cancellationToken)
    {
        foreach (var stored in await profiles.ListAsync(cancellationToken))
        {
            if ((stored.Owner is null || stored.Owner == run.Portal.Id) && MappingProfile.TryParse(stored.Json, out var profile, out _) && profile.IsFor(kind))
            {
                return (profile, $"{stored.Code}@{stored.Version}");
            }
        }

        return null;
    }

    /// <summary>The field by which the item is found again, as the ESB names it. Without it each transfer would make another one.</summary>
    private static string OriginFieldOf(Run run, PortalSchema esb) =>
        !run.Kind.NeedsOriginField ? run.Kind.OriginField
        : esb.Fields.TryGetValue(run.Kind.OriginField, out var field) ? field.PortalName
        : throw new TransferFailedException("ORIGIN_FIELD_MISSING", run.Texts.OriginFieldMissing(run.Kind.OriginField, run.Kind.Name));

    private static TransferFailedException Failure(IReadOnlyList<MappingProblem> problems) =>
        new(problems[0].Code, Together(problems));

    /// <summary>What is wrong in several fields for one cause is said once.</summary>
    private static string Together(IEnumerable<MappingProblem> problems) => string.Join(' ', problems.Select(problem => problem.Message).Distinct());

    /// <summary>Maps the deal and finds the ESB's products for its rows.</summary>
    private async Task<(MappedDeal Deal, decimal? Sum, PortalSchema Esb)> MapAsync(DealToMap deal, CancellationToken cancellationToken)
    {
        var (mapped, problems, input) = await mapping.MapAsync(deal, cancellationToken);
        var prepared = await rowPreparation.PrepareAsync(new RowsToPrepare
        {
            Portal = deal.Portal,
            Connection = deal.Connection,
            Mapped = mapped ?? throw Failure(problems),
            Input = input,
            UserId = deal.RobotUser,
        });
        return (prepared.Deal ?? throw Failure(prepared.Problems), prepared.Sum, input.Esb);
    }

    private static TransferTrail TrailOf(FieldOrigins origins, JsonObject fields, IReadOnlyList<JsonObject>? rows) => new(
        [
            .. fields.Select(field =>
            {
                var origin = origins.Of(field.Key);
                return new TrailField(
                    origin.Field, origin.Label, origin.Rule, TransferTrail.Keep(origin.Source is { } read ? JsonNode.Parse(read.GetRawText()) : null), TransferTrail.Keep(field.Value));
            }),
        ],
        rows);

    private static string Shorten(string message) => message.Length <= LongestMessage ? message : message[..LongestMessage] + "…";

    private void LogEnd(Run run, TransferOutcome outcome)
    {
        if (outcome.Status == OutcomeStatus.Failed)
        {
            Log.Failed(logger, run.Transfer.Id, run.Transfer.Request.ItemId, run.Portal.Address.Authority, outcome.ErrorCode, outcome.ErrorMessage);
        }
        else
        {
            Log.Arrived(
                logger, run.Transfer.Id, run.Transfer.Request.ItemId, run.Portal.Address.Authority,
                outcome.Status, outcome.EsbDealId ?? 0, run.Transfer.Request.Connection, (long)(clock.GetUtcNow() - run.Transfer.Request.ReceivedAt).TotalMilliseconds);
        }
    }

    private static string DealUrl(EsbConnection connection, CrmKind kind, long dealId) => new Uri(connection.Portal, kind.DetailsPath(dealId)).AbsoluteUri;

    private static partial class Log
    {
        [LoggerMessage(2401, LogLevel.Information, "Transfer {TransferId}: deal {DealId} of {Portal} {Status} as {EsbDealId} on {Connection} after {DurationMs} ms")]
        public static partial void Arrived(
            ILogger logger, TransferId transferId, long dealId, string portal, OutcomeStatus status, long esbDealId, string connection, long durationMs);

        [LoggerMessage(2402, LogLevel.Information, "Transfer {TransferId}: deal {DealId} of {Portal} failed for good with {Code}: {Message}")]
        public static partial void Failed(ILogger logger, TransferId transferId, long dealId, string portal, string code, string message);

        [LoggerMessage(2403, LogLevel.Information, "Transfer {TransferId} put off in step {Step}: {Host} {Code}; next attempt in {Pause}")]
        public static partial void PutOff(ILogger logger, TransferId transferId, string step, string host, string code, TimeSpan pause);

        [LoggerMessage(2404, LogLevel.Warning, "Transfer {TransferId} is laid aside: {Portal} is not connected any more ({Code}). An administrator there has to open the app")]
        public static partial void Parked(ILogger logger, TransferId transferId, string portal, string code);

        [LoggerMessage(2405, LogLevel.Warning, "Transfer {TransferId} is over, but {Portal} could not be told: {Code}")]
        public static partial void NotAnswered(ILogger logger, TransferId transferId, string portal, string code);

        [LoggerMessage(2406, LogLevel.Error, "Transfer {TransferId} broke again and is given up; the robot is told so")]
        public static partial void Broken(ILogger logger, Exception exception, TransferId transferId);
    }
}
