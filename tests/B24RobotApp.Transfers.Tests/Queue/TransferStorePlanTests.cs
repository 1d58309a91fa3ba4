using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>The queue stays as quick with a long history as without: SQLite is asked how it would run each statement.</summary>
public sealed partial class TransferStorePlanTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task No_statement_of_the_queue_walks_through_all_transfers()
    {
        var statements = typeof(TransferStore).GetFields(BindingFlags.NonPublic | BindingFlags.Static)
            .Where(constant => constant.IsLiteral && constant.Name.EndsWith("Sql", StringComparison.Ordinal))
            .ToDictionary(constant => constant.Name, constant => constant.GetRawConstantValue()?.ToString() ?? "");

        var walks = await _database.Open().ReadAsync(
            connection => statements.ToDictionary(statement => statement.Key, statement => FindWalk(connection, statement.Value)),
            TestContext.Current.CancellationToken);

        // To count everything is to look at everything; it does so in the smallest index.
        Assert.Contains("COVERING INDEX transfers_by_state", walks["CountsSql"], StringComparison.Ordinal);
        walks.Remove("CountsSql");
        Assert.InRange(walks.Count, 25, 80);
        Assert.All(walks, walk => Assert.Null(walk.Value));
    }

    private static string? FindWalk(StoreConnection connection, string sql)
    {
        sql = Parameter().Replace(ListParameter().Replace(sql, "IN (1, 2)"), "1");
        return connection.Query($"EXPLAIN QUERY PLAN {sql}").Select(row => (string)row.detail).FirstOrDefault(step => Scan().IsMatch(step));
    }

    [GeneratedRegex(@"IN @\w+")]
    private static partial Regex ListParameter();

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();

    [GeneratedRegex("^SCAN (transfers|gone|one|front)")]
    private static partial Regex Scan();
}
