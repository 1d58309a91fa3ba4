using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage.Backups;

/// <summary>
/// Saves a data directory in one file, a zip archive, while a server may run: the database as it is at one moment and, unless they are kept elsewhere, the keys that open its secrets. Files under way are left out; they are
/// fetched again. The file gets its name when it is whole and checked.
/// </summary>
public static class Backup
{
    private const int PieceLength = 256 * 1024;

    /// <summary>Makes a backup.</summary>
    /// <param name="options">Which data directory.</param>
    /// <param name="target">The file, replaced if it is there; a folder: a file in it, named by the time.</param>
    /// <param name="withKeys">Whether the key ring goes along.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends it; then there is no new file.</param>
    /// <returns>The file, and what is in it.</returns>
    /// <exception cref="StorageException">There is no database, it is damaged, or the file cannot be written.</exception>
    public static async Task<(string File, BackupManifest Manifest)> MakeAsync(
        StorageOptions options, string target, bool withKeys, Action<BackupProgress> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var database = SqliteDatabase.Existing(options);
        target = Path.GetFullPath(target);
        if (Directory.Exists(target))
        {
            target = Path.Combine(target, string.Create(CultureInfo.InvariantCulture, $"b24robot-{clock.GetUtcNow():yyyyMMdd-HHmmss}.zip"));
        }

        // Beside the target, so that it only has to be renamed at the end; private, for what is in it.
        var work = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}");
        try
        {
            DataDirectory.CreatePrivate(work);
            var copy = Path.Combine(work, BackupManifest.DatabaseEntry);
            var madeAt = clock.GetUtcNow();
            await DatabaseSnapshot.WriteAsync(database, copy, options.BusyTimeout, progress, clock, cancellationToken);
            progress(new BackupProgress("Checking the copy", null));
            await DatabaseSnapshot.CheckAsync(copy, cancellationToken);

            // Read after the database: a key that it needs is older than what was encrypted with it.
            var keys = withKeys ? KeysOf(database) : [];
            var manifest = new BackupManifest(madeAt, SchemaOf(copy), new FileInfo(copy).Length, await DigestAsync(copy, cancellationToken), keys.Count > 0);
            var archive = Path.Combine(work, "archive");
            await PackAsync(archive, manifest, copy, keys, progress, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            File.Move(archive, target, overwrite: true);
            return (target, manifest);
        }
        catch (SqliteException exception)
        {
            throw SqliteFailures.Describe(exception, database);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The backup {target} cannot be written: {exception.Message}", exception);
        }
        finally
        {
            if (Directory.Exists(work))
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }

    private static List<FileInfo> KeysOf(string database)
    {
        var folder = new DirectoryInfo(DataDirectory.KeysIn(Path.GetDirectoryName(database)!));
        return folder.Exists ? [.. folder.EnumerateFiles("*.xml")] : [];
    }

    private static string SchemaOf(string copy)
    {
        using var connection = SqliteStoreConnection.OpenForReading(copy, TimeSpan.Zero);
        return Migrations.AppliedTo(connection) is [.., var last] ? last : throw new StorageException("The database is none of this app's.");
    }

    private static async Task PackAsync(
        string archive, BackupManifest manifest, string copy, List<FileInfo> keys, Action<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(archive, create);
        await using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using (var entry = await zip.CreateEntry(BackupManifest.Entry).OpenAsync(cancellationToken))
            {
                await entry.WriteAsync(manifest.Write(), cancellationToken);
            }

            await AddAsync(zip, BackupManifest.DatabaseEntry, copy, done => progress(new BackupProgress("Packing", done / manifest.Bytes)), cancellationToken);
            foreach (var key in keys)
            {
                await AddAsync(zip, BackupManifest.KeysFolder + key.Name, key.FullName, _ => { }, cancellationToken);
            }
        }

        file.Flush(flushToDisk: true);
    }

    private static async Task AddAsync(ZipArchive zip, string name, string file, Action<double> done, CancellationToken cancellationToken)
    {
        await using var source = File.OpenRead(file);
        await using var entry = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(cancellationToken);
        await CopyAsync(source, entry, done, cancellationToken);
    }

    /// <summary>Copies, and tells after each piece how many bytes there were so far.</summary>
    internal static async Task CopyAsync(Stream source, Stream target, Action<double> done, CancellationToken cancellationToken)
    {
        var piece = new byte[PieceLength];
        var total = 0L;
        int read;
        while ((read = await source.ReadAsync(piece, cancellationToken)) > 0)
        {
            await target.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            done(total += read);
        }
    }

    internal static async Task<string> DigestAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
