using System.Text;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>Calls that a server keeps beside the database.</summary>
public sealed class SpareInboxTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 9, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("b24robot-test-");
    private readonly SecretProtection _protection = new(new EphemeralDataProtectionProvider());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_a_restart_in_the_order_of_its_arrival()
    {
        using (var inbox = Open())
        {
            for (var number = 0; number < 250; number++)
            {
                await inbox.AddAsync("send_to_esb", At.AddSeconds(number), Encoding.UTF8.GetBytes($"event_token={number}&title=Сделка"));
            }
        }

        using var again = Open();
        Assert.Equal(250, again.Count);
        List<SpareCall> all = [];
        while (await again.OldestAsync(all.Count == 0 ? 0 : all[^1].Number) is { Count: > 0 } calls)
        {
            all.AddRange(calls);
        }

        Assert.Equal(Enumerable.Range(0, 250).Select(number => ("send_to_esb", At.AddSeconds(number), $"event_token={number}&title=Сделка")), all.Select(call => (call.Robot, call.ReceivedAt, Encoding.UTF8.GetString(call.Form))));
    }

    [Fact]
    public async Task What_was_brought_to_the_database_is_gone_from_the_file_and_its_number_is_not_given_again()
    {
        using var inbox = Open();
        await inbox.AddAsync("send_to_esb", At, "event_token=first"u8.ToArray());
        var first = Assert.Single(await inbox.OldestAsync(0));

        await inbox.RemoveAsync(first);
        await inbox.AddAsync("send_to_esb", At, "event_token=second"u8.ToArray());

        Assert.Equal(1, inbox.Count);
        Assert.True(Assert.Single(await inbox.OldestAsync(0)).Number > first.Number);
    }

    [Fact]
    public async Task Nobody_reads_a_calls_tokens_in_the_file()
    {
        using var inbox = Open();

        await inbox.AddAsync("send_to_esb", At, "auth[access_token]=topsecret"u8.ToArray());

        foreach (var file in _folder.EnumerateFiles("spare-inbox*"))
        {
            await using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain("topsecret", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_says_so_and_counts_nothing()
    {
        using var inbox = Open();
        using (var stranger = new SqliteConnection($"Data Source={inbox.File};Pooling=False"))
        {
            stranger.Open();
            using var drop = stranger.CreateCommand();
            drop.CommandText = "DROP TABLE calls";
            drop.ExecuteNonQuery();
        }

        var failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => inbox.AddAsync("send_to_esb", At, "event_token=1"u8.ToArray()));

        Assert.Contains(inbox.File, failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, inbox.Count);
    }

    [Fact]
    public async Task A_file_that_is_damaged_keeps_the_server_from_starting_and_is_left_for_a_person_to_look_at()
    {
        var file = Path.Combine(_folder.FullName, "spare-inbox.sqlite3");
        await File.WriteAllTextAsync(file, new string('x', 5000), Cancel);

        var failure = Assert.Throws<StorageUnavailableException>(Open);

        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(file).Length);
    }

    private SpareInbox Open() => new(_folder.FullName, _protection);
}
