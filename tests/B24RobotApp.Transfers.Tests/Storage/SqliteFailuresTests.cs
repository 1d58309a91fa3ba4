using B24RobotApp.Transfers.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class SqliteFailuresTests
{
    [Theory]
    [InlineData(5, "Another program holds the database")]
    [InlineData(13, "is full")]
    [InlineData(11, "is damaged")]
    [InlineData(26, "is damaged")]
    [InlineData(10, "cannot be used")]
    [InlineData(8, "cannot be used")]
    [InlineData(14, "cannot be used")]
    public void What_is_wrong_with_the_disk_or_the_database_is_said_with_the_file_s_name(int code, string words)
    {
        var exception = new SqliteException("as SQLite says", code);

        Assert.True(SqliteFailures.IsOfTheDatabase(exception));
        var described = SqliteFailures.Describe(exception, "data/b24robot.sqlite3");
        Assert.Contains(words, described.Message, StringComparison.Ordinal);
        Assert.Contains("data/b24robot.sqlite3", described.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(19)]
    [InlineData(1)]
    [InlineData(18)]
    [InlineData(20)]
    public void What_is_wrong_with_a_statement_is_its_caller_s_alone(int code) =>
        Assert.False(SqliteFailures.IsOfTheDatabase(new SqliteException("as SQLite says", code)));

    [Theory]
    [InlineData(1034, true)]
    [InlineData(1290, true)]
    [InlineData(778, false)]
    public void Only_a_failed_force_to_the_disk_spoils_what_was_written_earlier(int extendedCode, bool spoils) =>
        Assert.Equal(spoils, SqliteFailures.IsOfForcingToDisk(new SqliteException("disk I/O error", 10, extendedCode)));
}
