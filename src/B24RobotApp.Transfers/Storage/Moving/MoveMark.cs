namespace B24RobotApp.Transfers.Storage.Moving;

/// <summary>What each of two databases says of a move between them.</summary>
internal sealed record MoveMark
{
    private const string FindSql = "SELECT id AS Id, place AS Place, finished_at AS FinishedAt FROM moves";

    private const string BeginSql = "INSERT INTO moves (id, place, began_at) VALUES (@Id, @Place, @Now)";

    private const string ForgetSql = "DELETE FROM moves";

    private const string FinishSql = "UPDATE moves SET finished_at = @Now WHERE finished_at IS NULL";

    /// <summary>The same in both.</summary>
    public required string Id { get; init; }

    /// <summary>The other one.</summary>
    public required string Place { get; init; }

    /// <summary>When all was there.</summary>
    public required long? FinishedAt { get; init; }

    /// <summary>Nothing may be written into a database that was left: it would be lost.</summary>
    /// <exception cref="StorageException">It was left.</exception>
    public static void CheckNotLeft(StoreConnection connection, string file)
    {
        if (Find(connection) is { FinishedAt: not null } mark)
        {
            throw new StorageException($"What was in {file} was moved to PostgreSQL, {mark.Place}, and is worked on there. Set Storage:Provider=postgres and Storage:ConnectionString.");
        }
    }

    /// <summary>Nobody may work on a database that is not whole yet.</summary>
    /// <exception cref="StorageException">It is not.</exception>
    public static void CheckArrived(StoreConnection connection, string place)
    {
        if (Find(connection) is { FinishedAt: null } mark)
        {
            throw new StorageException($"The database {place} does not hold everything of {mark.Place} yet. Let b24robot migrate-store come to its end, or run it again; it goes on where it was.");
        }
    }

    /// <summary>The mark; <see langword="null"/> in a database that was neither left nor moved to.</summary>
    public static MoveMark? Find(StoreConnection connection) => connection.QuerySingleOrDefault<MoveMark>(FindSql);

    /// <summary>Begins a move, or one to somewhere else.</summary>
    public static void Begin(StoreConnection connection, string id, string place, DateTimeOffset now)
    {
        connection.Execute(ForgetSql);
        connection.Execute(BeginSql, new { Id = id, Place = place, Now = now.ToUnixTimeMilliseconds() });
    }

    public static void Finish(StoreConnection connection, DateTimeOffset now) => connection.Execute(FinishSql, new { Now = now.ToUnixTimeMilliseconds() });
}
