using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace B24RobotApp.Sandbox.Demo;

/// <summary>
/// The PostgreSQL of this machine, started in a folder and on a port of its own. It ends with this process, however that ends. What is installed may run or not; nothing of it is touched.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string Superuser = "postgres";
    private const string User = "b24robot";

    private static readonly Lazy<PostgresServer> Common = new(() => new PostgresServer(isDurable: false));

    private readonly Lock _making = new();
    private readonly HashSet<string> _templates = new(StringComparer.Ordinal);

    private readonly string _folder = Directory.CreateTempSubdirectory("b24robot-postgres-").FullName;
    private readonly string _password = Guid.NewGuid().ToString("N");
    private readonly string _programs = FindPrograms();
    private readonly string? _user;
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    private readonly bool _isDurable;
    private Process? _process;

    private PostgresServer(bool isDurable)
    {
        _isDurable = isDurable;
        Port = AppProcess.FreePort();
        _user = Environment.UserName == "root" ? "nobody" : null;
        var passwordFile = Path.Combine(_folder, "password");
        File.WriteAllText(passwordFile, _password);
        if (_user is not null)
        {
            // PostgreSQL does not run as root.
            Run("chown", "-R", _user, _folder);
        }

        RunAsUser(
            Path.Combine(_programs, "initdb"), "--pgdata", Data, "--username", Superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync");
        Start();
        Execute("postgres", $"CREATE ROLE {User} LOGIN PASSWORD '{_password}'");
    }

    public int Port { get; }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>The one that all tests of a process share; started at the first call.</summary>
    public static PostgresServer Shared => Common.Value;

    /// <summary>One that nobody else uses: it may be stopped or filled up.</summary>
    /// <param name="isDurable">Whether what is committed is forced to the disk. A test's data need not survive the machine.</param>
    public static PostgresServer StartOwn(bool isDurable = false) => new(isDurable);

    /// <summary>Ends the shared one, if it was ever started.</summary>
    public static void StopShared()
    {
        if (Common.IsValueCreated)
        {
            Common.Value.Dispose();
        }
    }

    /// <summary>How the app reaches a database.</summary>
    public string ConnectionStringTo(string database) => ConnectionStringTo(database, User);

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its name.</returns>
    public string MakeDatabase(string encoding = "UTF8") => MakeDatabase($"TEMPLATE template0 ENCODING {encoding} LOCALE '{(encoding == "UTF8" ? "C.UTF-8" : "C")}'", "test");

    /// <summary>Makes a database as a copy of another, which is made ready before the first copy.</summary>
    /// <param name="template">The other one's name.</param>
    /// <param name="makeReady">Gets how that one is reached.</param>
    /// <returns>The copy's name.</returns>
    public string CopyDatabase(string template, Action<string> makeReady)
    {
        lock (_making)
        {
            if (_templates.Add(template))
            {
                Execute("postgres", $"CREATE DATABASE {template} OWNER {User} TEMPLATE template0 ENCODING UTF8 LOCALE 'C.UTF-8'");
                makeReady(ConnectionStringTo(template));
            }
        }

        return MakeDatabase($"TEMPLATE {template}", "copy");
    }

    public void Drop(string database) => Execute("postgres", $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");

    /// <summary>Runs a statement as the superuser.</summary>
    public void Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionStringTo(database, Superuser));
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>How big a database is, bytes.</summary>
    public long SizeOf(string database)
    {
        using var connection = new NpgsqlConnection(ConnectionStringTo(database, Superuser));
        connection.Open();
        using var command = new NpgsqlCommand("SELECT pg_database_size(current_database())", connection);
        return (long)command.ExecuteScalar()!; // It has one.
    }

    /// <summary>Runs a statement in a transaction that ends when this is disposed of.</summary>
    public IDisposable Begin(string database, string sql)
    {
        var connection = new NpgsqlConnection(ConnectionStringTo(database, Superuser));
        connection.Open();
        connection.BeginTransaction();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Whether a text stands in a row of any table.</summary>
    public bool Holds(string database, string text)
    {
        using var connection = new NpgsqlConnection(ConnectionStringTo(database, Superuser));
        connection.Open();
        using var command = new NpgsqlCommand("SELECT string_agg(query_to_xml(format('SELECT * FROM %I', table_name), true, true, '')::text, '') FROM information_schema.tables WHERE table_schema = 'public'", connection);
        return command.ExecuteScalar() is string all && all.Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Sets how the server runs from the next start on.</summary>
    public void Set(string name, string value) => _settings[name] = value;

    /// <summary>Starts the server and waits until it takes connections.</summary>
    public void Start()
    {
        // The shell waits to be told how to stop the server, or for this process to close its end, which it does by ending too.
        const string Script = """
            "$@" & server=$!
            read -r signal
            kill -"${signal:-INT}" $server
            wait $server
            """;
        var settings = new Dictionary<string, string>(_settings)
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = _folder,
            ["fsync"] = _isDurable ? "on" : "off",

            // It lives for minutes, at times with a hundred databases, among which it would always be at work.
            ["autovacuum"] = "off",
        };
        _process = Process.Start(Command(
            ["sh", "-c", Script, "sh", Path.Combine(_programs, "postgres"), "-D", Data, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })], redirectInput: true))!; // A new one.
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilReady();
    }

    /// <summary>Stops the server as an administrator does: connections are ended, and what is committed stays.</summary>
    public void Stop() => Stop("INT");

    /// <summary>Stops the server as its crash does: nothing is put in order, and the next start goes through the log first.</summary>
    public void StopAtOnce() => Stop("QUIT");

    private void Stop(string signal)
    {
        if (_process is { } process)
        {
            process.StandardInput.WriteLine(signal);
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    public void Dispose()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private string MakeDatabase(string like, string kind)
    {
        var name = $"{kind}_{Guid.NewGuid():N}";
        Execute("postgres", $"CREATE DATABASE {name} OWNER {User} {like}");
        return name;
    }

    private string ConnectionStringTo(string database, string user) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Username = user, Password = _password, Database = database, Pooling = user != Superuser,
    }.ToString();

    private static string FindPrograms()
    {
        // Debian keeps a folder for each version; elsewhere they are where all programs are.
        const string Versions = "/usr/lib/postgresql";
        var folders = Directory.Exists(Versions)
            ? Directory.EnumerateDirectories(Versions).OrderByDescending(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0).Select(version => Path.Combine(version, "bin"))
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new InvalidOperationException("There is no PostgreSQL on this machine that could be started: apt-get install postgresql.");
    }

    private static void Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!; // A new one.
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}: {output.Result} {errors}");
        }
    }

    private void RunAsUser(params string[] command) => Run([.. AsUser(), .. command]);

    private string[] AsUser() => _user is null ? [] : ["setpriv", $"--reuid={_user}", "--regid=nogroup", "--clear-groups", "--"];

    private ProcessStartInfo Command(string[] command, bool redirectInput)
    {
        string[] all = [.. AsUser(), .. command];
        return new ProcessStartInfo(all[0], all[1..]) { RedirectStandardInput = redirectInput, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
    }

    private void WaitUntilReady() => Eventually.TrueAsync(IsReady, "PostgreSQL takes connections", TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();

    private bool IsReady()
    {
        try
        {
            Execute("postgres", "SELECT 1");
            return true;
        }
        catch (NpgsqlException) when (_process is { HasExited: false })
        {
            return false;
        }
    }
}
