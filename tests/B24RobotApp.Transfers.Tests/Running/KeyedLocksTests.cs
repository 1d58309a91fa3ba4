using B24RobotApp.Transfers.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class KeyedLocksTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_shares_a_key_waits_and_nobody_else_does()
    {
        var locks = new KeyedLocks();
        var first = await locks.AcquireAsync(["a", "b"], Cancel);

        var sharing = locks.AcquireAsync(["b", "c"], Cancel);
        await using (await locks.AcquireAsync(["c", "d"], Cancel))
        {
            Assert.False(sharing.IsCompleted);
        }

        await first.DisposeAsync();
        await (await sharing).DisposeAsync();
    }

    [Fact]
    public async Task Many_with_overlapping_keys_in_any_order_all_get_their_turn()
    {
        var locks = new KeyedLocks();
        var inside = 0;
        var random = new Random(1);
        var keys = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 4).Select(_ => $"{random.Next(6)}").Append("all").ToArray()).ToList();

        await Task.WhenAll(keys.Select(async mine =>
        {
            await using var held = await locks.AcquireAsync(mine, Cancel);
            Assert.Equal(1, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        }));
    }

    [Fact]
    public async Task Who_gives_up_waiting_holds_nothing()
    {
        var locks = new KeyedLocks();
        var first = await locks.AcquireAsync(["b"], Cancel);
        using var giveUp = new CancellationTokenSource();
        var waiting = locks.AcquireAsync(["a", "b"], giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await using var a = await locks.AcquireAsync(["a"], Cancel);
        await first.DisposeAsync();
        await using var b = await locks.AcquireAsync(["b"], Cancel);
    }
}
