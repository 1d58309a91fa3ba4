using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>Tells the source portal what became of a deal: the robot's return values, the timeline entry and the notifications, in one request.</summary>
public sealed partial class TransferReporter(SourcePortals portals, TransferStore store, ILogger<TransferReporter> logger)
{
    /// <summary>A title longer than this is cut in a notification.</summary>
    private const int LongestTitle = 200;

    /// <summary>Clocks differ; a timeline entry this much older than the outcome is one of an earlier outcome of the same transfer.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(2);

    /// <summary>Reports what the portal has not taken yet.</summary>
    /// <param name="transfer">The transfer; what it has reported in earlier attempts is not repeated.</param>
    /// <param name="portal">Its source portal.</param>
    /// <param name="outcome">What it came to.</param>
    /// <param name="settings">The robot's settings.</param>
    /// <param name="texts">The portal's language.</param>
    /// <returns>Whether the robot took the answer; <see langword="false"/> if it does not wait (any more).</returns>
    /// <exception cref="Bitrix24Exception">Something did not arrive and shall be sent again.</exception>
    public async Task<bool> ReportAsync(Transfer transfer, Portal portal, TransferOutcome outcome, RobotSettings settings, TransferTexts texts)
    {
        var calls = await CallsAsync(transfer, portal, outcome, settings, texts);
        var answered = transfer.Reported.HasFlag(ReportParts.Answer);
        var taken = ReportParts.None;
        var open = ReportParts.None;
        Bitrix24Exception? again = null;
        foreach (var portion in calls.Chunk(BatchLimits.MaxCommands))
        {
            try
            {
                var (_, outcomes) = await portals.CallGroupAsync(portal, transfer.Request.UserId, [.. portion.Select(call => call.Call)], _ => false);
                for (var i = 0; i < outcomes.Count; i++)
                {
                    if (outcomes[i].Failure is { Kind: not FailureKind.Refused } failure)
                    {
                        open |= portion[i].Part;
                        again ??= failure;
                        continue;
                    }

                    // A refusal is final: the workflow is gone, the deal was deleted, or the scope is missing. The transfer itself is not the worse for it.
                    taken |= portion[i].Part;
                    answered |= portion[i].Part == ReportParts.Answer && outcomes[i].Failure is null;
                    if (outcomes[i].Failure is { } refusal)
                    {
                        Log.NotTaken(logger, portion[i].Part, refusal.PortalHost, refusal.Code);
                    }
                }
            }
            catch (Bitrix24Exception exception)
            {
                open |= portion.Aggregate(ReportParts.None, (parts, call) => parts | call.Part);
                again ??= exception;
            }
        }

        if (again is null)
        {
            return answered;
        }

        // Of several notifications all are sent again if one is missing; their tags make the others replace themselves.
        await store.RecordReportedAsync(transfer.Id, transfer.Reported | (taken & ~open), CancellationToken.None);
        throw again;
    }

    private async Task<List<(ReportParts Part, Call Call)>> CallsAsync(
        Transfer transfer, Portal portal, TransferOutcome outcome, RobotSettings settings, TransferTexts texts)
    {
        var text = Describe(outcome, transfer, texts);
        var calls = new List<(ReportParts Part, Call Call)>();
        if (transfer.Request.Waits && !transfer.Reported.HasFlag(ReportParts.Answer))
        {
            calls.Add((ReportParts.Answer, Answer(transfer, outcome, texts)));
        }

        // Thousands of old deals are no news: who began the sending sees what became of them on its page.
        var isNews = transfer.Request.Sending is null && outcome.ErrorCode != TransferOutcome.CameFromEsb;
        if (isNews && settings.Timeline && CrmKind.Find(transfer.Request.EntityTypeId) is not null && !transfer.Reported.HasFlag(ReportParts.Timeline)
            && !await IsInTimelineAsync(transfer, portal))
        {
            calls.Add((ReportParts.Timeline, Timeline.AddComment(transfer.Request.EntityTypeId, transfer.Request.ItemId, BbCode.Plain(text))));
        }

        if (isNews && !transfer.Reported.HasFlag(ReportParts.Notification))
        {
            var title = transfer.Title is { Length: > 0 } known ? Shorten(known) : transfer.Request.ItemId.ToString(CultureInfo.InvariantCulture);
            foreach (var user in WhoHears(outcome, settings, transfer.ResponsibleId))
            {
                // The tag makes a repetition replace the first notification.
                calls.Add((ReportParts.Notification, Notifications.System(user, BbCode.Plain(transfer.Request.EntityTypeId == CrmEntityTypes.Deal ? texts.NotificationOf(title, text) : texts.ItemNotification(title, text)), $"b24robot|{transfer.Id}|{user}")));
            }
        }

        return calls;
    }

    /// <summary>The robot's return values.</summary>
    internal static Call Answer(Transfer transfer, TransferOutcome outcome, TransferTexts texts) =>
        RobotEvents.Send(transfer.Request.EventToken, ReturnValues(transfer, outcome), Describe(outcome, transfer, texts));

    /// <summary>Whether an earlier attempt to report this outcome, whose fate nobody knows, already wrote the timeline entry: that would be a second one.</summary>
    private async Task<bool> IsInTimelineAsync(Transfer transfer, Portal portal)
    {
        if (transfer.Outcome is not { } outcome)
        {
            // The first report of this outcome.
            return false;
        }

        try
        {
            var result = await portals.CallAsync(portal, transfer.Request.UserId, Timeline.ListComments(transfer.Request.EntityTypeId, transfer.Request.ItemId));
            return Timeline.ReadComments(result).Any(comment =>
                comment.Text.Contains(transfer.Id.Value, StringComparison.Ordinal) && !(comment.CreatedAt < outcome.At - ClockDifference));
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // The deal is gone or may not be read; then it takes no entry either, and that must not keep the robot from its answer.
            return false;
        }
    }

    /// <summary>The values that the robot returns, by the names of its definition.</summary>
    public static JsonObject ReturnValues(Transfer transfer, TransferOutcome outcome) => new()
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

    /// <summary>A deal may have arrived and something of it not.</summary>
    private static string Describe(TransferOutcome outcome, Transfer transfer, TransferTexts texts) =>
        outcome.Status != OutcomeStatus.Failed && outcome.ErrorMessage.Length > 0
            ? $"{Heading(outcome, transfer, texts)}\n{outcome.ErrorMessage}"
            : transfer.IsCaughtUp ? $"{Heading(outcome, transfer, texts)}\n{texts.CaughtUp()}"
            : Heading(outcome, transfer, texts);

    /// <summary>The address tells what it became; which profile made it may have changed since.</summary>
    private static bool IsDeal(TransferOutcome outcome) => outcome.EsbDealUrl?.Contains(CrmKind.Deal.DetailsPath(outcome.EsbDealId ?? 0), StringComparison.Ordinal) != false;

    private static string Heading(TransferOutcome outcome, Transfer transfer, TransferTexts texts) => outcome.Status switch
    {
        OutcomeStatus.Created when IsDeal(outcome) => WithFiles(texts.Created(outcome.EsbDealUrl ?? "", transfer.Id.Value), outcome),
        OutcomeStatus.Created => WithFiles(texts.ItemCreated(outcome.EsbDealUrl ?? "", transfer.Id.Value), outcome),
        OutcomeStatus.Updated when IsDeal(outcome) => WithFiles(texts.Updated(outcome.EsbDealUrl ?? "", transfer.Id.Value), outcome),
        OutcomeStatus.Updated => WithFiles(texts.ItemUpdated(outcome.EsbDealUrl ?? "", transfer.Id.Value), outcome),
        OutcomeStatus.Skipped when IsDeal(outcome) => texts.Skipped(outcome.EsbDealUrl ?? "", transfer.Id.Value),
        OutcomeStatus.Skipped => texts.ItemSkipped(outcome.EsbDealUrl ?? "", transfer.Id.Value),
        _ => texts.Failed(outcome.ErrorMessage, transfer.Id.Value),
    };

    /// <summary>A deal that arrived, but not all of its files.</summary>
    private static string WithFiles(string text, TransferOutcome outcome) => outcome.ErrorMessage.Length > 0 ? $"{text}\n{outcome.ErrorMessage}" : text;

    private static IReadOnlyList<long> WhoHears(TransferOutcome outcome, RobotSettings settings, long? responsible) =>
        settings.Notify.Count > 0 ? settings.Notify
        : outcome.Status == OutcomeStatus.Failed && responsible is > 0 and { } user ? [user]
        : [];

    private static string Shorten(string title) => title.Length <= LongestTitle ? title : title[..LongestTitle] + "…";

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Information, "{Portal} did not take the {Part}: {Code}")]
        public static partial void NotTaken(ILogger logger, ReportParts part, string portal, string code);
    }
}
