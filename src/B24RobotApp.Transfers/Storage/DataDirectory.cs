namespace B24RobotApp.Transfers.Storage;

/// <summary>The folder of database and key ring, owned by this process until it is disposed.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockName = "b24robot.lock";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream @lock) => (FullPath, _lock) = (path, @lock);

    public string FullPath { get; }

    public string DatabaseFile => DatabaseFileIn(FullPath);

    public string LockFile => Path.Combine(FullPath, LockName);

    /// <summary>Where a restore makes ready what it will put in place. As long as it is there, what lies beside it is not to be worked with.</summary>
    public string Restoring => Path.Combine(FullPath, "restoring");

    /// <summary>Where the database of a data directory is.</summary>
    public static string DatabaseFileIn(string path) => Path.Combine(Path.GetFullPath(path), "b24robot.sqlite3");

    /// <summary>Where the key ring of a data directory is.</summary>
    public static string KeysIn(string path) => Path.Combine(Path.GetFullPath(path), "keys");

    /// <summary>Makes the folder if need be and takes possession of it.</summary>
    /// <exception cref="StorageException">Another process owns it, or it cannot be used.</exception>
    public static DataDirectory Own(string path) =>
        OwnIfFree(path) ?? throw new StorageException($"The data directory {Path.GetFullPath(path)} is in use by another process. Only one server can run on it.");

    /// <summary>The same; <see langword="null"/> where another process owns it.</summary>
    /// <exception cref="StorageException">It cannot be used.</exception>
    public static DataDirectory? OwnIfFree(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new StorageException("No data directory is set (App:DataDirectory).");
        }

        path = Path.GetFullPath(path);
        try
        {
            CreatePrivate(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The data directory {path} cannot be used: {exception.Message}", exception);
        }

        try
        {
            // The lock goes with the process, however it ends. The file stays: to delete it would let two processes lock two files of one name.
            var file = new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataDirectory(path, file);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StorageException($"The data directory {path} cannot be written: {exception.Message}", exception);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Makes a folder that only this user can look into: the key ring lies in it.</summary>
    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => _lock.Dispose();
}
