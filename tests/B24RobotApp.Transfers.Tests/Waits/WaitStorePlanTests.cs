using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Waits;

/// <summary>Waiting and following stay as quick with a long history as without: SQLite is asked how it would run each statement.</summary>
public sealed partial class WaitStorePlanTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public Task No_statement_about_waits_walks_through_what_is_over() => NoneWalksAsync(typeof(WaitStore), 35);

    [Fact]
    public Task No_statement_about_followed_items_walks_through_all_of_them_but_the_daily_letting_go() => NoneWalksAsync(typeof(FollowStore), 10, "PruneFollowedSql");

    private async Task NoneWalksAsync(Type store, int atLeast, params string[] mayWalk)
    {
        var statements = store.GetFields(BindingFlags.NonPublic | BindingFlags.Static)
            .Where(constant => constant.IsLiteral && constant.Name.EndsWith("Sql", StringComparison.Ordinal))
            .ToDictionary(constant => constant.Name, constant => constant.GetRawConstantValue()?.ToString() ?? "");

        var walks = await _database.Open().ReadAsync(
            connection => statements.ToDictionary(statement => statement.Key, statement => FindWalk(connection, statement.Value)),
            TestContext.Current.CancellationToken);

        Assert.InRange(walks.Count, atLeast, atLeast + 30);
        Assert.All(mayWalk, name => Assert.NotNull(walks[name]));
        Assert.All(walks.Where(walk => !mayWalk.Contains(walk.Key)), walk => Assert.Null(walk.Value));
    }

    private static string? FindWalk(StoreConnection connection, string sql)
    {
        sql = Parameter().Replace(ListParameter().Replace(sql, "IN (1, 2)"), "1");
        return connection.Query($"EXPLAIN QUERY PLAN {sql}").Select(row => (string)row.detail).FirstOrDefault(step => Scan().IsMatch(step) && !OpenOnly().IsMatch(step));
    }

    [GeneratedRegex(@"IN @\w+")]
    private static partial Regex ListParameter();

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();

    [GeneratedRegex("^SCAN (waits|transfers|followed_items|write_backs)")]
    private static partial Regex Scan();

    /// <summary>An index of what is not over is short, however long the history is.</summary>
    [GeneratedRegex("USING (COVERING )?INDEX waits_(seeking|watching|answering|timing_out|unverified|open|unconfirmed)")]
    private static partial Regex OpenOnly();
}
