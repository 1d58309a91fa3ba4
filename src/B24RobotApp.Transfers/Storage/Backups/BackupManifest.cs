using System.Text.Json;

namespace B24RobotApp.Transfers.Storage.Backups;

/// <summary>What a backup says of itself: its first entry.</summary>
/// <param name="MadeAt">The database holds all that was written until then, and nothing later.</param>
/// <param name="Schema">The last script that was applied to the database.</param>
/// <param name="Bytes">The database's size.</param>
/// <param name="Sha256">The database's digest, in hexadecimal.</param>
/// <param name="HasKeys">Whether the key ring is in it.</param>
public sealed record BackupManifest(DateTimeOffset MadeAt, string Schema, long Bytes, string Sha256, bool HasKeys)
{
    internal const string Entry = "backup.json";

    internal const string DatabaseEntry = "b24robot.sqlite3";

    internal const string KeysFolder = "keys/";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    internal byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="JsonException">It is none.</exception>
    internal static BackupManifest Read(Stream stream) => JsonSerializer.Deserialize<BackupManifest>(stream, Json) is { Sha256: not null, Schema: not null } manifest
        ? manifest
        : throw new JsonException();
}
