using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Testing;

/// <summary>A real database file in a folder of its own, with all migrations; deleted afterwards.</summary>
public sealed class TestDatabase : IDisposable
{
    private SqliteDatabase? _open;

    /// <summary>The data directory.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("b24robot-test-").FullName;

    /// <summary>The database file.</summary>
    public string File => Path.Combine(Folder, "b24robot.sqlite3");

    /// <summary>Encrypts with keys that live as long as this object.</summary>
    public SecretProtection Protection { get; } = new(new EphemeralDataProtectionProvider());

    /// <summary>How it is opened; a stranger's lock is waited for shortly.</summary>
    public StorageOptions Options => new() { DataDirectory = Folder, BusyTimeout = TimeSpan.FromMilliseconds(50) };

    /// <summary>The open database; opened at the first call.</summary>
    public SqliteDatabase Open() => _open ??= SqliteDatabase.Open(Options);

    /// <summary>Closes the database and opens it again, as a restart does.</summary>
    public SqliteDatabase Reopen()
    {
        Close();
        return Open();
    }

    public void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    /// <summary>All stores on the open database.</summary>
    public TestStores Stores(TimeProvider clock) => new(Open(), Protection, clock);

    /// <summary>Whether a text stands anywhere in the data directory's files, also in what SQLite has not carried over or not overwritten yet.</summary>
    public bool Holds(string text) => Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Any(file => Contains(file, text));

    public void Dispose()
    {
        Close();
        Directory.Delete(Folder, recursive: true);
    }

    private static bool Contains(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.None);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
    }
}
