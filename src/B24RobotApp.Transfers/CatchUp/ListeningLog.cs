using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>A stretch of time in which the app did not listen.</summary>
public readonly record struct Gap(DateTimeOffset From, DateTimeOffset To);

/// <summary>When the app listened. Kept by time, so that a crash is known as well as a stop.</summary>
public sealed class ListeningLog(StoreDatabase database, TimeProvider clock)
{
    /// <summary>How often a running app notes that it listens.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>Gaps that ended longer ago are past caring.</summary>
    private static readonly TimeSpan LooksBack = TimeSpan.FromDays(14);

    /// <summary>Of a longer gap only its last part is looked at.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromDays(30);

    private const string BeginSql = "INSERT INTO listening (since, until) VALUES (@Now, @Now) ON CONFLICT (since) DO NOTHING";

    private const string ContinueSql = "UPDATE listening SET until = @Now WHERE since = (SELECT MAX(since) FROM listening) AND until < @Now";

    // The latest one before that time still says where the first gap began.
    private const string PruneSql = "DELETE FROM listening WHERE since < (SELECT MAX(since) FROM listening WHERE since < @OlderThan)";

    private const string ListSql = "SELECT since AS Since, until AS Until FROM listening ORDER BY since";

    /// <summary>The app listens from now on.</summary>
    public Task BeginAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(
            connection => connection.Execute(BeginSql, new { Now = UnixTime.Of(now) }) + connection.Execute(PruneSql, new { OlderThan = UnixTime.Of(now - LooksBack - LongestGap) }),
            Durability.Full,
            cancellationToken);
    }

    /// <summary>The app still listens.</summary>
    public Task ContinueAsync(CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(ContinueSql, new { Now = UnixTime.Of(clock.GetUtcNow()) }), Durability.Relaxed, cancellationToken);

    /// <summary>When it did not listen, oldest first; also now, if it has not said so for a while. What came before it ever listened is none.</summary>
    public Task<IReadOnlyList<Gap>> GapsAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.ReadAsync(
            IReadOnlyList<Gap> (connection) =>
            {
                var gaps = new List<Gap>();
                DateTimeOffset? until = null;
                foreach (var row in connection.Query<Row>(ListSql))
                {
                    if (until is { } from && UnixTime.From(row.Since) is var since && since > from)
                    {
                        gaps.Add(new Gap(from, since));
                    }

                    until = UnixTime.From(row.Until);
                }

                if (until is { } last && now - last > 2 * Every)
                {
                    gaps.Add(new Gap(last, now));
                }

                return [.. gaps.Where(gap => gap.To > now - LooksBack).Select(gap => gap.To - gap.From > LongestGap ? gap with { From = gap.To - LongestGap } : gap)];
            },
            cancellationToken);
    }

    private sealed record Row
    {
        public long Since { get; init; }

        public long Until { get; init; }
    }
}
