using System.Text.Json;
using B24RobotApp.Commands;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Tests.Commands;

/// <summary>Commands that work on the data directory: they need no other setting, as on a new machine.</summary>
public sealed class StorageCommandTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("b24robot-command-test-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_folder.FullName, "restored");

    public void Dispose()
    {
        _database.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_backup_is_made_beside_the_server_and_restored_to_another_directory()
    {
        await _database.Stores(TimeProvider.System).Portals.SaveInstallationAsync(Given.Installation(), Cancel);

        var backup = await RunAsync(_database.Folder, "backup", "--to", _folder.FullName, "--json");
        var file = JsonElement.Parse(backup.Output).GetProperty("file").GetString()!;
        var restored = await RunAsync(Target, "restore", file, "--json");
        var again = await RunAsync(Target, "restore", file);
        var forced = await RunAsync(Target, "restore", file, "--force");

        Assert.Equal(ExitCodes.Done, backup.Code);
        Assert.Matches("b24robot-[0-9]{8}-[0-9]{6}\\.zip$", file);

        // The server has no keys here, so the operator still has to bring them.
        Assert.Equal((ExitCodes.ToActOn, true), (restored.Code, JsonElement.Parse(restored.Output).GetProperty("lacksKeys").GetBoolean()));
        Assert.Equal(ExitCodes.ToActOn, again.Code);
        Assert.Single(again.Error.TrimEnd().Split('\n'));
        Assert.Contains("What was there before lies in", forced.Output, StringComparison.Ordinal);
        using var database = SqliteDatabase.Open(new StorageOptions { DataDirectory = Target });
        Assert.Equal(1, await database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM portals"), Cancel));
    }

    [Fact]
    public async Task Pending_migrations_are_listed_while_the_server_runs_and_applied_when_it_does_not()
    {
        Migrations.Apply(_database.File, [.. Migrations.Known.SkipLast(2)]);

        var dry = await RunAsync(_database.Folder, "migrate", "--dry-run");
        var migrated = await RunAsync(_database.Folder, "migrate", "--json");
        var nothing = await RunAsync(_database.Folder, "migrate");
        _database.Open();
        var held = await RunAsync(_database.Folder, "migrate");
        var beside = await RunAsync(_database.Folder, "migrate", "--dry-run");
        var missing = await RunAsync(Target, "migrate");

        Assert.Equal(Migrations.Known.TakeLast(2).Select(script => $"would apply {script}"), dry.Output.TrimEnd().Split('\n'));
        Assert.Equal(Migrations.Known.TakeLast(2), JsonElement.Parse(migrated.Output).GetProperty("scripts").EnumerateArray().Select(script => script.GetString()!));
        Assert.Equal("The database is up to date.\n", nothing.Output);
        Assert.Equal([0, 0, 0, 1, 0, 1], [dry.Code, migrated.Code, nothing.Code, held.Code, beside.Code, missing.Code]);
        Assert.Contains("in use by another process", held.Error, StringComparison.Ordinal);
        Assert.Contains("There is no database", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_moved_while_the_server_runs_and_what_is_to_be_done_next_is_said()
    {
        using var postgres = new TestPostgres(isEmpty: true);
        await _database.Stores(TimeProvider.System).Portals.SaveInstallationAsync(Given.Installation(), Cancel);

        var nowhere = await RunAsync(_database.Folder, "migrate-store", "--from", "sqlite", "--to", "postgres");
        using var error = new SignallingWriter("Stop the server now");
        using var output = new StringWriter();
        var moving = CommandLine.RunAsync(
            ["migrate-store", "--from", "sqlite", "--to", "postgres", $"--App:DataDirectory={_database.Folder}", $"--Storage:ConnectionString={postgres.ConnectionString}"], output, error, Cancel);
        await error.Said.WaitAsync(Cancel);
        _database.Close();

        Assert.Equal(ExitCodes.Done, await moving);
        Assert.Equal(ExitCodes.ToActOn, nowhere.Code);
        Assert.Contains("Storage:ConnectionString", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains($"PostgreSQL, 127.0.0.1/{postgres.Name}", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Storage:Provider=postgres", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Password", output.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, await postgres.Open().ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM portals"), Cancel));
        var left = await RunAsync(_database.Folder, "migrate-store", "--from", "sqlite", "--to", "postgres", $"--Storage:ConnectionString={postgres.ConnectionString}");
        Assert.Contains("already", left.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup", "--to")]
    [InlineData("restore")]
    [InlineData("migrate", "--dry")]
    [InlineData("migrate-store", "--from", "sqlite")]
    [InlineData("migrate-store", "--from", "postgres", "--to", "sqlite")]
    public async Task Wrong_use_is_2(params string[] words) => Assert.Equal(ExitCodes.WrongUse, (await RunAsync(_database.Folder, words)).Code);

    [Fact]
    public async Task A_command_that_is_broken_off_says_so_in_a_line()
    {
        _database.Open();
        using var broken = new CancellationTokenSource();
        await broken.CancelAsync();
        using var error = new StringWriter();

        var code = await CommandLine.RunAsync(["backup", "--to", _folder.FullName, $"--App:DataDirectory={_database.Folder}"], TextWriter.Null, error, broken.Token);

        Assert.Equal((ExitCodes.ToActOn, "Stopped before the end; what was not finished was not done.\n"), (code, error.ToString()));
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string directory, params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync([.. words, $"--App:DataDirectory={directory}"], output, error, Cancel);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Says when a text was written.</summary>
    private sealed class SignallingWriter(string text) : StringWriter
    {
        private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Said => _said.Task;

        public override Task WriteLineAsync(string? value)
        {
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                _said.TrySetResult();
            }

            return base.WriteLineAsync(value);
        }
    }
}
