using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Queue;

// What the runner notes while it works on a transfer.
public sealed partial class TransferStore
{
    private const string RecordReadSql = "UPDATE transfers SET title = @Title, responsible_id = @ResponsibleId, profile = @Profile, stage = @Stage WHERE id = @Id";

    private const string RecordIntentSql = """
        UPDATE transfers
        SET intent_at = @Now, intended_deal = CASE WHEN @ForDeal = 1 THEN 1 ELSE intended_deal END
        WHERE id = @Id
        """;

    private const string RecordReportedSql = "UPDATE transfers SET reported = @Reported WHERE id = @Id";

    private const string RecordOutcomeSql = """
        UPDATE transfers
        SET outcome_status = @Status, esb_deal_id = @EsbDealId, esb_deal_url = @EsbDealUrl, error_code = @ErrorCode, error_message = @ErrorMessage,
            products_sent = @ProductsSent, files_sent = @FilesSent, files_pending = @FilesPending, outcome_at = @At,
            ends_at = CASE WHEN @FilesPending = 0 THEN @At WHEN ends_at < @FilesEndAt THEN ends_at ELSE @FilesEndAt END
        WHERE id = @Id
        """;

    private const string RecordTrailSql = """
        INSERT INTO trails (sequence, document)
        SELECT sequence, @Trail
        FROM transfers
        WHERE id = @Id
        ON CONFLICT (sequence) DO UPDATE SET document = excluded.document
        """;

    private const string RescheduleSql = """
        UPDATE transfers
        SET state = CASE WHEN state = 'running' THEN 'queued' ELSE state END, due_at = @DueAt
        WHERE id = @Id
        """;

    private const string ParkSql = "UPDATE transfers SET state = 'parked' WHERE id = @Id AND state IN ('queued', 'behind', 'running')";

    private const string FinishSql = """
        UPDATE transfers
        SET state = CASE WHEN outcome_status IN ('created', 'updated', 'skipped') THEN 'done' ELSE 'failed' END,
            answered_at = CASE WHEN answered_at IS NULL AND @Answered = 1 THEN @Now ELSE answered_at END,
            finished_at = @Now,
            confirm_at = @ConfirmAt,
            answers_sent = CASE WHEN @Answered = 1 THEN 1 ELSE answers_sent END
        WHERE id = @Id AND state IN ('queued', 'behind', 'running', 'parked')
        """;

    private const string AddAttemptSql = """
        INSERT INTO attempts (sequence, number, started_at, ended_at, step, failure, error_code, error_message)
        SELECT sequence, @Number, @StartedAt, @EndedAt, @Step, @Failure, @ErrorCode, @ErrorMessage
        FROM transfers
        WHERE id = @Id
        ON CONFLICT (sequence, number) DO UPDATE SET
            ended_at = excluded.ended_at,
            step = excluded.step,
            failure = excluded.failure,
            error_code = excluded.error_code,
            error_message = excluded.error_message
        """;

    /// <summary>Notes what was read of the deal and will be needed to report, also after a restart. Relaxed: a lost note is read again.</summary>
    /// <param name="id">The transfer.</param>
    /// <param name="title">The deal's title.</param>
    /// <param name="responsibleId">Who is responsible for it.</param>
    /// <param name="profile">The version of the profile it is going to be mapped with.</param>
    /// <param name="sighting">On which stage it stood; <see langword="null"/> if it has none. That its robot calls from there is learnt by the way.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task RecordReadAsync(TransferId id, string title, long? responsibleId, string profile, StageSighting? sighting, CancellationToken cancellationToken)
    {
        var values = new { Id = id.Value, Title = title, ResponsibleId = responsibleId, Profile = profile, sighting?.Stage };
        return database.WriteAsync(
            connection =>
            {
                if (sighting is not null)
                {
                    RobotStageStore.Learn(connection, sighting);
                }

                return connection.Execute(RecordReadSql, values);
            },
            Durability.Relaxed,
            cancellationToken);
    }

    /// <summary>Notes, before a write that may create something is sent, that it will be.</summary>
    /// <param name="id">The transfer.</param>
    /// <param name="forDeal">Whether it is the deal that is going to be created, not only its client. Once so, it stays so.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task RecordIntentAsync(TransferId id, bool forDeal, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(RecordIntentSql, new { Id = id.Value, Now = Now(), ForDeal = forDeal }), Durability.Full, cancellationToken);

    /// <summary>Notes which parts of the report the portal has taken, so that the next attempt sends the others only. Relaxed: it comes with every reschedule.</summary>
    public Task RecordReportedAsync(TransferId id, ReportParts reported, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(RecordReportedSql, new { Id = id.Value, Reported = (long)reported }), Durability.Relaxed, cancellationToken);

    /// <summary>Notes what a transfer came to, together with the links that were made.</summary>
    /// <param name="id">The transfer.</param>
    /// <param name="outcome">What it came to.</param>
    /// <param name="links">What is to be remembered of it.</param>
    /// <param name="trail">What was sent; <see langword="null"/> if nothing was to be sent yet, and what is noted stays.</param>
    /// <param name="durability">How safe it must be when this returns.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task RecordOutcomeAsync(
        TransferId id, TransferOutcome outcome, IReadOnlyCollection<Link> links, TransferTrail? trail, Durability durability, CancellationToken cancellationToken)
    {
        var document = trail?.ToJson();
        var values = new
        {
            Id = id.Value,
            Status = outcome.Status.ToString().ToLowerInvariant(),
            outcome.EsbDealId,
            outcome.EsbDealUrl,
            outcome.ErrorCode,
            outcome.ErrorMessage,
            outcome.ProductsSent,
            outcome.FilesSent,
            outcome.FilesPending,
            At = UnixTime.Of(outcome.At),
            FilesEndAt = UnixTime.Of(outcome.At + TransferOutcome.FilesWaitAtMost),
        };
        var now = clock.GetUtcNow();
        return database.WriteAsync(
            connection =>
            {
                LinkStore.Save(connection, links, now);
                if (document is not null)
                {
                    connection.Execute(RecordTrailSql, new { Id = id.Value, Trail = document });
                }

                return connection.Execute(RecordOutcomeSql, values);
            },
            durability,
            cancellationToken);
    }

    /// <summary>
    /// Puts off a transfer that is under way; an unverified one stays unverified. The clock is read by the writer: what waits is planned anew when the clock is put back, and nothing reckoned by the
    /// old time is written after that.
    /// </summary>
    public Task RescheduleAsync(TransferId id, TimeSpan pause, TransferAttempt attempt, CancellationToken cancellationToken) => EndAttemptAsync(
        id, attempt, connection => connection.Execute(RescheduleSql, new { Id = id.Value, DueAt = UnixTime.Of(clock.GetUtcNow() + pause) }), cancellationToken);

    /// <summary>Lays a transfer aside until its portal is connected again.</summary>
    public Task ParkAsync(TransferId id, TransferAttempt attempt, CancellationToken cancellationToken) => EndAttemptAsync(
        id, attempt, connection => connection.Execute(ParkSql, new { Id = id.Value }) + BringUpNext(connection, id), cancellationToken);

    /// <summary>Ends a transfer; its recorded outcome says whether it is done or failed (without one: failed).</summary>
    public Task FinishAsync(TransferId id, bool answered, TransferAttempt attempt, CancellationToken cancellationToken) => EndAttemptAsync(
        id,
        attempt,
        connection => Finish(connection, id, answered, null),
        cancellationToken);

    /// <summary>As <see cref="FinishAsync"/>, with an answer of which it is not known yet whether the workflow took it.</summary>
    /// <param name="id">The transfer.</param>
    /// <param name="confirmAt">When to look.</param>
    /// <param name="attempt">The attempt that ends here.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task FinishAnsweredAsync(TransferId id, DateTimeOffset confirmAt, TransferAttempt attempt, CancellationToken cancellationToken) => EndAttemptAsync(
        id,
        attempt,
        connection => Finish(connection, id, answered: true, confirmAt),
        cancellationToken);

    /// <summary>A robot that has joined while the attempt was under way is answered by another one.</summary>
    private int Finish(StoreConnection connection, TransferId id, bool answered, DateTimeOffset? confirmAt)
    {
        var values = new { Id = id.Value, Answered = answered, ConfirmAt = UnixTime.Of(confirmAt), Now = Now() };
        return connection.Execute(ReportOnceMoreSql, values) == 1 ? 1 : connection.Execute(FinishSql, values) + BringUpNext(connection, id);
    }

    private static int BringUpNext(StoreConnection connection, TransferId id) => connection.Execute(BringUpNextSql, new { Id = id.Value });

    private Task<int> EndAttemptAsync(TransferId id, TransferAttempt attempt, Func<StoreConnection, int> change, CancellationToken cancellationToken)
    {
        var values = new
        {
            Id = id.Value,
            attempt.Number,
            StartedAt = UnixTime.Of(attempt.StartedAt),
            EndedAt = UnixTime.Of(attempt.EndedAt),
            attempt.Step,
            attempt.Failure,
            attempt.ErrorCode,
            attempt.ErrorMessage,
        };
        return database.WriteAsync(connection => connection.Execute(AddAttemptSql, values) + change(connection), Durability.Full, cancellationToken);
    }
}
