using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Queue;

/// <content>Answers to robots of which nobody knows yet whether the workflow took them.</content>
public sealed partial class TransferStore : IAnswerLedger
{
    private const string NextUnconfirmedSql = "SELECT MIN(confirm_at) FROM transfers WHERE confirm_at IS NOT NULL";

    private const string UnconfirmedSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE confirm_at <= @Now
        ORDER BY confirm_at
        LIMIT @Most
        """;

    // A transfer that was begun anew meanwhile is answered anew.
    private const string LookAgainSql = "UPDATE transfers SET confirm_at = @At, answers_sent = answers_sent + @Sent WHERE sequence IN @Sequences AND confirm_at IS NOT NULL";

    private const string ConfirmedSql = "UPDATE transfers SET confirm_at = NULL WHERE sequence IN @Sequences";

    private const string HastenAnswersSql = "UPDATE transfers SET confirm_at = @Now WHERE confirm_at > @Now";

    /// <summary>When the next answer has to be looked after; <see langword="null"/> if none has.</summary>
    public Task<DateTimeOffset?> NextUnconfirmedAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(NextUnconfirmedSql)), cancellationToken);

    /// <summary>Transfers whose answers have to be looked after now, the longest due first.</summary>
    public Task<IReadOnlyList<SentAnswer>> UnconfirmedAsync(int most, CancellationToken cancellationToken)
    {
        var values = new { Now = Now(), Most = (long)most };
        return database.ReadAsync(IReadOnlyList<SentAnswer> (connection) => [.. connection.Query<TransferRow>(UnconfirmedSql, values).Select(row => Sent(row.ToTransfer()))], cancellationToken);
    }

    /// <summary>The workflows took the answers, or nothing more can be done for them.</summary>
    public Task ConfirmedAsync(IReadOnlyCollection<long> answers, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(ConfirmedSql, new { Sequences = answers }), Durability.Relaxed, cancellationToken);

    /// <summary>Makes it time to look after all answers that wait for it.</summary>
    public Task HastenAnswersAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(HastenAnswersSql, new { Now = Now() }), Durability.Relaxed, cancellationToken);

    /// <summary>The answers are looked after again.</summary>
    /// <param name="answers">Rows of this ledger.</param>
    /// <param name="at">When.</param>
    /// <param name="sent">Whether they were sent once more now.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task LookAgainAsync(IReadOnlyCollection<long> answers, DateTimeOffset at, bool sent, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(LookAgainSql, new { Sequences = answers, At = UnixTime.Of(at), Sent = sent ? 1 : 0 }),
        Durability.Relaxed,
        cancellationToken);

    private SentAnswer Sent(Transfer transfer) => new()
    {
        Ledger = this,
        Sequence = transfer.Sequence,
        Portal = transfer.Request.Portal,
        WorkflowId = transfer.Request.WorkflowId,
        CalledAt = transfer.Request.CalledAt,
        TimesOutAt = transfer.Request.TimesOutAt,
        UserId = transfer.Request.UserId,
        TimesSent = transfer.AnswersSent,
        Say = transfer.Outcome is { } outcome ? texts => TransferReporter.Answer(transfer, outcome, texts) : null,
    };
}
