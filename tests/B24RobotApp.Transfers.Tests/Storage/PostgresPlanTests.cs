using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>
/// PostgreSQL chooses indexes by what it has counted, now and then. A burst of calls comes between: what runs for every call and every transfer must go by the right index whatever was counted.
/// </summary>
public sealed partial class PostgresPlanTests : IDisposable
{
    private readonly TestPostgres _database = new();

    public static MatrixTheoryData<(string Name, string Indexes), bool> Statements => new(
        [
            ("AddSql", "transfers_of_deal"),
            ("TakeInSql", "transfers_adopting, transfers_of_deal"),
            ("BringUpNextSql", "transfers_id_key, transfers_of_deal, transfers_pkey"),
            ("BringUpSql", "transfers_of_deal, transfers_pkey"),
            ("FinishSql", "transfers_id_key"),
            ("RescheduleSql", "transfers_id_key"),
            ("ParkSql", "transfers_id_key"),
            ("ClaimSql", "transfers_pkey"),
            ("SequenceInStateSql", "transfers_id_key"),
            ("DueSql", "transfers_claimable"),
            ("NextDueSql", "transfers_claimable"),
            ("HastenOneSql", "transfers_claimable, transfers_pkey"),
            ("NextEndSql", "transfers_claimable, transfers_ending"),
        ],
        [false, true]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task Whatever_was_counted_a_statement_of_the_queue_goes_by_the_indexes_made_for_it((string Name, string Indexes) statement, bool isCounted)
    {
        var database = _database.Open();
        if (isCounted)
        {
            await database.WriteAsync(
                connection =>
                {
                    connection.Run("INSERT INTO portals (id, member_id, address, oauth_server, state, installer_user_id, language, installed_at) VALUES (1, 'm', 'https://a.example/', 'https://o.example/', 'connected', 1, 'ru', 0)");
                    connection.Run(
                        """
                        INSERT INTO transfers (id, portal_id, robot_code, event_token, workflow_id, entity_type_id, item_id, connection, properties, waits, called_at, received_at, give_up_at, ends_at, due_at, attempt, state, finished_at)
                        SELECT 'id' || number, 1, 'send_to_esb', 'token' || number, 'workflow' || number, 2, number, 'esb', '{}', 1, 0, 0, 0, 0, 0, 1, 'done', 0
                        FROM generate_series(1, 3000) AS number
                        """);
                    return 0;
                },
                Durability.Relaxed,
                Cancel);
            _database.Execute("ANALYZE");
        }

        var sql = (string)typeof(TransferStore).GetField(statement.Name, BindingFlags.NonPublic | BindingFlags.Static)!.GetRawConstantValue()!; // One of those above.
        var plan = await database.WriteAsync(connection => PlanOf(connection, sql), Durability.Relaxed, Cancel);

        Assert.Equal(statement.Indexes, string.Join(", ", Index().Matches(plan).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)));
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    /// <summary>How a prepared statement is run whatever its values are.</summary>
    private static string PlanOf(StoreConnection connection, string sql)
    {
        var text = PreparedText.Of(sql);
        connection.Run("SET LOCAL plan_cache_mode = force_generic_plan");
        connection.Execute($"PREPARE planned AS {text.Sql}");
        return string.Join('\n', connection.Query<string>($"EXPLAIN EXECUTE planned ({string.Join(", ", Enumerable.Repeat("NULL", text.Parameters))})"));
    }

    [GeneratedRegex("(?:Scan|Index Scan) (?:using|on) (transfers_[a-z_]+)")]
    private static partial Regex Index();
}
