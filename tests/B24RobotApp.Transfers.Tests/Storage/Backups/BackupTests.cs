using System.IO.Compression;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Storage.Backups;
using Dapper;
using Microsoft.Data.Sqlite;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage.Backups;

public sealed class BackupTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("b24robot-backup-test-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, "b24robot.zip");

    private string Target => Path.Combine(_folder.FullName, "restored");

    private StorageOptions TargetOptions => new() { DataDirectory = Target, BusyTimeout = TimeSpan.FromMilliseconds(50) };

    public void Dispose()
    {
        _database.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_written_meanwhile_is_in_it_as_a_whole_or_not_at_all()
    {
        var database = _database.Open();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await AddLinksAsync(5000, 1);
        var written = 0;
        var writing = Task.Run(
            async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    // Two rows that belong together.
                    var number = 10_000 + Interlocked.Add(ref written, 2);
                    await database.WriteAsync(
                        connection => Add(connection, number) + Add(connection, number + 1), Durability.Relaxed, CancellationToken.None);
                }
            },
            Cancel);
        await Eventually.Async(() => Volatile.Read(ref written) > 20, TimeSpan.FromSeconds(10), Cancel);

        await MakeAsync();
        var reached = Volatile.Read(ref written);
        await Eventually.Async(() => Volatile.Read(ref written) > reached + 20, TimeSpan.FromSeconds(10), Cancel);
        await enough.CancelAsync();
        await writing;

        await RestoreAsync();
        var ids = Ask<long>("SELECT source_id FROM links");
        Assert.Equal(5000, ids.Count(id => id <= 5000));
        Assert.NotInRange(ids.Count, 0, 5000);
        Assert.True(ids.Count < 5000 + written);
        Assert.Equal(0, ids.Count % 2);
        Assert.Empty(_folder.EnumerateFileSystemInfos(".*"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    [Fact]
    public async Task The_keys_go_along_or_stay_and_are_not_replaced_by_none()
    {
        _database.Open();
        var keys = Directory.CreateDirectory(Path.Combine(_database.Folder, "keys"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(keys.FullName, "key-1.xml"), "<key/>", Cancel);

        await MakeAsync();
        var with = await RestoreAsync();
        Assert.Equal("<key/>", await System.IO.File.ReadAllTextAsync(Path.Combine(Target, "keys", "key-1.xml"), Cancel));
        Assert.False(with.LacksKeys);

        await MakeAsync(withKeys: false);
        var over = await RestoreAsync(force: true);
        Assert.True(System.IO.File.Exists(Path.Combine(Target, "keys", "key-1.xml")));
        Assert.False(over.LacksKeys);

        Directory.Delete(Target, recursive: true);
        Assert.True((await RestoreAsync()).LacksKeys);
    }

    [Fact]
    public async Task Data_that_is_there_is_refused_and_with_force_moved_aside()
    {
        await AddLinksAsync(1, 1);
        await MakeAsync();
        await RestoreAsync();
        await System.IO.File.WriteAllTextAsync(Path.Combine(Target, "note"), "mine", Cancel);

        var refused = await Assert.ThrowsAsync<StorageException>(() => RestoreAsync());
        Assert.Contains("b24robot.sqlite3, note", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Message, StringComparison.Ordinal);

        var report = await RestoreAsync(force: true);

        Assert.Equal("mine", await System.IO.File.ReadAllTextAsync(Path.Combine(report.MovedTo!, "note"), Cancel));
        Assert.True(System.IO.File.Exists(Path.Combine(report.MovedTo!, "b24robot.sqlite3")));
        Assert.Equal([1], Ask<long>("SELECT source_id FROM links"));
    }

    [Fact]
    public async Task A_restored_database_is_marked_so_that_nothing_is_believed_to_be_missing_on_the_ESB()
    {
        var stores = _database.Stores(TimeProvider.System);
        await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        await stores.Transfers.TryAddAsync(Given.Transfer(), Cancel);
        await stores.Links.MarkCompleteAsync(Given.Member(), "main", Cancel);

        await MakeAsync();
        await RestoreAsync();

        Assert.Equal([1L], Ask<long>("SELECT intended_deal FROM transfers WHERE intent_at IS NOT NULL"));
        Assert.Equal([0L], Ask<long>("SELECT COUNT(*) FROM complete_links"));
        Assert.Equal([1L], Ask<long>("SELECT COUNT(*) FROM restores WHERE settled_at IS NULL AND backed_up_at <= restored_at"));
        Assert.Equal(0, (await _database.Open().ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM restores"), Cancel)));
    }

    [Fact]
    public async Task What_is_no_backup_or_a_damaged_one_is_refused_in_one_line_and_leaves_nothing()
    {
        await AddLinksAsync(200, 1);
        await MakeAsync();
        var whole = await System.IO.File.ReadAllBytesAsync(File, Cancel);
        var flipped = whole.ToArray();
        flipped[whole.Length / 2] ^= 0x55;
        var other = Path.Combine(_folder.FullName, "other.zip");
        using (var zip = await ZipFile.OpenAsync(other, ZipArchiveMode.Create, Cancel))
        {
            zip.CreateEntry("backup.json");
        }

        foreach (var bytes in new[] { [], "garbage"u8.ToArray(), whole[..(whole.Length / 2)], flipped, await System.IO.File.ReadAllBytesAsync(other, Cancel), await System.IO.File.ReadAllBytesAsync(_database.File, Cancel) })
        {
            await System.IO.File.WriteAllBytesAsync(File, bytes, Cancel);
            var failure = await Assert.ThrowsAsync<StorageException>(() => RestoreAsync());
            Assert.Contains("is no backup of this app, or it is damaged", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
            Assert.Equal(["b24robot.lock"], new DirectoryInfo(Target).EnumerateFileSystemInfos().Select(entry => entry.Name));
        }

        System.IO.File.Delete(File);
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<StorageException>(() => RestoreAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_gives_no_backup_and_the_earlier_one_stays()
    {
        await AddLinksAsync(2000, 1);
        await MakeAsync();
        var before = await System.IO.File.ReadAllBytesAsync(File, Cancel);
        _database.Close();
        await using (var file = new FileStream(_database.File, FileMode.Open))
        {
            // A part in which rows lie too: an index that is damaged is built anew in the copy.
            file.Position = file.Length / 2;
            file.Write(new byte[file.Length / 4]);
        }

        var failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => MakeAsync());

        Assert.Contains("is damaged", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File, Cancel));
        Assert.Empty(_folder.EnumerateFileSystemInfos(".*"));
    }

    [Fact]
    public async Task A_backup_of_a_newer_version_is_refused()
    {
        await _database.Open().WriteAsync(
            connection => connection.Execute("INSERT INTO schema_versions (ScriptName, Applied) VALUES ('migrations/sqlite/9999_of_the_future.sql', '2030-01-01')"), Durability.Full, Cancel);
        await MakeAsync();

        var failure = await Assert.ThrowsAsync<StorageException>(() => RestoreAsync());

        Assert.Contains("newer version of the app (9999_of_the_future.sql", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["b24robot.lock"], new DirectoryInfo(Target).EnumerateFileSystemInfos().Select(entry => entry.Name));
    }

    [Theory]
    [InlineData("Copying the database")]
    [InlineData("Checking the copy")]
    [InlineData("Packing")]
    public async Task A_backup_that_is_broken_off_leaves_nothing(string step)
    {
        await AddLinksAsync(100, 1);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        if (step == "Copying the database")
        {
            // Short work is over before it is looked at.
            await broken.CancelAsync();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Backup.MakeAsync(
            _database.Options, File, true, progress => CancelAt(progress, step, broken), TimeProvider.System, broken.Token));

        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("Unpacking")]
    [InlineData("Checking")]
    public async Task A_restore_that_is_broken_off_leaves_all_as_it_was(string step)
    {
        await AddLinksAsync(100, 1);
        await MakeAsync();
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BackupRestore.RunAsync(
            File, TargetOptions, false, progress => CancelAt(progress, step, broken), TimeProvider.System, broken.Token));

        Assert.Equal(["b24robot.lock"], new DirectoryInfo(Target).EnumerateFileSystemInfos().Select(entry => entry.Name));
        await RestoreAsync();
    }

    [Fact]
    public async Task No_server_runs_on_what_a_power_cut_has_left_of_a_restore_and_the_next_restore_does()
    {
        await AddLinksAsync(1, 1);
        await MakeAsync();
        Directory.CreateDirectory(Path.Combine(Target, "restoring"));

        var failure = Assert.Throws<StorageException>(() => SqliteDatabase.Open(TargetOptions));
        Assert.Contains("was cut off", failure.Message, StringComparison.Ordinal);

        await RestoreAsync();
        SqliteDatabase.Open(TargetOptions).Dispose();
    }

    [Fact]
    public async Task A_directory_in_use_is_refused()
    {
        _database.Open();
        await MakeAsync();

        var failure = await Assert.ThrowsAsync<StorageException>(() => BackupRestore.RunAsync(File, _database.Options, true, _ => { }, TimeProvider.System, Cancel));

        Assert.Contains("in use by another process", failure.Message, StringComparison.Ordinal);
    }

    private Task<(string File, BackupManifest Manifest)> MakeAsync(bool withKeys = true) => Backup.MakeAsync(_database.Options, File, withKeys, _ => { }, TimeProvider.System, Cancel);

    private Task<RestoreReport> RestoreAsync(bool force = false) => BackupRestore.RunAsync(File, TargetOptions, force, _ => { }, TimeProvider.System, Cancel);

    private static void CancelAt(BackupProgress progress, string step, CancellationTokenSource broken)
    {
        if (progress.Step == step)
        {
            broken.Cancel();
        }
    }

    private Task<int> AddLinksAsync(int count, int from) => _database.Open().WriteAsync(
        connection => Enumerable.Range(from, count).Sum(number => Add(connection, number)), Durability.Full, Cancel);

    private static int Add(StoreConnection connection, int number) => connection.ExecutePrepared(
        "INSERT INTO links (member_id, connection, entity, source_id, esb_id, saved_at) VALUES ('member', 'main', 2, @Id, 1, 1)", ("@Id", number));

    private List<T> Ask<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Target, "b24robot.sqlite3")};Pooling=False;Mode=ReadOnly");
        connection.Open();
        return [.. connection.Query<T>(sql)];
    }
}
