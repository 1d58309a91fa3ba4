using B24RobotApp.Bitrix24.Limits;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.Limits;

public sealed class LeakyBucketTests
{
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_burst_passes_at_once_and_leaves_a_tenth_of_the_portals_bucket_unused()
    {
        var bucket = new LeakyBucket(2, 50, _clock);

        var permits = Enumerable.Range(0, 50).Select(_ => bucket.TakeAsync(Cancellation)).ToList();

        Assert.Equal(45, permits.Count(permit => permit.IsCompletedSuccessfully));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(49, permits.Count(permit => permit.IsCompletedSuccessfully));
    }

    [Fact]
    public void It_tells_how_many_may_leave_at_once_also_when_the_portal_says_that_others_have_filled_it()
    {
        var bucket = new LeakyBucket(2, 50, _clock);
        Assert.Equal(new BucketFigures(45, 45, 2), bucket.Look());

        foreach (var _ in Enumerable.Range(0, 40))
        {
            Assert.True(bucket.TakeAsync(Cancellation).IsCompletedSuccessfully);
        }

        Assert.Equal(5, bucket.Look().Free);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(11, bucket.Look().Free);
        bucket.Overflow(TimeSpan.FromSeconds(5));
        Assert.Equal(0, bucket.Look().Free);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Servers_that_share_an_address_together_send_no_more_than_one_alone(int servers)
    {
        var alone = new LeakyBucket(2, 50, _clock);
        var together = Enumerable.Range(0, servers).Select(_ => new LeakyBucket(2, 50, _clock)).ToList();
        together.ForEach(bucket => bucket.KeepTo(1.0 / servers));
        var single = Enumerable.Range(0, 200).Select(_ => alone.TakeAsync(Cancellation)).ToList();
        var shared = together.SelectMany(bucket => Enumerable.Range(0, 200).Select(_ => bucket.TakeAsync(Cancellation))).ToList();

        for (var seconds = 0; seconds < 60; seconds++)
        {
            Assert.InRange(shared.Count(permit => permit.IsCompleted), single.Count(permit => permit.IsCompleted) - (2 * servers), single.Count(permit => permit.IsCompleted));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_part_of_the_limit_holds_for_those_who_wait_already_and_ends_as_soon_as_the_others_are_gone()
    {
        var bucket = new LeakyBucket(2, 1, _clock);
        var permits = Enumerable.Range(0, 10).Select(_ => bucket.TakeAsync(Cancellation)).ToList();
        Assert.Equal(1, permits.Count(permit => permit.IsCompleted));

        bucket.KeepTo(0.25);
        _clock.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.Equal(1, permits.Count(permit => permit.IsCompleted));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, permits.Count(permit => permit.IsCompleted));

        bucket.KeepTo(1);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(3, permits.Count(permit => permit.IsCompleted));
        Assert.Equal(2, bucket.Rate);
    }

    [Fact]
    public async Task While_nothing_leaves_this_process_nobody_waits_for_his_turn_and_nothing_is_counted()
    {
        var bucket = new LeakyBucket(2, 1, _clock);
        var permits = Enumerable.Range(0, 10).Select(_ => bucket.TakeAsync(Cancellation)).ToList();

        bucket.Open(true);
        await Task.WhenAll(permits);
        Assert.True(bucket.TakeAsync(Cancellation).IsCompletedSuccessfully);
        bucket.Open(false);

        Assert.False(bucket.TakeAsync(Cancellation).IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, bucket.Look().Free);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, bucket.Look().Free);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_part_that_is_none_is_refused(double share) => Assert.Throws<ArgumentOutOfRangeException>(() => new LeakyBucket(2, 50, _clock).KeepTo(share));

    [Fact]
    public void A_full_bucket_that_keeps_to_a_small_part_from_now_on_does_not_stand_still_for_minutes()
    {
        var bucket = new LeakyBucket(2, 50, _clock);
        foreach (var _ in Enumerable.Range(0, 45))
        {
            Assert.True(bucket.TakeAsync(Cancellation).IsCompletedSuccessfully);
        }

        bucket.KeepTo(0.1);
        var next = bucket.TakeAsync(Cancellation);

        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(next.IsCompletedSuccessfully);
    }

    [Fact]
    public void Those_who_wait_are_let_through_in_order_one_at_a_time()
    {
        var bucket = new LeakyBucket(2, 1, _clock);
        var permits = Enumerable.Range(0, 5).Select(_ => bucket.TakeAsync(Cancellation)).ToList();

        for (var passed = 1; passed <= 5; passed++)
        {
            Assert.Equal(Enumerable.Range(0, 5).Select(i => i < passed), permits.Select(permit => permit.IsCompletedSuccessfully));
            _clock.Advance(TimeSpan.FromMilliseconds(499));
            Assert.Equal(passed, permits.Count(permit => permit.IsCompletedSuccessfully));
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void Nothing_leaves_before_an_overflow_is_over_not_even_those_who_waited_already()
    {
        var bucket = new LeakyBucket(2, 1, _clock);
        var first = bucket.TakeAsync(Cancellation);
        var waiting = bucket.TakeAsync(Cancellation);

        bucket.Overflow(TimeSpan.FromSeconds(8));
        var later = bucket.TakeAsync(Cancellation);

        Assert.True(first.IsCompletedSuccessfully);
        _clock.Advance(TimeSpan.FromMilliseconds(7_999));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.False(later.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(later.IsCompletedSuccessfully);
    }

    [Fact]
    public void Overflows_reported_by_several_requests_at_once_are_one()
    {
        var bucket = new LeakyBucket(2, 10, _clock);
        for (var i = 0; i < 5; i++)
        {
            bucket.Overflow(TimeSpan.FromSeconds(1));
        }

        var permit = bucket.TakeAsync(Cancellation);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(permit.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_permit_that_is_given_back_goes_to_the_next_in_line()
    {
        var bucket = new LeakyBucket(0.001, 1, _clock);
        var used = bucket.TakeAsync(Cancellation);
        var waiting = bucket.TakeAsync(Cancellation);

        bucket.Return();

        Assert.True(used.IsCompletedSuccessfully);
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.False(bucket.TakeAsync(Cancellation).IsCompleted);
    }

    [Fact]
    public void Permits_given_back_to_an_empty_bucket_do_not_raise_the_burst()
    {
        var bucket = new LeakyBucket(0.001, 2, _clock);
        bucket.Return();
        bucket.Return();

        Assert.True(bucket.TakeAsync(Cancellation).IsCompletedSuccessfully);
        Assert.False(bucket.TakeAsync(Cancellation).IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_while_waiting_costs_nothing_and_the_next_moves_up()
    {
        var bucket = new LeakyBucket(1, 1, _clock);
        await bucket.TakeAsync(Cancellation);
        using var patience = new CancellationTokenSource();
        var impatient = bucket.TakeAsync(patience.Token);
        var next = bucket.TakeAsync(Cancellation);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(next.IsCompletedSuccessfully);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bucket.TakeAsync(patience.Token));
    }

    /// <summary>Any callers at any times: in no stretch of time do more pass than the portal's bucket holds and drains, and all pass in their order.</summary>
    [Fact]
    public void No_pattern_of_arrivals_makes_the_portals_bucket_overflow()
    {
        var steps = Gen.Select(Gen.OneOf(Gen.Int[0, 20], Gen.Int[0, 3_000]), Gen.Int[0, 12], Gen.Bool);
        Gen.Select(Gen.Double[0.5, 20], Gen.Int[1, 60], steps.List[1, 60]).Sample(
            (rate, burst, arrivals) =>
            {
                var clock = new FakeTimeProvider();
                var bucket = new LeakyBucket(rate, burst, clock);
                var permits = new List<Task>();
                var passedAt = new List<double>();
                foreach (var (pauseMs, count, givesBack) in arrivals)
                {
                    // In small steps, so that the moment at which each one passes is seen.
                    for (var ms = 0; ms < pauseMs; ms += 10)
                    {
                        clock.Advance(TimeSpan.FromMilliseconds(Math.Min(10, pauseMs - ms)));
                        Note();
                    }

                    for (var i = 0; i < count; i++)
                    {
                        permits.Add(bucket.TakeAsync(CancellationToken.None));
                        Note();
                        if (givesBack && i == 0 && permits[^1].IsCompleted)
                        {
                            bucket.Return();
                            permits.RemoveAt(permits.Count - 1);
                            passedAt.RemoveAt(passedAt.Count - 1);
                        }
                    }

                    Assert.DoesNotContain(permits.Skip(passedAt.Count), permit => permit.IsCompleted);
                }

                // The portal's own bucket, fed with what was let through.
                var level = 0.0;
                for (var i = 0; i < passedAt.Count; i++)
                {
                    level = Math.Max(0, level - (i == 0 ? 0 : (passedAt[i] - passedAt[i - 1]) * rate)) + 1;
                    Assert.True(level <= Math.Max(1, burst * 0.9) + 1e-6, $"{level} of {burst} after {passedAt[i]} s.");
                }

                void Note()
                {
                    while (passedAt.Count < permits.Count && permits[passedAt.Count].IsCompletedSuccessfully)
                    {
                        passedAt.Add((clock.GetUtcNow() - clock.Start).TotalSeconds);
                    }
                }
            },
            iter: 300);
    }

    [Fact]
    public void Nobody_waits_longer_than_the_rate_makes_him()
    {
        var bucket = new LeakyBucket(3, 10, _clock);
        var permits = Enumerable.Range(0, 39).Select(_ => bucket.TakeAsync(Cancellation)).ToList();

        // Nine at once, thirty more at three a second; a timer counts whole milliseconds.
        for (var ms = 0; ms < 10_010; ms += 10)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.All(permits, permit => Assert.True(permit.IsCompletedSuccessfully));
    }
}
