using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage.Backups;

/// <summary>
/// Copies a database that a server may be writing, as it was at one moment. By <c>VACUUM INTO</c> and not by SQLite's backup interface: that begins anew whenever another process has written, so it may never end under
/// load or has to be done in one step that nobody can interrupt or watch; and it copies free pages too, with what was in them. This reads in one transaction, which holds up neither readers nor the writer (the log grows
/// until it is done), and writes a file without free pages. Source: sqlite.org/lang_vacuum.html.
/// </summary>
internal static class DatabaseSnapshot
{
    private const int Interrupted = 9;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>Copies the database.</summary>
    /// <param name="file">The database.</param>
    /// <param name="copy">The copy; must not be there.</param>
    /// <param name="busyTimeout">How long a stranger's lock is waited for.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    public static async Task WriteAsync(string file, string copy, TimeSpan busyTimeout, Action<BackupProgress> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var connection = SqliteStoreConnection.OpenForReading(file, busyTimeout);
        var pages = (long)connection.ScalarPrepared("SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count")!;
        var bytes = pages * (long)connection.ScalarPrepared("SELECT page_size FROM pragma_page_size")!;
        var copying = RunAsync(connection, "VACUUM INTO @File", copy, cancellationToken);
        while (await Task.WhenAny(copying, Task.Delay(Glance, clock, CancellationToken.None)) != copying)
        {
            progress(new BackupProgress("Copying the database", File.Exists(copy) && bytes > 0 ? Math.Min(1, (double)new FileInfo(copy).Length / bytes) : 0));
        }

        await copying;
    }

    /// <summary>Reads all of a database and says whether it is whole.</summary>
    /// <exception cref="StorageException">It is not.</exception>
    public static async Task CheckAsync(string file, CancellationToken cancellationToken)
    {
        using var connection = SqliteStoreConnection.OpenForReading(file, TimeSpan.Zero);
        var found = await RunAsync(connection, "PRAGMA integrity_check(1)", null, cancellationToken);
        if (found is not "ok")
        {
            throw new StorageException($"The database is damaged: {found?.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Runs a long statement where nobody waits for it, so that it can be interrupted.</summary>
    private static Task<string?> RunAsync(SqliteStoreConnection connection, string sql, string? file, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var command = connection.Connection.CreateCommand();
            command.CommandText = sql;

            // The driver's own clock would end it; the user does.
            command.CommandTimeout = 0;
            if (file is not null)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ("@File", file);
                command.Parameters.Add(parameter);
            }

            using var interrupting = cancellationToken.Register(connection.Interrupt);
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                return command.ExecuteScalar() as string;
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == Interrupted)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        },
        CancellationToken.None);
}
