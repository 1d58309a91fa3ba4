using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Testing;

/// <summary>A real database of a test's own, with all tables; deleted afterwards.</summary>
public abstract class TestStorage : IDisposable
{
    private StoreDatabase? _open;

    /// <summary>The data directory.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("b24robot-test-").FullName;

    /// <summary>Encrypts with keys that live as long as this object.</summary>
    public SecretProtection Protection { get; protected init; } = new(new EphemeralDataProtectionProvider());

    /// <summary>How it is opened.</summary>
    public abstract StorageOptions Options { get; }

    /// <summary>A database for tests that mind the work and not the database: SQLite, or PostgreSQL where the environment says <c>STORE=postgres</c>.</summary>
    public static TestStorage Make() => Environment.GetEnvironmentVariable("STORE") == "postgres" ? new TestPostgres() : new TestDatabase();

    /// <summary>The open database; opened at the first call.</summary>
    public StoreDatabase Open() => _open ??= StoreChoice.Open(Options);

    /// <summary>Closes the database and opens it again, as a restart does.</summary>
    public StoreDatabase Reopen()
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

    /// <summary>Whether a text stands anywhere in it, be it in what is written and not in its place yet.</summary>
    public abstract bool Holds(string text);

    /// <summary>As a stranger does that writes and does not end: no write is made until this is disposed of.</summary>
    public abstract IDisposable HoldWrites();

    public void Dispose()
    {
        Close();
        Delete();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Deletes what is not in the data directory.</summary>
    protected virtual void Delete()
    {
    }
}
