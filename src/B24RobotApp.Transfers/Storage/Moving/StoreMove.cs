using Microsoft.Data.Sqlite;
using Npgsql;

namespace B24RobotApp.Transfers.Storage.Moving;

/// <summary>How far a move is.</summary>
/// <param name="Step">What is done at the moment.</param>
/// <param name="Done">The part of it that is done, 0 to 1.</param>
public sealed record MoveProgress(string Step, double Done);

/// <summary>A table that is the same in both databases.</summary>
/// <param name="Name">The table.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Checksum">SHA-256 of what it holds, taken on either side from what was read there.</param>
public sealed record MovedTableReport(string Name, long Rows, string Checksum);

/// <summary>A move that has come to its end.</summary>
/// <param name="From">The file that was left.</param>
/// <param name="To">The database that is worked on from now on.</param>
/// <param name="Tables">What was moved.</param>
/// <param name="Keys">How many keys of the key ring were moved; none where it is not in the data directory.</param>
/// <param name="Standstill">How long no server could run.</param>
public sealed record MoveReport(string From, string To, IReadOnlyList<MovedTableReport> Tables, int Keys, TimeSpan Standstill);

/// <summary>
/// Moves everything from the file in the data directory to a PostgreSQL database. While a server runs on the file, most is copied; when it has been stopped, what it wrote meanwhile. Each time both sides are read through piece by
/// piece and compared, and only what differs is written, and read again: so a move that was cut off goes on where it was, and its end shows that both sides are the same.
/// </summary>
public sealed class StoreMove
{
    private const string LockSql = "SELECT pg_try_advisory_lock(240124012403)";

    // What is read is read again at the end, and the mark of the end is forced to the disk, with all that came before it.
    private const string Hurry = "SET synchronous_commit TO off";

    private const string Careful = "SET synchronous_commit TO on";

    private const string PutKeySql = "INSERT INTO data_protection_keys (name, document) VALUES (@Name, @Document) ON CONFLICT (name) DO UPDATE SET document = excluded.document";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly StorageOptions _options;
    private readonly string _file;
    private readonly string _place;
    private readonly Action<MoveProgress> _progress;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _cancelled;

    private StoreMove(StorageOptions options, string place, Action<MoveProgress> progress, TimeProvider clock, CancellationToken cancelled)
    {
        (_options, _file, _place, _progress, _clock, _cancelled) = (options, SqliteDatabase.Existing(options), place, progress, clock, cancelled);
    }

    /// <summary>Moves.</summary>
    /// <param name="options">The data directory, and how the PostgreSQL database is reached.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="waits">Awaited when all but what a running server writes is there: the rest begins when it has stopped.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends it; it can go on later, and a server can run on the file meanwhile.</param>
    /// <exception cref="StorageException">One of the databases cannot be used, or the new one is used already.</exception>
    public static async Task<MoveReport> RunAsync(StorageOptions options, Action<MoveProgress> progress, Func<Task> waits, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (source, place) = PostgresDatabase.ForLongWork(options);
        await using (source)
        {
            var move = new StoreMove(options, place, progress, clock, cancellationToken);
            try
            {
                return await move.RunAsync(source, waits);
            }
            catch (NpgsqlException exception)
            {
                throw PostgresFailures.Describe(exception, place);
            }
            catch (SqliteException exception)
            {
                throw SqliteFailures.Describe(exception, move._file);
            }
        }
    }

    private async Task<MoveReport> RunAsync(NpgsqlDataSource source, Func<Task> waits)
    {
        PostgresDatabase.Migrate(_options);
        using var target = new PostgresStoreConnection(await source.OpenConnectionAsync(_cancelled));
        if (!target.ExecuteScalar<bool>(LockSql))
        {
            throw new StorageException($"Another b24robot migrate-store is at work on the database {_place}.");
        }

        var directory = DataDirectory.OwnIfFree(_options.DataDirectory);
        try
        {
            if (directory is null)
            {
                SqliteDatabase.CheckIsOfThisVersion(_options);
            }
            else
            {
                Migrations.Apply(_file);
            }

            var tables = MovedTables.Of(target);
            Begin(target, tables);
            target.Run(Hurry);
            if (directory is null)
            {
                Copy(target, tables);
                await waits();
                directory = await OwnAsync();
            }

            var stood = _clock.GetTimestamp();
            var moved = Copy(target, tables);
            var keys = CopyKeys(target);
            tables.ForEach(table => table.NumberOn(target.Npgsql));
            target.Run("ANALYZE");
            _cancelled.ThrowIfCancellationRequested();
            Finish(target);
            return new MoveReport(_file, _place, moved, keys, _clock.GetElapsedTime(stood));
        }
        finally
        {
            directory?.Dispose();
        }
    }

    private async Task<DataDirectory> OwnAsync()
    {
        while (true)
        {
            if (DataDirectory.OwnIfFree(_options.DataDirectory) is { } directory)
            {
                return directory;
            }

            await Task.Delay(LookEvery, _clock, _cancelled);
        }
    }

    private void Begin(PostgresStoreConnection target, IReadOnlyList<MovedTable> tables)
    {
        using var source = SqliteStoreConnection.OpenForWriting(_file, _options.BusyTimeout);
        var there = MoveMark.Find(target);
        if (there is null)
        {
            if (tables.FirstOrDefault(table => table.Count(target.Npgsql) > 0) is { } used)
            {
                throw new StorageException($"The database {_place} holds data already ({used.Name}). Make an empty one for the move.");
            }

            MoveMark.CheckNotLeft(source, _file);
            var id = Guid.NewGuid().ToString("N");
            MoveMark.Begin(source, id, _place, _clock.GetUtcNow());
            MoveMark.Begin(target, id, _file, _clock.GetUtcNow());
        }
        else if (there.FinishedAt is not null || MoveMark.Find(source)?.Id != there.Id)
        {
            throw new StorageException(
                there.FinishedAt is null ? $"The database {_place} is half filled from another one, {there.Place}. Go on with that move, or make an empty database for this one."
                : $"The database {_place} has everything of {there.Place} already. Set Storage:Provider=postgres and Storage:ConnectionString, and start the server.");
        }
    }

    /// <summary>Makes all tables in the new database what they are in the file at this moment.</summary>
    private List<MovedTableReport> Copy(PostgresStoreConnection target, IReadOnlyList<MovedTable> tables)
    {
        // One view of all tables: what belongs together stays together.
        using var source = SqliteStoreConnection.OpenForReading(_file, _options.BusyTimeout);
        source.Run("BEGIN");
        var copies = tables.Select(table => new TableCopy(table, source.Connection, target.Npgsql)).ToList();
        var rows = copies.Sum(copy => copy.Rows);
        var read = 0L;

        // What is not there any more goes first, and what belongs to something before that to which it belongs; what is new comes the other way round.
        foreach (var copy in Enumerable.Reverse(copies))
        {
            copy.Compare(count => Show($"{copy.Name}: comparing", read += count, rows));
        }

        var written = 0L;
        var different = copies.Sum(copy => copy.DifferentRows);
        foreach (var copy in copies)
        {
            copy.Write(count => Show($"{copy.Name}: copying", written += count, different));
        }

        return copies.ConvertAll(copy => copy.Check());
    }

    private void Show(string step, long done, long all)
    {
        _cancelled.ThrowIfCancellationRequested();
        _progress(new MoveProgress(step, all == 0 ? 1 : (double)done / all));
    }

    private int CopyKeys(PostgresStoreConnection target)
    {
        var folder = new DirectoryInfo(DataDirectory.KeysIn(_options.DataDirectory));
        if (_options.KeyDirectory.Length > 0 || !folder.Exists)
        {
            return 0;
        }

        var files = folder.GetFiles("*.xml");
        foreach (var file in files)
        {
            target.Execute(PutKeySql, new { Name = Path.GetFileNameWithoutExtension(file.Name), Document = File.ReadAllText(file.FullName) });
        }

        return files.Length;
    }

    // The file first: where the end is cut off in between, no server works on either, and the move goes on.
    private void Finish(PostgresStoreConnection target)
    {
        using var source = SqliteStoreConnection.OpenForWriting(_file, _options.BusyTimeout);
        MoveMark.Finish(source, _clock.GetUtcNow());
        target.Run(Careful);
        MoveMark.Finish(target, _clock.GetUtcNow());
    }
}
