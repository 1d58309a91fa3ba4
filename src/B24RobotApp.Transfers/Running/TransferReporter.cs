using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>Tells the source portal what became of a deal: the robot's return values, the timeline entry and the notifications, in one request.</summary>
public sealed partial class TransferReporter(SourcePortals portals, TransferStore store, ILogger<TransferReporter> logger)
{
    /// <summary>Reports what the portal has not taken yet.</summary>
    /// <param name="transfer">The transfer; what it has reported in earlier attempts is not repeated.</param>
    /// <param name="portal">Its source portal.</param>
    /// <param name="outcome">What it came to.</param>
    /// <param name="settings">The robot's settings; <see langword="null"/> if they could not even be read.</param>
    /// <param name="responsible">The deal's responsible user, if known.</param>
    /// <param name="texts">The portal's language.</param>
    /// <returns>Whether the robot took the answer; <see langword="false"/> if it does not wait (any more).</returns>
    /// <exception cref="Bitrix24Exception">The answer did not arrive and shall be sent again.</exception>
    public async Task<bool> ReportAsync(
        Transfer transfer, Portal portal, TransferOutcome outcome, RobotSettings? settings, long? responsible, TransferTexts texts)
    {
        var text = Describe(outcome, transfer, texts);
        var calls = new List<(ReportParts Part, Call Call)>();
        if (transfer.Request.Waits && !transfer.Reported.HasFlag(ReportParts.Answer))
        {
            calls.Add((ReportParts.Answer, RobotEvents.Send(transfer.Request.EventToken, ReturnValues(transfer, outcome), text)));
        }

        if (settings?.Timeline != false && !transfer.Reported.HasFlag(ReportParts.Timeline)
            && !await IsInTimelineAsync(transfer, portal, text))
        {
            calls.Add((ReportParts.Timeline, Timeline.AddComment(CrmEntityTypes.Deal, transfer.Request.ItemId, text)));
        }

        if (!transfer.Reported.HasFlag(ReportParts.Notification))
        {
            var message = texts.NotificationOf(transfer.Title ?? transfer.Request.ItemId.ToString(CultureInfo.InvariantCulture), text);
            foreach (var user in WhoHears(outcome, settings, responsible))
            {
                // The tag makes a repetition replace the first notification.
                calls.Add((ReportParts.Notification, Notifications.System(user, message, $"b24robot|{transfer.Id}|{user}")));
            }
        }

        if (calls.Count == 0)
        {
            return transfer.Reported.HasFlag(ReportParts.Answer);
        }

        var outcomes = await portals.CallAsync(
            portal,
            transfer.Request.UserId,
            client => client.CallGroupAsync(new CallGroup([.. calls.Take(BatchLimits.MaxCommands).Select(call => call.Call)]), CancellationToken.None),
            _ => false);
        return await EndAsync(transfer, calls, outcomes);
    }

    private async Task<bool> EndAsync(Transfer transfer, List<(ReportParts Part, Call Call)> calls, IReadOnlyList<CallOutcome> outcomes)
    {
        var reported = transfer.Reported;
        var answered = reported.HasFlag(ReportParts.Answer);
        Bitrix24Exception? again = null;
        for (var i = 0; i < outcomes.Count; i++)
        {
            var failure = outcomes[i].Failure;
            if (failure is { Kind: FailureKind.NotExecuted or FailureKind.OutcomeUnknown })
            {
                again ??= failure;
                continue;
            }

            // A refusal is final: the workflow is gone, the deal was deleted, or the scope is missing. The transfer itself is not the worse for it.
            reported |= calls[i].Part;
            answered |= calls[i].Part == ReportParts.Answer && failure is null;
            if (failure is not null)
            {
                Log.NotTaken(logger, calls[i].Part, failure.PortalHost, failure.Code);
            }
        }

        if (again is null)
        {
            return answered;
        }

        await store.RecordReportedAsync(transfer.Id, reported, CancellationToken.None);
        throw again;
    }

    /// <summary>Whether an earlier attempt, whose outcome nobody knows, already wrote the timeline entry: that would be a second one.</summary>
    private async Task<bool> IsInTimelineAsync(Transfer transfer, Portal portal, string text)
    {
        if (transfer.Outcome is null)
        {
            // The first report of this transfer.
            return false;
        }

        var result = await portals.CallAsync(
            portal,
            transfer.Request.UserId,
            client => client.CallAsync(Timeline.ListComments(CrmEntityTypes.Deal, transfer.Request.ItemId), CancellationToken.None),
            _ => false);
        return result.Result.AsList().Any(comment => comment.Text("COMMENT")?.Contains(transfer.Id.Value, StringComparison.Ordinal) == true);
    }

    private static JsonObject ReturnValues(Transfer transfer, TransferOutcome outcome) => new()
    {
        ["esb_deal_id"] = outcome.EsbDealId ?? 0,
        ["esb_deal_url"] = outcome.EsbDealUrl ?? "",
        ["status"] = outcome.Status switch
        {
            OutcomeStatus.Created => "created",
            OutcomeStatus.Updated => "updated",
            OutcomeStatus.Skipped => "skipped",
            _ => "failed",
        },
        ["success"] = outcome.Status == OutcomeStatus.Failed ? "N" : "Y",
        ["error_code"] = outcome.ErrorCode,
        ["error_message"] = outcome.ErrorMessage,
        ["transfer_id"] = transfer.Id.Value,

        // Unix seconds as a text are the only spelling of a time that no user's time zone shifts.
        ["transferred_at"] = outcome.At.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        ["products_sent"] = outcome.ProductsSent,
        ["files_sent"] = outcome.FilesSent,
    };

    private static string Describe(TransferOutcome outcome, Transfer transfer, TransferTexts texts) => outcome.Status switch
    {
        OutcomeStatus.Created => texts.Created(outcome.EsbDealUrl ?? "", transfer.Id.Value),
        OutcomeStatus.Updated => texts.Updated(outcome.EsbDealUrl ?? "", transfer.Id.Value),
        OutcomeStatus.Skipped => texts.Skipped(outcome.EsbDealUrl ?? "", transfer.Id.Value),
        _ => texts.Failed(outcome.ErrorMessage, transfer.Id.Value),
    };

    private static IEnumerable<long> WhoHears(TransferOutcome outcome, RobotSettings? settings, long? responsible)
    {
        if (settings is { Notify.Count: > 0 })
        {
            return settings.Notify;
        }

        return outcome.Status == OutcomeStatus.Failed && responsible is { } user ? [user] : [];
    }

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Information, "{Portal} did not take the {Part}: {Code}")]
        public static partial void NotTaken(ILogger logger, ReportParts part, string portal, string code);
    }
}
