using System.Text.Json;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Queue;

/// <summary>A transfer's name towards people and portals: a version 7 UUID as 32 hexadecimal digits, so it never repeats, not even in another database.</summary>
public readonly record struct TransferId(string Value)
{
    public static TransferId New(DateTimeOffset now) => new(Guid.CreateVersion7(now).ToString("N"));

    public override string ToString() => Value;
}

/// <summary>Where a transfer stands.</summary>
public enum TransferState
{
    /// <summary>Came with an application token that differs from the stored one; waits for the authorization server to vouch for its access token.</summary>
    Unverified,

    /// <summary>Waits for its time.</summary>
    Queued,

    /// <summary>Claimed by a server.</summary>
    Running,

    /// <summary>Waits until its portal is connected again.</summary>
    Parked,

    /// <summary>Ended well, answered.</summary>
    Done,

    /// <summary>Ended badly, answered; can be retried by hand.</summary>
    Failed,
}

/// <summary>How the robot wants a deal treated that may already be on the ESB.</summary>
public enum TransferMode
{
    Create,
    Update,
    Skip,
}

/// <summary>Transfers of one portal to one connection share a lane: what hangs on one lane takes no places from another.</summary>
public readonly record struct Lane(PortalId Portal, string Connection);

/// <summary>A robot's call as it is written to the inbox.</summary>
public sealed record NewTransfer
{
    public required TransferId Id { get; init; }

    public required PortalId Portal { get; init; }

    public required string RobotCode { get; init; }

    /// <summary>Unique per execution of a robot: the key that makes a repeated delivery harmless.</summary>
    public required string EventToken { get; init; }

    public required string WorkflowId { get; init; }

    /// <summary>Bitrix24's number of the entity's kind: 2 for deals.</summary>
    public required int EntityTypeId { get; init; }

    /// <summary>The deal's id on the source portal.</summary>
    public required long ItemId { get; init; }

    /// <summary>The user whose token the call brought; <see langword="null"/> if it brought none.</summary>
    public long? UserId { get; init; }

    /// <summary>The connection's code: the robot's property, or the first usable one where the property is empty; <c>""</c> if there is none.</summary>
    public required string Connection { get; init; }

    /// <summary>The robot's properties as a JSON object of strings and arrays of strings, as received; no secrets in it.</summary>
    public required string Properties { get; init; }

    /// <summary>Whether the workflow waits for the answer.</summary>
    public required bool Waits { get; init; }

    /// <summary>When the designer's time-out ends the wait; <see langword="null"/> for none.</summary>
    public DateTimeOffset? TimesOutAt { get; init; }

    /// <summary>The call's own time stamp.</summary>
    public required DateTimeOffset CalledAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When attempts end and the transfer fails.</summary>
    public required DateTimeOffset GiveUpAt { get; init; }

    /// <summary>Whether it is not sent any more once its robot's time-out is over.</summary>
    public bool SkipsIfLate { get; init; }

    /// <summary>When attempts end.</summary>
    public DateTimeOffset EndsAt => SkipsIfLate && TimesOutAt is { } timesOutAt && timesOutAt < GiveUpAt ? timesOutAt : GiveUpAt;

    /// <summary><see langword="false"/> if the application token differed from the stored one.</summary>
    public required bool Verified { get; init; }

    /// <summary>The sending of existing deals that it is part of.</summary>
    public long? Sending { get; init; }

    /// <summary>The span of its intake, as a W3C <c>traceparent</c>: its attempts belong to the same trace, also after a restart. <see langword="null"/> if nothing was traced.</summary>
    public string? Trace { get; init; }

    /// <summary>The robot code of transfers that people ask for; no robot has it.</summary>
    public const string ByHand = "by_hand";

    /// <summary>A transfer that no robot asked for and none waits for.</summary>
    /// <param name="portal">The source portal.</param>
    /// <param name="dealId">The deal.</param>
    /// <param name="connection">The connection's code.</param>
    /// <param name="userId">Who wants it.</param>
    /// <param name="token">Stands for the event token: a second transfer with it is not taken.</param>
    /// <param name="now">The time.</param>
    /// <param name="giveUpAfter">How long it is tried.</param>
    public static NewTransfer WithoutRobot(PortalId portal, long dealId, string connection, long? userId, string token, DateTimeOffset now, TimeSpan giveUpAfter) => new()
    {
        Id = TransferId.New(now),
        Portal = portal,
        RobotCode = ByHand,
        EventToken = token,
        WorkflowId = "",
        EntityTypeId = CrmEntityTypes.Deal,
        ItemId = dealId,
        UserId = userId,
        Connection = connection,
        Properties = JsonSerializer.Serialize(new Dictionary<string, string[]> { ["connection"] = [connection] }),
        Waits = false,
        CalledAt = now,
        ReceivedAt = now,
        GiveUpAt = now + giveUpAfter,
        Verified = true,
    };
}

/// <summary>A transfer as the store knows it.</summary>
public sealed record Transfer
{
    /// <summary>What the robot asked for.</summary>
    public required NewTransfer Request { get; init; }

    /// <summary>Order of arrival.</summary>
    public required long Sequence { get; init; }

    public required TransferState State { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Attempts begun so far.</summary>
    public required int Attempt { get; init; }

    /// <summary>The version of the profile it was mapped with, as <c>code@version</c>.</summary>
    public string? Profile { get; init; }

    /// <summary>When the latest write was sent that may create something on the ESB. A transfer with an intent and no outcome looks before it creates again.</summary>
    public DateTimeOffset? IntentAt { get; init; }

    /// <summary>Whether an intent was for the deal itself, not only for its client: what is found by origin then is this transfer's own.</summary>
    public bool IntendedDeal { get; init; }

    /// <summary>Which parts of the report the source portal has taken.</summary>
    public ReportParts Reported { get; init; }

    /// <summary>How often the robot's answer was sent, as far as it was looked after.</summary>
    public int AnswersSent { get; init; }

    /// <summary>How the writing ended; known before the robot is answered.</summary>
    public TransferOutcome? Outcome { get; init; }

    /// <summary>When the robot was answered (or was found to be gone).</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The source deal's title, for people.</summary>
    public string? Title { get; init; }

    /// <summary>The source deal's responsible user, who hears of a failure; <see langword="null"/> if the deal was not read.</summary>
    public long? ResponsibleId { get; init; }

    /// <summary>The stage on which the source deal stood when it was read.</summary>
    public string? Stage { get; init; }

    /// <summary>Whether it was sent although no robot's call had come; the call may have come since.</summary>
    public bool IsCaughtUp { get; init; }

    public TransferId Id => Request.Id;

    public Lane Lane => new(Request.Portal, Request.Connection);
}

/// <summary>What is told to the source portal at the end of a transfer.</summary>
[Flags]
public enum ReportParts
{
    None = 0,

    /// <summary>The robot's return values.</summary>
    Answer = 1,

    /// <summary>The entry in the deal's timeline.</summary>
    Timeline = 2,

    /// <summary>The notifications.</summary>
    Notification = 4,
}

/// <summary>The robot's <c>status</c>.</summary>
public enum OutcomeStatus
{
    Created,
    Updated,
    Skipped,
    Failed,
}

/// <summary>What a transfer came to; the robot's return values are made of it.</summary>
public sealed record TransferOutcome
{
    public required OutcomeStatus Status { get; init; }

    /// <summary>The deal's id on the ESB; <see langword="null"/> if there is none.</summary>
    public long? EsbDealId { get; init; }

    public string? EsbDealUrl { get; init; }

    /// <summary>For robots and searches, such as <c>MAPPING</c> or Bitrix24's own code.</summary>
    public string ErrorCode { get; init; } = "";

    /// <summary>For people, in the portal's language: what happened and what to do. May be set though the deal arrived (files left out).</summary>
    public string ErrorMessage { get; init; } = "";

    public int ProductsSent { get; init; }

    public int FilesSent { get; init; }

    /// <summary>The error code of a transfer that has nothing to send, since the ESB's own changes have caused it. Nobody needs to hear of it.</summary>
    public const string CameFromEsb = "CAME_FROM_ESB";

    /// <summary>A workflow does not wait longer for the files of a deal that has arrived.</summary>
    public static readonly TimeSpan FilesWaitAtMost = TimeSpan.FromHours(1);

    /// <summary>The deal stands, its files are still to follow, and nobody was told anything yet.</summary>
    public bool FilesPending { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>One attempt at a transfer, kept for the transfer's page and for support.</summary>
public sealed record TransferAttempt
{
    public required int Number { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>The step it ended in: <c>verify</c>, <c>read</c>, <c>map</c>, <c>client</c>, <c>write</c>, <c>files</c>, <c>report</c>, <c>done</c>.</summary>
    public required string Step { get; init; }

    /// <summary>A <c>FailureKind</c>'s name, <c>Defect</c>, or <see langword="null"/> if it succeeded.</summary>
    public string? Failure { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }
}
