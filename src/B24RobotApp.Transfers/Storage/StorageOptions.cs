namespace B24RobotApp.Transfers.Storage;

/// <summary>Where the store is. The host fills it from its own settings.</summary>
public sealed class StorageOptions
{
    /// <summary>The folder of database and key ring, and of files under way; made if it is not there. One process at a time owns it.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>The folder of the key ring, where it is not to lie in the data directory; it is not part of backups then.</summary>
    /// <value>Empty: <c>keys</c> in the data directory; with PostgreSQL a table, which all servers see.</value>
    public string KeyDirectory { get; set; } = "";

    /// <summary>Where the PostgreSQL database is, and how to get in; empty where the database is a file in the data directory.</summary>
    public string ConnectionString { get; set; } = "";

    public bool IsPostgres => ConnectionString.Length > 0;

    /// <summary>How long a write waits when a stranger, such as a backup tool, holds the database.</summary>
    /// <value>Above zero; 10 seconds by default.</value>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
