using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using B24RobotApp.Transfers.Links;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage.Backups;

/// <summary>What a restore did.</summary>
/// <param name="Backup">What was restored.</param>
/// <param name="Migrated">The scripts that brought the database up to this version.</param>
/// <param name="MovedTo">Where the data that was there before lies now; <see langword="null"/> if there was none.</param>
/// <param name="LacksKeys">Whether the key ring is missing: without it the server cannot open what is encrypted.</param>
public sealed record RestoreReport(BackupManifest Backup, IReadOnlyList<string> Migrated, string? MovedTo, bool LacksKeys);

/// <summary>
/// Puts a backup into a data directory. Everything is unpacked, checked and brought up to date in a folder inside it (which may be a mounted volume, so that nothing beside it could be renamed into its place); then a few renames
/// put it in its place. While that folder is there no server starts, so that a restore that was cut off is begun again and never run on by halves.
/// </summary>
public static partial class BackupRestore
{
    private const string Before = "before-restore-";

    /// <summary>Restores a backup.</summary>
    /// <param name="backup">The file.</param>
    /// <param name="options">Which data directory; made if it is not there.</param>
    /// <param name="force">Whether data that is there is moved aside; otherwise that is refused.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends it, and all is as it was.</param>
    /// <exception cref="StorageException">It is no backup, or a damaged one, or one of a newer version; or the directory is in use or not empty.</exception>
    public static async Task<RestoreReport> RunAsync(
        string backup, StorageOptions options, bool force, Action<BackupProgress> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        backup = Path.GetFullPath(backup);
        await using var file = OpenBackup(backup);
        using var directory = DataDirectory.Own(options.DataDirectory);
        try
        {
            await using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            var manifest = await ReadManifestAsync(zip, cancellationToken);
            var old = EntriesOf(directory, manifest);
            if (old.Count > 0 && !force)
            {
                throw new StorageException(
                    $"The data directory {directory.FullPath} holds data already: {string.Join(", ", old.Select(entry => entry.Name).Order(StringComparer.Ordinal))}. With --force it is moved aside, not deleted.");
            }

            var isCutOff = Directory.Exists(directory.Restoring);
            try
            {
                var migrated = await UnpackAsync(zip, manifest, directory, progress, clock, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                var movedTo = PutInPlace(directory, old, clock);
                return new RestoreReport(manifest, migrated, movedTo, !Directory.Exists(DataDirectory.KeysIn(directory.FullPath)));
            }
            catch when (!isCutOff)
            {
                Directory.Delete(directory.Restoring, recursive: true);
                throw;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException)
        {
            throw new StorageException($"{backup} is no backup of this app, or it is damaged. b24robot backup makes one.", exception);
        }
        catch (SqliteException exception)
        {
            throw new StorageException($"The database in {backup} cannot be used: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The data directory {directory.FullPath} cannot be written: {exception.Message}", exception);
        }
    }

    private static FileStream OpenBackup(string backup)
    {
        try
        {
            return new FileStream(backup, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The backup cannot be read: {exception.Message}", exception);
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(ZipArchive zip, CancellationToken cancellationToken)
    {
        await using var stream = await EntryOf(zip, BackupManifest.Entry).OpenAsync(cancellationToken);
        return BackupManifest.Read(stream);
    }

    private static ZipArchiveEntry EntryOf(ZipArchive zip, string name) => zip.GetEntry(name) ?? throw new InvalidDataException();

    /// <summary>What would be in the way. Keys that the backup does not bring are those that its database needs.</summary>
    private static List<FileSystemInfo> EntriesOf(DataDirectory directory, BackupManifest manifest) =>
    [
        .. new DirectoryInfo(directory.FullPath).EnumerateFileSystemInfos().Where(entry =>
            entry.FullName != directory.LockFile && entry.FullName != directory.Restoring && !entry.Name.StartsWith(Before, StringComparison.Ordinal) && entry.Name != "lost+found"
            && (manifest.HasKeys || entry.FullName != DataDirectory.KeysIn(directory.FullPath))),
    ];

    private static async Task<IReadOnlyList<string>> UnpackAsync(
        ZipArchive zip, BackupManifest manifest, DataDirectory directory, Action<BackupProgress> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Directory.Exists(directory.Restoring))
        {
            Directory.Delete(directory.Restoring, recursive: true);
        }

        DataDirectory.CreatePrivate(directory.Restoring);
        var database = DataDirectory.DatabaseFileIn(directory.Restoring);
        await UnpackAsync(EntryOf(zip, BackupManifest.DatabaseEntry), database, done => progress(new BackupProgress("Unpacking", done / manifest.Bytes)), cancellationToken);
        progress(new BackupProgress("Checking", null));
        if (await Backup.DigestAsync(database, cancellationToken) != manifest.Sha256)
        {
            throw new InvalidDataException();
        }

        if (manifest.HasKeys)
        {
            var keys = DataDirectory.KeysIn(directory.Restoring);
            DataDirectory.CreatePrivate(keys);
            foreach (var entry in zip.Entries.Where(entry => KeyFile().IsMatch(entry.FullName)))
            {
                await UnpackAsync(entry, Path.Combine(keys, entry.Name), _ => { }, cancellationToken);
            }
        }

        await DatabaseSnapshot.CheckAsync(database, cancellationToken);
        using (var connection = SqliteStoreConnection.OpenForReading(database, TimeSpan.Zero))
        {
            if (Migrations.Unknown(Migrations.AppliedTo(connection)) is { } unknown)
            {
                throw new StorageException($"The backup was made by a newer version of the app ({unknown} is not known here). Restore it with that version.");
            }
        }

        var migrated = Migrations.Apply(database);
        using (var connection = SqliteStoreConnection.OpenForWriting(database, TimeSpan.Zero))
        {
            connection.Run("BEGIN");
            RestoreLog.Mark(connection, manifest.MadeAt, clock.GetUtcNow());
            connection.Run("COMMIT");
        }

        return migrated;
    }

    private static async Task UnpackAsync(ZipArchiveEntry entry, string target, Action<double> done, CancellationToken cancellationToken)
    {
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var source = await entry.OpenAsync(cancellationToken);
        await using var file = new FileStream(target, create);
        await Backup.CopyAsync(source, file, done, cancellationToken);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Nothing here is cancelled; what a power cut leaves is seen at the next start by the folder that is still there.</summary>
    private static string? PutInPlace(DataDirectory directory, List<FileSystemInfo> old, TimeProvider clock)
    {
        string? aside = null;
        if (old.Count > 0)
        {
            aside = Path.Combine(directory.FullPath, string.Create(CultureInfo.InvariantCulture, $"{Before}{clock.GetUtcNow():yyyyMMdd-HHmmss-fff}"));
            DataDirectory.CreatePrivate(aside);
            foreach (var entry in old)
            {
                Directory.Move(entry.FullName, Path.Combine(aside, entry.Name));
            }
        }

        foreach (var entry in new DirectoryInfo(directory.Restoring).EnumerateFileSystemInfos())
        {
            Directory.Move(entry.FullName, Path.Combine(directory.FullPath, entry.Name));
        }

        Directory.Delete(directory.Restoring);
        return aside;
    }

    /// <summary>The key ring's own names; nothing that would lead elsewhere.</summary>
    [GeneratedRegex("^keys/[A-Za-z0-9-]+\\.xml$")]
    private static partial Regex KeyFile();
}
