using System.Globalization;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// One transfer from beginning to end: read at the source, map, write to the ESB, report to the source. Each attempt goes on where the record of the last one ends. The kinds of failure
/// are turned into the next step here and nowhere else.
/// </summary>
public sealed partial class TransferRunner(
    TransferStore store, PortalStore portals, ConnectionStore connections, ProfileStore profiles, SourceReader reader, EsbDirectory directory,
    ClientMatcher clients, EsbWriter writer, TransferReporter reporter, IOptions<TransferOptions> options, TimeProvider clock,
    ILogger<TransferRunner> logger)
{
    /// <summary>Makes one attempt.</summary>
    /// <param name="transfer">Claimed for this process.</param>
    /// <param name="stoppingToken">Ends the attempt between its steps; a request that was sent is finished and recorded.</param>
    public async Task RunAsync(Transfer transfer, CancellationToken stoppingToken)
    {
        var portal = await portals.FindAsync(transfer.Request.Portal, stoppingToken)
            ?? throw new InvalidOperationException($"Transfer {transfer.Id} belongs to a portal that is not in the store.");
        var run = new Run(transfer, portal, new TransferTexts(portal.Language), clock.GetUtcNow());
        try
        {
            var outcome = transfer.Outcome ?? await TransferAsync(run, stoppingToken);
            run.Step = "report";
            var answered = await reporter.ReportAsync(transfer with { Title = run.Title ?? transfer.Title }, portal, outcome, run.Settings, run.Responsible, run.Texts);
            await store.FinishAsync(transfer.Id, answered, run.Attempt("done", null, clock.GetUtcNow()), CancellationToken.None);
            LogEnd(run, outcome);
        }
        catch (Bitrix24Exception exception)
        {
            await PutOffAsync(run, exception);
        }
    }

    /// <summary>Everything up to the outcome, which is on disk when this returns. A failure that is final is an outcome too.</summary>
    private async Task<TransferOutcome> TransferAsync(Run run, CancellationToken stoppingToken)
    {
        IReadOnlyList<Links.Link> links = [];
        TransferOutcome outcome;
        try
        {
            (outcome, links) = await SendAsync(run, stoppingToken);
        }
        catch (TransferFailedException exception)
        {
            outcome = run.Failed(exception.Code, exception.Message, exception.EsbDealId, clock.GetUtcNow());
        }
        catch (Bitrix24Exception exception) when (FinalText(run, exception) is { } text)
        {
            outcome = run.Failed(exception.Code, text, null, clock.GetUtcNow());
        }

        // A power cut may lose this note; the intent, which it cannot lose, makes the next attempt look and find.
        await store.RecordOutcomeAsync(run.Transfer.Id, outcome, links, Durability.Relaxed, CancellationToken.None);
        return outcome;
    }

    private async Task<(TransferOutcome Outcome, IReadOnlyList<Links.Link> Links)> SendAsync(Run run, CancellationToken stoppingToken)
    {
        var transfer = run.Transfer;
        var request = transfer.Request;
        if (request.EntityTypeId != CrmEntityTypes.Deal)
        {
            throw new TransferFailedException("ENTITY_NOT_SUPPORTED", run.Texts.EntityNotSupported());
        }

        var settings = run.Settings = RobotSettings.Parse(request.Properties, run.Texts);
        if (request.TimesOutAt <= clock.GetUtcNow() && !settings.SendIfLate)
        {
            throw new TransferFailedException("TOO_LATE", run.Texts.TooLate());
        }

        var connection = run.Connection = await FindConnectionAsync(run, stoppingToken);
        var (profile, version) = await FindProfileAsync(run, connection, stoppingToken);

        run.Step = "read";
        var source = await reader.ReadAsync(transfer, run.Portal, settings, run.Texts);
        run.Title = source.Deal.Text("title");
        run.Responsible = source.Deal.Id("assignedById");
        await store.RecordReadAsync(transfer.Id, run.Title ?? "", version, CancellationToken.None);
        if (source.Deal.Text("originatorId") is { } originator && originator.StartsWith(Provenance.OriginatorPrefix, StringComparison.Ordinal))
        {
            throw new TransferFailedException("CAME_FROM_US", run.Texts.CameFromUs(originator));
        }

        stoppingToken.ThrowIfCancellationRequested();
        run.Step = "map";
        run.AtEsb = true;
        var mapped = await MapAsync(run, settings, connection, profile, source);

        stoppingToken.ThrowIfCancellationRequested();
        run.Step = "client";
        var intent = new WriteIntent(transfer, store, options.Value.OutcomeSettlesAfter, clock);
        var client = settings.SendClient ? await clients.MatchAsync(run.Portal, connection, source, intent, stoppingToken) : null;

        stoppingToken.ThrowIfCancellationRequested();
        run.Step = "write";
        var written = await writer.WriteAsync(
            new EsbWrite
            {
                Transfer = transfer,
                Portal = run.Portal,
                Connection = connection,
                Mode = settings.Mode,
                Deal = mapped,
                Client = client,
                Intent = intent,
                Texts = run.Texts,
            },
            stoppingToken);
        var outcome = new TransferOutcome
        {
            Status = written.Status,
            EsbDealId = written.DealId,
            EsbDealUrl = DealUrl(connection, written.DealId),
            ProductsSent = written.Status == OutcomeStatus.Skipped ? 0 : mapped.Rows.Count,
            At = clock.GetUtcNow(),
        };
        return (outcome, written.Links);
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

    private async Task<(MappingProfile Profile, string Version)> FindProfileAsync(Run run, EsbConnection connection, CancellationToken cancellationToken)
    {
        var code = run.Settings is { Profile.Length: > 0 } settings ? settings.Profile : connection.Profile;
        var stored = await profiles.FindAsync(code, cancellationToken)
            ?? throw new TransferFailedException("PROFILE_UNKNOWN", run.Texts.ProfileUnknown(code));
        return MappingProfile.TryParse(stored.Json, out var profile, out var problem)
            ? (profile, $"{stored.Code}@{stored.Version}")
            : throw new TransferFailedException("PROFILE_BROKEN", run.Texts.ProfileBroken(code, problem));
    }

    private async Task<MappedDeal> MapAsync(Run run, RobotSettings settings, EsbConnection connection, MappingProfile profile, SourceDeal source)
    {
        var facts = await directory.FactsAsync(connection);
        var responsible = settings.Responsible.Length > 0 ? settings.Responsible : profile.Responsible;
        long? responsibleId = null;
        if (responsible.Length > 0)
        {
            responsibleId = await directory.FindUserAsync(connection, responsible)
                ?? throw new TransferFailedException("USER_UNKNOWN", run.Texts.UserUnknown(responsible));
        }

        var (mapped, problems) = DealMapper.Map(new MappingInput
        {
            Profile = profile,
            Settings = settings,
            Source = source,
            Esb = facts,
            ResponsibleId = responsibleId,
            SourcePortal = run.Portal.Address,
            SourceDealId = run.Transfer.Request.ItemId,
            Now = clock.GetUtcNow(),
            Texts = run.Texts,
        });
        if (mapped is null)
        {
            // The ESB may have been changed since its fields and stages were loaded.
            directory.Forget(connection.Code);
            throw new TransferFailedException(problems[0].Code, string.Join(' ', problems.Select(problem => problem.Message)));
        }

        return mapped;
    }

    /// <summary>The text of a failure that ends the transfer; <see langword="null"/> if it is put off or parked instead.</summary>
    private string? FinalText(Run run, Bitrix24Exception exception)
    {
        if (exception.Kind == FailureKind.Refused)
        {
            return run.AtEsb
                ? run.Texts.EsbRefused(exception.Method, exception.Code, exception.Description)
                : run.Texts.SourceRefused(exception.Method, exception.Code, exception.Description);
        }

        if (exception.Kind == FailureKind.Disconnected && run.AtEsb)
        {
            return run.Texts.EsbDisconnected(exception.Code, exception.Description);
        }

        return exception.Kind != FailureKind.Disconnected && IsTooLate(run, exception)
            ? run.Texts.GaveUp(exception.Code, exception.Description)
            : null;
    }

    private bool IsTooLate(Run run, Bitrix24Exception exception)
    {
        var end = run.Settings is { SendIfLate: false } && run.Transfer.Request.TimesOutAt is { } timesOutAt && timesOutAt < run.Transfer.Request.GiveUpAt
            ? timesOutAt
            : run.Transfer.Request.GiveUpAt;
        return clock.GetUtcNow() >= end && exception.Code != "OUTCOME_PENDING";
    }

    /// <summary>An attempt that did not come through: repeated later, or laid aside until the portal is connected again.</summary>
    private async Task PutOffAsync(Run run, Bitrix24Exception exception)
    {
        var transfer = run.Transfer;
        var now = clock.GetUtcNow();
        var attempt = run.Attempt(run.Step, exception, now);
        if (exception.Kind == FailureKind.Disconnected)
        {
            await portals.SetStateAsync(run.Portal.Id, PortalState.Disconnected, exception.Code, CancellationToken.None);
            await store.ParkAsync(transfer.Id, attempt, CancellationToken.None);
            Log.Parked(logger, transfer.Id, run.Portal.Address.Authority, exception.Code);
            return;
        }

        if (run.Step == "report" && now >= transfer.Request.GiveUpAt)
        {
            // Nobody takes the answer any more; the deal's fate is known and kept.
            await store.FinishAsync(transfer.Id, answered: false, attempt, CancellationToken.None);
            Log.NotAnswered(logger, transfer.Id, run.Portal.Address.Authority, exception.Code);
            return;
        }

        var dueAt = now + RetrySchedule.PauseAfter(transfer.Attempt, Random.Shared.NextDouble());
        if (exception.HasCode("423"))
        {
            // The workflow is still in the request that called us; it is free a few seconds later.
            dueAt = now + TimeSpan.FromSeconds(2);
        }
        else if (exception.RetryAt is { } retryAt)
        {
            dueAt = exception.Code == "OUTCOME_PENDING" || retryAt > dueAt ? retryAt : dueAt;
        }

        await store.RescheduleAsync(transfer.Id, dueAt, attempt, CancellationToken.None);
        Log.PutOff(logger, transfer.Id, run.Step, exception.PortalHost, exception.Code, dueAt - now);
    }

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

    private static string DealUrl(EsbConnection connection, long dealId) =>
        new Uri(connection.Portal, $"crm/deal/details/{dealId.ToString(CultureInfo.InvariantCulture)}/").AbsoluteUri;

    /// <summary>What one attempt knows so far.</summary>
    private sealed class Run(Transfer transfer, Portal portal, TransferTexts texts, DateTimeOffset startedAt)
    {
        public Transfer Transfer { get; } = transfer;

        public Portal Portal { get; } = portal;

        public TransferTexts Texts { get; } = texts;

        public string Step { get; set; } = "start";

        /// <summary>Whether calls go to the ESB now: it decides whose administrator has to act on a refusal.</summary>
        public bool AtEsb { get; set; }

        public RobotSettings? Settings { get; set; }

        public EsbConnection? Connection { get; set; }

        public string? Title { get; set; }

        public long? Responsible { get; set; }

        public TransferAttempt Attempt(string step, Bitrix24Exception? failure, DateTimeOffset now) => new()
        {
            Number = Transfer.Attempt,
            StartedAt = startedAt,
            EndedAt = now,
            Step = step,
            Failure = failure?.Kind.ToString(),
            ErrorCode = failure?.Code,
            ErrorMessage = failure?.Description,
        };

        public TransferOutcome Failed(string code, string message, long? dealId, DateTimeOffset now) => new()
        {
            Status = OutcomeStatus.Failed,
            ErrorCode = code,
            ErrorMessage = message,
            EsbDealId = dealId,
            EsbDealUrl = dealId is { } id && Connection is { } connection ? DealUrl(connection, id) : null,
            At = now,
        };
    }

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
    }
}
