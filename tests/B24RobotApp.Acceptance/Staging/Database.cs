using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>Looks into the app's database beside the running app, to see what is kept and what is not.</summary>
internal static class Database
{
    /// <summary>The first column of the first row; <see langword="null"/> if there is none.</summary>
    public static string? Ask(this Stage stage, string sql, params ReadOnlySpan<(string Name, object Value)> values) => Run(stage, SqliteOpenMode.ReadOnly, sql, values);

    /// <summary>Changes what a stopped app has noted, as time does.</summary>
    public static void Change(this Stage stage, string sql, params ReadOnlySpan<(string Name, object Value)> values) => Run(stage, SqliteOpenMode.ReadWrite, sql, values);

    /// <summary>The state of a deal's last transfer.</summary>
    public static string? StateOf(this Stage stage, long dealId) =>
        stage.Ask("SELECT state FROM transfers WHERE item_id = @Deal ORDER BY sequence DESC LIMIT 1", ("@Deal", dealId));

    /// <summary>The state of the last transfer of a portal's deal.</summary>
    public static string? StateOf(this Stage stage, long dealId, SandboxPortal portal) => stage.Ask(
        """
        SELECT transfers.state
        FROM transfers
        JOIN portals ON portals.id = transfers.portal_id
        WHERE item_id = @Deal AND member_id = @Member
        ORDER BY sequence DESC
        LIMIT 1
        """,
        ("@Deal", dealId),
        ("@Member", portal.MemberId));

    /// <summary>How many transfers there are.</summary>
    public static string? TransferCount(this Stage stage) => stage.Ask("SELECT COUNT(*) FROM transfers");

    private static string? Run(Stage stage, SqliteOpenMode mode, string sql, ReadOnlySpan<(string Name, object Value)> values)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(stage.DataDirectory, "b24robot.sqlite3"),
            Mode = mode,
            Pooling = false,
        }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteScalar()?.ToString();
    }
}
