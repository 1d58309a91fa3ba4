using B24RobotApp.Transfers.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Queue;

/// <summary>
/// Where a server writes robots' calls while the common database does not take them: a file of its own. A portal posts each call once, so a call that is not written somewhere is lost. What is here is brought to the
/// database as soon as it is back, and to nobody's harm twice: the database knows each call by its event token.
/// </summary>
public sealed class SpareInbox : IDisposable
{
    private const string CreateSql = """
        CREATE TABLE IF NOT EXISTS calls (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            robot TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            form TEXT NOT NULL)
        """;

    private const string AddSql = "INSERT INTO calls (robot, received_at, form) VALUES (@Robot, @ReceivedAt, @Form)";

    private const string OldestSql = "SELECT number AS Number, robot AS Robot, received_at AS ReceivedAt, form AS Form FROM calls WHERE number > @After ORDER BY number LIMIT 100";

    private const string RemoveSql = "DELETE FROM calls WHERE number = @Number";

    private const string CountSql = "SELECT COUNT(*) FROM calls";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteConnection _connection;
    private readonly SecretPurpose _protection;
    private long _count;

    /// <summary>Opens the file, and makes it if need be.</summary>
    /// <param name="directory">The server's own folder.</param>
    /// <param name="protection">A call carries tokens.</param>
    /// <exception cref="StorageException">The file cannot be used.</exception>
    public SpareInbox(string directory, SecretProtection protection)
    {
        _protection = protection.Calls;
        File = Path.Combine(Path.GetFullPath(directory), "spare-inbox.sqlite3");
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString());
        try
        {
            DataDirectory.CreatePrivate(Path.GetDirectoryName(File)!);
            _connection.Open();
            _connection.Execute("PRAGMA journal_mode = WAL");
            _connection.Execute("PRAGMA synchronous = FULL");
            _connection.Execute("PRAGMA secure_delete = ON");
            _connection.Execute(CreateSql);
            _count = _connection.ExecuteScalar<long>(CountSql);
        }
        catch (SqliteException exception)
        {
            _connection.Dispose();
            throw SqliteFailures.Describe(exception, File);
        }
    }

    public string File { get; }

    /// <summary>How many calls wait here.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Writes a call; when this returns it is on the disk.</summary>
    /// <param name="robot">The code of the robot's address that it came to.</param>
    /// <param name="receivedAt">When it came.</param>
    /// <param name="form">Its body as it came.</param>
    /// <exception cref="StorageUnavailableException">It was not written here either.</exception>
    public async Task AddAsync(string robot, DateTimeOffset receivedAt, byte[] form)
    {
        var secret = _protection.Protect(Convert.ToBase64String(form));
        await RunAsync(() => _connection.Execute(AddSql, new { Robot = robot, ReceivedAt = UnixTime.Of(receivedAt), Form = secret }));
        Interlocked.Increment(ref _count);
    }

    /// <summary>The oldest calls that wait here, behind one of them.</summary>
    public async Task<IReadOnlyList<SpareCall>> OldestAsync(long after) =>
        (await RunAsync(() => _connection.Query<Row>(OldestSql, new { After = after }).AsList()))
            .ConvertAll(row => new SpareCall(row.Number, row.Robot, UnixTime.From(row.ReceivedAt), Convert.FromBase64String(_protection.Unprotect(row.Form))));

    /// <summary>A call has come to the database.</summary>
    public async Task RemoveAsync(SpareCall call)
    {
        await RunAsync(() => _connection.Execute(RemoveSql, new { call.Number }));
        Interlocked.Decrement(ref _count);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _turn.Dispose();
    }

    private async Task<T> RunAsync<T>(Func<T> work)
    {
        await _turn.WaitAsync();
        try
        {
            return await Task.Run(work);
        }
        catch (SqliteException exception)
        {
            throw SqliteFailures.Describe(exception, File);
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed record Row
    {
        public long Number { get; init; }

        public string Robot { get; init; } = "";

        public long ReceivedAt { get; init; }

        public string Form { get; init; } = "";
    }
}

/// <summary>A robot's call that waits in the spare inbox.</summary>
/// <param name="Number">Its number there, in the order of arrival.</param>
/// <param name="Robot">The code of the robot's address that it came to.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="Form">Its body as it came.</param>
public sealed record SpareCall(long Number, string Robot, DateTimeOffset ReceivedAt, byte[] Form);
