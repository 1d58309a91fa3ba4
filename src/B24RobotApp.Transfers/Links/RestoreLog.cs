using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Links;

/// <summary>
/// Whether this database was restored from a backup a moment ago. What the server before it had sent may then still be executed on an ESB, and no intent tells of it: "not there" is not to be believed until it has settled.
/// </summary>
public sealed class RestoreLog(StoreDatabase database, Settling settling, TimeProvider clock)
{
    private const string FindFreshSql = "SELECT COUNT(*) FROM restores WHERE settled_at IS NULL";

    private const string FindAnySql = "SELECT COUNT(*) FROM restores";

    private const string SettleSql = "UPDATE restores SET settled_at = @Now WHERE settled_at IS NULL";

    // Transfers that failed may be begun anew by hand, and may have arrived after the backup.
    private const string DoubtTransfersSql = """
        UPDATE transfers
        SET intent_at = COALESCE(intent_at, @RestoredAt), intended_deal = 1
        WHERE finished_at IS NULL OR state = 'failed'
        """;

    private const string DoubtLinksSql = "DELETE FROM complete_links";

    private const string AddSql = "INSERT INTO restores (restored_at, backed_up_at) VALUES (@RestoredAt, @BackedUpAt) ON CONFLICT (restored_at) DO NOTHING";

    private volatile bool _isSettled;
    private bool? _hasHappened;

    /// <summary>
    /// Part of a restore: every transfer that was not over when the backup was made counts as one that may have created its deal, under its own origin in mode <c>create</c> too; and no portal's links count as complete, so that
    /// deals which were first sent after the backup are found on the ESB.
    /// </summary>
    /// <param name="connection">A connection in a transaction.</param>
    /// <param name="backedUpAt">When the backup was made.</param>
    /// <param name="restoredAt">The time now.</param>
    /// <returns>How many transfers are doubted.</returns>
    internal static int Mark(StoreConnection connection, DateTimeOffset backedUpAt, DateTimeOffset restoredAt)
    {
        var values = new { RestoredAt = UnixTime.Of(restoredAt), BackedUpAt = UnixTime.Of(backedUpAt) };
        var doubted = connection.Execute(DoubtTransfersSql, values);
        connection.Execute(DoubtLinksSql);
        connection.Execute(AddSql, values);
        return doubted;
    }

    /// <summary>Whether this database ever came from a backup: then the ESBs hold things that it does not know of.</summary>
    public async ValueTask<bool> HasHappenedAsync(CancellationToken cancellationToken) =>
        _hasHappened ??= await database.ReadAsync(connection => connection.ExecuteScalar<long>(FindAnySql) > 0, cancellationToken);

    /// <summary>Until when something that was sent before the restore may be under way; <see langword="null"/> if nothing can be, or nothing was restored.</summary>
    public async ValueTask<DateTimeOffset?> PendingUntilAsync(CancellationToken cancellationToken)
    {
        if (_isSettled)
        {
            return null;
        }

        if (await database.ReadAsync(connection => connection.ExecuteScalar<long>(FindFreshSql), cancellationToken) > 0)
        {
            // Nothing was noted under this name, so the answer is about what a process before this one has sent.
            if (settling.PendingUntil(nameof(RestoreLog)) is { } until)
            {
                return until;
            }

            await database.WriteAsync(connection => connection.Execute(SettleSql, new { Now = UnixTime.Of(clock.GetUtcNow()) }), Durability.Full, cancellationToken);
        }

        _isSettled = true;
        return null;
    }
}
