using System.Globalization;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Storage.Moving;
using Dapper;
using Microsoft.Data.Sqlite;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage.Moving;

/// <summary>How long a move takes, and how long no server can run meanwhile. Only when asked for: <c>-explicit only -method "*A_move_of*"</c>.</summary>
public sealed class StoreMoveMeasurements
{
    [Fact(Explicit = true)]
    public async Task A_move_of_a_hundred_thousand_transfers()
    {
        using var file = new TestDatabase();
        using var postgres = new TestPostgres(isEmpty: true);
        Fill(file);
        file.Open();
        var options = new StorageOptions { DataDirectory = file.Folder, BusyTimeout = TimeSpan.FromSeconds(5), ConnectionString = postgres.ConnectionString };
        var began = TimeProvider.System.GetTimestamp();
        var copied = TimeSpan.Zero;

        var report = await StoreMove.RunAsync(
            options,
            _ => { },
            async () =>
            {
                copied = TimeProvider.System.GetElapsedTime(began);
                await file.Open().WriteAsync(connection => connection.Execute("UPDATE transfers SET title = 'anders' WHERE sequence % 1000 = 7"), Durability.Full, TestContext.Current.CancellationToken);
                file.Close();
            },
            TimeProvider.System,
            TestContext.Current.CancellationToken);

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Tables.Sum(table => table.Rows)} rows of {new FileInfo(file.File).Length / 1e6:0} MB: copied beside the server in {copied.TotalSeconds:0.0} s, then no server for {report.Standstill.TotalSeconds:0.0} s"));
    }

    private static void Fill(TestDatabase file)
    {
        Migrations.Apply(file.File);
        using var connection = new SqliteConnection($"Data Source={file.File};Pooling=False");
        connection.Open();
        connection.Execute(
            """
            BEGIN;
            INSERT INTO portals (id, member_id, address, oauth_server, state, installer_user_id, language, installed_at)
            VALUES (1, 'member', 'https://portal.example.com/', 'https://oauth.example.com/', 'connected', 1, 'ru', 1);

            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
            INSERT INTO transfers (id, portal_id, robot_code, event_token, workflow_id, entity_type_id, item_id, connection, properties, waits, called_at, received_at, give_up_at, state, due_at, attempt, title,
                                   outcome_status, esb_deal_id, esb_deal_url, outcome_at, answered_at, finished_at)
            SELECT lower(hex(randomblob(16))), 1, 'send_to_esb', hex(randomblob(40)), hex(randomblob(8)), 2, n, 'main', '{"connection": "main", "mode": "upsert", "comment": "' || hex(randomblob(60)) || '"}', 1, n, n, n, 'done', n, 1,
                   'Сделка номер ' || n, 'created', n, 'https://esb.example.com/crm/deal/details/' || n || '/', n, n, n
            FROM numbers;

            INSERT INTO attempts (sequence, number, started_at, ended_at, step) SELECT sequence, 1, 1, 2, 'finish' FROM transfers;
            INSERT INTO trails (sequence, document) SELECT sequence, hex(randomblob(1500)) FROM transfers;
            INSERT INTO links (member_id, connection, entity, source_id, esb_id, hash, saved_at) SELECT 'member', 'main', 2, sequence, sequence, hex(randomblob(32)), 1 FROM transfers;
            COMMIT;
            """);
    }
}
