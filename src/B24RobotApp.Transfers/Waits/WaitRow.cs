using System.Text.Json;
using System.Text.Json.Serialization;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Waits;

/// <summary>A wait as it is stored.</summary>
internal sealed record WaitRow
{
    public const string Columns = """
        sequence AS Sequence, id AS Id, portal_id AS PortalId, event_token AS EventToken, workflow_id AS WorkflowId, entity_type_id AS EntityTypeId, item_id AS ItemId, user_id AS UserId,
        connection AS Connection, properties AS Properties, names_deal AS NamesDeal, waits AS Waits, times_out_at AS TimesOutAt, called_at AS CalledAt, received_at AS ReceivedAt,
        state AS State, due_at AS DueAt, esb_host AS EsbHost, esb_type_id AS EsbTypeId, esb_id AS EsbId, began AS Began, seen AS Seen, missing_since AS MissingSince,
        outcome AS Outcome, answered_at AS AnsweredAt, finished_at AS FinishedAt, answers_sent AS AnswersSent, trace AS Trace
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public long Sequence { get; init; }

    public string Id { get; init; } = "";

    public long PortalId { get; init; }

    public string EventToken { get; init; } = "";

    public string WorkflowId { get; init; } = "";

    public long EntityTypeId { get; init; }

    public long ItemId { get; init; }

    public long? UserId { get; init; }

    public string Connection { get; init; } = "";

    public string Properties { get; init; } = "";

    public long NamesDeal { get; init; }

    public long Waits { get; init; }

    public long? TimesOutAt { get; init; }

    public long CalledAt { get; init; }

    public long ReceivedAt { get; init; }

    public string State { get; init; } = "";

    public long DueAt { get; init; }

    public string? EsbHost { get; init; }

    public long? EsbTypeId { get; init; }

    public long? EsbId { get; init; }

    public string? Began { get; init; }

    public string? Seen { get; init; }

    public long? MissingSince { get; init; }

    public string? Outcome { get; init; }

    public long? AnsweredAt { get; init; }

    public long? FinishedAt { get; init; }

    public long AnswersSent { get; init; }

    public string? Trace { get; init; }

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, Json);

    public Wait ToWait() => new()
    {
        Request = new NewWait
        {
            Id = Id,
            Portal = new PortalId(PortalId),
            EventToken = EventToken,
            WorkflowId = WorkflowId,
            EntityTypeId = (int)EntityTypeId,
            ItemId = ItemId,
            UserId = UserId,
            Connection = Connection,
            Properties = Properties,
            NamesDeal = NamesDeal != 0,
            Waits = Waits != 0,
            TimesOutAt = UnixTime.From(TimesOutAt),
            CalledAt = UnixTime.From(CalledAt),
            ReceivedAt = UnixTime.From(ReceivedAt),
            Verified = State != "unverified",
            Trace = Trace,
        },
        Sequence = Sequence,
        State = Enum.Parse<WaitState>(State, ignoreCase: true),
        DueAt = UnixTime.From(DueAt),
        EsbHost = EsbHost,
        Item = EsbTypeId is { } type && EsbId is { } id ? new EsbItem((int)type, id) : null,
        Began = Parse<EsbState>(Began),
        Seen = Parse<EsbState>(Seen),
        MissingSince = UnixTime.From(MissingSince),
        Outcome = Parse<WaitOutcome>(Outcome),
        AnsweredAt = UnixTime.From(AnsweredAt),
        FinishedAt = UnixTime.From(FinishedAt),
        AnswersSent = (int)AnswersSent,
    };

    private static T? Parse<T>(string? json)
        where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, Json);
}
