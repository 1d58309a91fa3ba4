using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>What is done with deals whose robot call is missing.</summary>
public enum CatchUpMode
{
    /// <summary>They are listed, and a person decides.</summary>
    Ask,

    /// <summary>Those are sent of which everything speaks for it; of the others a person decides.</summary>
    Send,
}

/// <summary>What a portal's people have decided about missing calls: in general, and of single ones.</summary>
public sealed class CatchUpChoices(StoreDatabase database, TimeProvider clock)
{
    private const string ModeSql = "SELECT mode FROM catch_up_modes WHERE portal_id = @PortalId";

    private const string SaveModeSql = """
        INSERT INTO catch_up_modes (portal_id, mode, saved_at)
        VALUES (@PortalId, @Mode, @Now)
        ON CONFLICT (portal_id) DO UPDATE SET mode = excluded.mode, saved_at = excluded.saved_at
        """;

    private const string DismissedSql = "SELECT key FROM catch_up_dismissals WHERE portal_id = @PortalId";

    private const string DismissSql = """
        INSERT INTO catch_up_dismissals (portal_id, key, user_id, saved_at)
        VALUES (@PortalId, @Key, @UserId, @Now)
        ON CONFLICT (portal_id, key) DO NOTHING
        """;

    private const string EraseModeSql = "DELETE FROM catch_up_modes WHERE portal_id = @PortalId";

    private const string EraseDismissalsSql = "DELETE FROM catch_up_dismissals WHERE portal_id = @PortalId";

    /// <summary>A portal's mode; a person is asked where nobody has said anything else.</summary>
    public Task<CatchUpMode> ModeAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.QuerySingleOrDefault<string>(ModeSql, new { PortalId = portal.Value }) == "send" ? CatchUpMode.Send : CatchUpMode.Ask, cancellationToken);

    public Task SaveModeAsync(PortalId portal, CatchUpMode mode, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, Mode = mode == CatchUpMode.Send ? "send" : "ask", Now = UnixTime.Of(clock.GetUtcNow()) };
        return database.WriteAsync(connection => connection.Execute(SaveModeSql, values), Durability.Full, cancellationToken);
    }

    /// <summary>The keys of candidates that were said no to.</summary>
    public Task<IReadOnlySet<string>> DismissedAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlySet<string> (connection) => connection.Query<string>(DismissedSql, new { PortalId = portal.Value }).ToHashSet(StringComparer.Ordinal), cancellationToken);

    /// <summary>A person says no to candidates: they are not listed any more.</summary>
    public Task DismissAsync(PortalId portal, long userId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var now = UnixTime.Of(clock.GetUtcNow());
        return database.WriteAsync(
            connection => connection.Execute(DismissSql, keys.Select(key => new { PortalId = portal.Value, Key = key, UserId = userId, Now = now })), Durability.Full, cancellationToken);
    }

    /// <summary>Deletes a portal's choices.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(EraseModeSql, new { PortalId = portal.Value }) + connection.Execute(EraseDismissalsSql, new { PortalId = portal.Value }),
        Durability.Full,
        cancellationToken);
}
