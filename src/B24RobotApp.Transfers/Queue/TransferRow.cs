using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Queue;

/// <summary>A transfer as it is stored.</summary>
internal sealed record TransferRow
{
    public const string Columns = """
        sequence AS Sequence, id AS Id, portal_id AS PortalId, robot_code AS RobotCode, event_token AS EventToken, workflow_id AS WorkflowId,
        entity_type_id AS EntityTypeId, item_id AS ItemId, user_id AS UserId, connection AS Connection, properties AS Properties, waits AS Waits,
        times_out_at AS TimesOutAt, called_at AS CalledAt, received_at AS ReceivedAt, give_up_at AS GiveUpAt, state AS State, due_at AS DueAt,
        attempt AS Attempt, profile AS Profile, title AS Title, responsible_id AS ResponsibleId, intent_at AS IntentAt, intended_deal AS IntendedDeal, reported AS Reported,
        outcome_status AS OutcomeStatus, esb_deal_id AS EsbDealId, esb_deal_url AS EsbDealUrl, error_code AS ErrorCode, error_message AS ErrorMessage, products_sent AS ProductsSent, files_sent AS FilesSent,
        files_pending AS FilesPending,
        outcome_at AS OutcomeAt, sending_id AS SendingId, answered_at AS AnsweredAt, answers_sent AS AnswersSent, finished_at AS FinishedAt, stage AS Stage, caught_up AS CaughtUp, trace AS Trace
        """;

    public long Sequence { get; init; }

    public string Id { get; init; } = "";

    public long PortalId { get; init; }

    public string RobotCode { get; init; } = "";

    public string EventToken { get; init; } = "";

    public string WorkflowId { get; init; } = "";

    public long EntityTypeId { get; init; }

    public long ItemId { get; init; }

    public long? UserId { get; init; }

    public string Connection { get; init; } = "";

    public string Properties { get; init; } = "";

    public long Waits { get; init; }

    public long? TimesOutAt { get; init; }

    public long CalledAt { get; init; }

    public long ReceivedAt { get; init; }

    public long GiveUpAt { get; init; }

    public string State { get; init; } = "";

    public long DueAt { get; init; }

    public long Attempt { get; init; }

    public string? Profile { get; init; }

    public long AnswersSent { get; init; }

    public string? Title { get; init; }

    public long? ResponsibleId { get; init; }

    public long? IntentAt { get; init; }

    public long IntendedDeal { get; init; }

    public long Reported { get; init; }

    public string? OutcomeStatus { get; init; }

    public long? EsbDealId { get; init; }

    public string? EsbDealUrl { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    public long? ProductsSent { get; init; }

    public long? FilesSent { get; init; }

    public long FilesPending { get; init; }

    public long? OutcomeAt { get; init; }

    public long? SendingId { get; init; }

    public long? AnsweredAt { get; init; }

    public long? FinishedAt { get; init; }

    public string? Stage { get; init; }

    public long CaughtUp { get; init; }

    public string? Trace { get; init; }

    public Transfer ToTransfer() => new()
    {
        Request = new NewTransfer
        {
            Id = new TransferId(Id),
            Portal = new PortalId(PortalId),
            RobotCode = RobotCode,
            EventToken = EventToken,
            WorkflowId = WorkflowId,
            EntityTypeId = (int)EntityTypeId,
            ItemId = ItemId,
            UserId = UserId,
            Connection = Connection,
            Properties = Properties,
            Waits = Waits != 0,
            TimesOutAt = UnixTime.From(TimesOutAt),
            CalledAt = UnixTime.From(CalledAt),
            ReceivedAt = UnixTime.From(ReceivedAt),
            GiveUpAt = UnixTime.From(GiveUpAt),
            Verified = State != TransferStates.Unverified,
            Sending = SendingId,
            Trace = Trace,
        },
        Sequence = Sequence,
        State = TransferStates.Parse(State),
        DueAt = UnixTime.From(DueAt),
        Attempt = (int)Attempt,
        Profile = Profile,
        IntentAt = UnixTime.From(IntentAt),
        IntendedDeal = IntendedDeal != 0,
        AnswersSent = (int)AnswersSent,
        Reported = (ReportParts)Reported,
        Outcome = ToOutcome(),
        AnsweredAt = UnixTime.From(AnsweredAt),
        FinishedAt = UnixTime.From(FinishedAt),
        Title = Title,
        ResponsibleId = ResponsibleId,
        Stage = Stage,
        IsCaughtUp = CaughtUp != 0,
    };

    private TransferOutcome? ToOutcome() => OutcomeStatus is not null && OutcomeAt is { } at
        ? new TransferOutcome
        {
            Status = Enum.Parse<OutcomeStatus>(OutcomeStatus, ignoreCase: true),
            EsbDealId = EsbDealId,
            EsbDealUrl = EsbDealUrl,
            ErrorCode = ErrorCode ?? "",
            ErrorMessage = ErrorMessage ?? "",
            ProductsSent = (int)(ProductsSent ?? 0),
            FilesSent = (int)(FilesSent ?? 0),
            FilesPending = FilesPending != 0,
            At = UnixTime.From(at),
        }
        : null;
}
