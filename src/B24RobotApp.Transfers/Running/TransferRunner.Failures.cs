using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running;

/// <content>What a failure means for a transfer: its end, a later attempt, or waiting for someone to connect the portal again.</content>
public sealed partial class TransferRunner
{
    private TransferOutcome Failed(Run run, string code, string message, long? dealId) => new()
    {
        Status = OutcomeStatus.Failed,

        // Bitrix24's code may be empty or a bare number, which no robot could branch on.
        ErrorCode = code.Any(char.IsLetter) ? code : $"{(run.AtEsb ? "ESB" : "SOURCE")}_ERROR{(code.Length > 0 ? "_" : "")}{code}",
        ErrorMessage = Shorten(message),
        EsbDealId = dealId,
        EsbDealUrl = dealId is { } id && run.Connection is { } connection ? DealUrl(connection, run.Kind, id) : null,
        At = clock.GetUtcNow(),
    };

    /// <summary>The text of a failure that ends the transfer; <see langword="null"/> if it is put off or parked instead.</summary>
    private string? FinalText(Run run, Bitrix24Exception exception)
    {
        if (exception.Kind == FailureKind.Refused)
        {
            return IsOfEsb(run, exception)
                ? run.Texts.EsbRefused(exception.Method, exception.Code, exception.Description)
                : run.Texts.SourceRefused(exception.Method, exception.Code, exception.Description);
        }

        if (exception.Kind == FailureKind.Disconnected && !IsOfEsb(run, exception))
        {
            return null;
        }

        // A subscription that ran out is renewed on Monday; a webhook that is gone does not come back by itself.
        if (exception.Kind == FailureKind.Disconnected && !exception.HasCode("PAYMENT_REQUIRED"))
        {
            return run.Texts.EsbDisconnected(exception.Code, exception.Description);
        }

        var ends = MayEnd(run) || HasWaitedForFiles(run);
        return ends ? run.Texts.GaveUp(exception.Code, exception.Description) : null;
    }

    /// <summary>Whose administrator has to act. The mapping asks both portals.</summary>
    private static bool IsOfEsb(Run run, Bitrix24Exception exception) =>
        run.AtEsb && exception.PortalHost != run.Portal.Address.Authority && exception.PortalHost != run.Portal.OAuthServer.Authority;

    private bool IsDefectForGood(Run run, Exception exception) =>
        exception is not (OperationCanceledException or Bitrix24Exception or StorageException)
        && (run.Transfer.Attempt >= MostAttemptsWithDefect || MayEnd(run));

    /// <summary>Whether the time for attempts is over. While a create may still be under way over there nothing is settled.</summary>
    private bool MayEnd(Run run)
    {
        var now = clock.GetUtcNow();
        return now >= EndOf(run) && !run.Intent.IsPending;
    }

    /// <summary>Whether a deal that has arrived is answered without its files: after ten attempts (ten minutes at least), or an hour.</summary>
    private bool HasWaitedForFiles(Run run) =>
        run.Standing is { } standing && (run.Transfer.Attempt >= MostAttemptsForFiles || clock.GetUtcNow() >= standing.At + TransferOutcome.FilesWaitAtMost);

    /// <summary>Which portal it was that did not answer, or said no.</summary>
    private void LearnOf(Run run, Bitrix24Exception exception)
    {
        if (!IsOfEsb(run, exception))
        {
            circuits.LearnOfSource(run.Portal, run.Transfer.Id, exception);
        }
        else if (run.Connection is { } connection)
        {
            circuits.LearnOfEsb(connection.Code, run.Transfer.Id, exception);
        }
    }

    private static DateTimeOffset EndOf(Run run) =>
        !run.Settings.SendIfLate && run.Transfer.Request.TimesOutAt is { } timesOutAt && timesOutAt < run.Transfer.Request.GiveUpAt
            ? timesOutAt
            : run.Transfer.Request.GiveUpAt;

    /// <summary>An attempt that did not come through: repeated later, or laid aside until the portal is connected again.</summary>
    private async Task PutOffAsync(Run run, Bitrix24Exception exception)
    {
        LearnOf(run, exception);
        if (exception.Kind == FailureKind.OutcomeUnknown && run.Outcome is null)
        {
            run.Intent.NoteLost();
        }

        var transfer = run.Transfer;
        var now = clock.GetUtcNow();
        var attempt = run.Attempt(run.Step, exception, now);
        if (exception.Kind == FailureKind.Disconnected && (run.Outcome is not null || !IsOfEsb(run, exception)))
        {
            // A portal that was uninstalled stays so.
            if (await portals.FindAsync(run.Portal.Id, CancellationToken.None) is { State: PortalState.Connected })
            {
                await portals.SetStateAsync(run.Portal.Id, PortalState.Disconnected, exception.Code, CancellationToken.None);
            }

            await store.ParkAsync(transfer.Id, attempt, CancellationToken.None);
            TransferMetrics.Parked();
            Log.Parked(logger, transfer.Id, run.Portal.Address.Authority, exception.Code);
            return;
        }

        if (run.Outcome is { } outcome && (exception.Kind == FailureKind.Refused || now >= outcome.At + options.Value.GiveUpAfter))
        {
            // Nobody takes the answer (any more); the deal's fate is known and kept.
            await store.FinishAsync(transfer.Id, answered: false, attempt, CancellationToken.None);
            TransferMetrics.Finished(outcome, answeredAfter: null);
            Log.NotAnswered(logger, transfer.Id, run.Portal.Address.Authority, exception.Code);
            return;
        }

        var pause = DueAt(run, exception, now) - now;
        await store.RescheduleAsync(transfer.Id, pause, attempt, CancellationToken.None);
        TransferMetrics.PutOff(run.Step, exception.Kind);
        Log.PutOff(logger, transfer.Id, run.Step, exception.PortalHost, exception.Code, pause);
    }

    private static DateTimeOffset DueAt(Run run, Bitrix24Exception exception, DateTimeOffset now)
    {
        if (exception.HasCode("OUTCOME_PENDING") && exception.RetryAt is { } settledAt)
        {
            return settledAt;
        }

        var random = Random.Shared.NextDouble();
        var dueAt = now + (run.Outcome is { } outcome
            ? RetrySchedule.ReportPauseAfter(now - outcome.At, random)
            : RetrySchedule.PauseAfter(run.Transfer.Attempt, random));
        dueAt = exception.RetryAt > dueAt ? exception.RetryAt.Value : dueAt;

        // The last attempt is not later than promised.
        var end = EndOf(run);
        return run.Outcome is null && end > now && dueAt > end ? end : dueAt;
    }
}
