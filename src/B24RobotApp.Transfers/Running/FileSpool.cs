using System.Collections.Concurrent;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Where a file lies between download and upload: a temporary file in the data directory. A file that was received whole can be sent again without asking the source again, its length is known, and a
/// download that breaks never reaches the ESB as half a file. Few lie here at once, so that the disk's share is bounded; what a crash has left is removed at start.
/// </summary>
public sealed class FileSpool : IDisposable
{
    private const int MostFiles = 8;

    /// <summary>So that a portal that is slow leaves places to the others.</summary>
    private const int MostFilesOfLane = 2;

    private readonly SemaphoreSlim _places = new(MostFiles);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _lanes = new(StringComparer.Ordinal);
    private readonly string _folder;

    /// <summary>Makes the folder, or empties it. The data directory belongs to this process by then: the database is opened first.</summary>
    public FileSpool(IOptions<StorageOptions> options)
    {
        _folder = Path.Combine(Path.GetFullPath(options.Value.DataDirectory), "files");
        DataDirectory.CreatePrivate(_folder);
        foreach (var left in Directory.EnumerateFiles(_folder))
        {
            File.Delete(left);
        }
    }

    /// <summary>Waits for a place and opens an empty file there. It is gone when it is disposed of.</summary>
    /// <param name="lane">Who shares places: the files of one portal and connection.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StorageUnavailableException">The disk takes none.</exception>
    public async Task<SpooledFile> OpenAsync(string lane, CancellationToken cancellationToken)
    {
        var ofLane = _lanes.GetOrAdd(lane, _ => new SemaphoreSlim(MostFilesOfLane));
        await ofLane.WaitAsync(cancellationToken);
        try
        {
            await _places.WaitAsync(cancellationToken);
            try
            {
                return new SpooledFile(Create(), () => Leave(ofLane));
            }
            catch
            {
                _places.Release();
                throw;
            }
        }
        catch
        {
            ofLane.Release();
            throw;
        }
    }

    public void Dispose()
    {
        _places.Dispose();
        foreach (var lane in _lanes.Values)
        {
            lane.Dispose();
        }
    }

    private void Leave(SemaphoreSlim ofLane)
    {
        _places.Release();
        ofLane.Release();
    }

    private FileStream Create()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FileStream(Path.Combine(_folder, $"{Guid.NewGuid():N}.part"), options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageUnavailableException($"No file can be laid into {_folder}: {exception.Message}", exception);
        }
    }
}

/// <summary>A file in the spool, and its place there.</summary>
public sealed class SpooledFile(FileStream content, Action leave) : IAsyncDisposable
{
    public Stream Content => content;

    public async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        leave();
    }
}
