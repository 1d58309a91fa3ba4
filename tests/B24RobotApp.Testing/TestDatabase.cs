using B24RobotApp.Transfers.Storage;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Testing;

/// <summary>A database file in a folder of its own.</summary>
public sealed class TestDatabase : TestStorage
{
    /// <summary>The database file.</summary>
    public string File => Path.Combine(Folder, "b24robot.sqlite3");

    /// <summary>A stranger's lock is waited for shortly.</summary>
    public override StorageOptions Options => new() { DataDirectory = Folder, BusyTimeout = TimeSpan.FromMilliseconds(50) };

    /// <summary>Looks into the file and its log, also at what SQLite has not carried over or not overwritten yet.</summary>
    public override bool Holds(string text) => Contains(File, text) || Contains(File + "-wal", text);

    public override IDisposable HoldWrites()
    {
        var stranger = new SqliteConnection($"Data Source={File};Pooling=False");
        stranger.Open();
        using var begin = stranger.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        begin.ExecuteNonQuery();
        return stranger;
    }

    private static bool Contains(string file, string text)
    {
        if (!System.IO.File.Exists(file))
        {
            return false;
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
    }
}
