using System.Net;
using System.Text.RegularExpressions;
using B24RobotApp.Tests.Infrastructure;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Tests.Health;

public sealed class HealthTests
{
    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    public async Task A_server_that_works_says_so(string path, string expected)
    {
        using var bitrix24 = new Bitrix24Stub();
        await using var app = await TestApp.StartAsync(bitrix24);
        await app.InstallAsync(bitrix24);

        using var response = await app.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_server_whose_database_is_held_says_so_without_saying_where_it_lies()
    {
        using var bitrix24 = new Bitrix24Stub();
        await using var app = await TestApp.StartAsync(bitrix24);
        await app.InstallAsync(bitrix24);
        using var other = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "b24robot.sqlite3")}");
        other.Open();
        using var hold = other.BeginTransaction(deferred: false);

        using var response = await app.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("The database takes no writes. The server's log says why.", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains("b24robot.sqlite3", app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_tells_once_that_the_database_takes_no_writes_and_once_that_it_does_again()
    {
        using var bitrix24 = new Bitrix24Stub();
        await using var app = await TestApp.StartAsync(bitrix24);
        await app.InstallAsync(bitrix24);
        using var other = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "b24robot.sqlite3")}");
        other.Open();
        using (other.BeginTransaction(deferred: false))
        {
            using var first = await app.GetAsync("/health/ready");
            using var second = await app.GetAsync("/health/ready");
        }

        using var third = await app.GetAsync("/health/ready");
        using var fourth = await app.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, fourth.StatusCode);
        Assert.Single(Regex.Matches(app.Log, "The database takes no writes, and the server counts as not ready"));
        Assert.Single(Regex.Matches(app.Log, "The database takes writes again"));
    }
}
