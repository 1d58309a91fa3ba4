using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Limits;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>What must hold for whatever comes in whatever order, without a portal behind it.</summary>
public sealed class BatchCoalescerTests
{
    private static readonly Gen<(int Size, bool Plain, int Gap, bool GivesUp)> Submissions =
        Gen.Select(Gen.OneOf(Gen.Const(1), Gen.Int[1, 5], Gen.Int[1, BatchLimits.MaxCommands]), Gen.Int[0, 9], Gen.Int[0, 5], Gen.Int[0, 9])
            .Select((size, plain, gap, givesUp) => (size, plain == 0, gap, givesUp == 0));

    /// <summary>Groups stay whole and in order, no request holds more than fits, each group travels once, and whoever gave up in time does not travel.</summary>
    [Fact]
    public async Task Whatever_is_submitted_travels_once_whole_in_order_and_within_the_limits() =>
        await Gen.Select(Submissions.List[1, 60], Gen.Double[0.5, 50], Gen.Int[1, 16]).SampleAsync(
            async (submissions, rate, maxInFlight) =>
            {
                var loads = new List<IReadOnlyList<PendingCalls>>();
                var inFlight = 0;
                var mostInFlight = 0;
                var clock = new FakeTimeProvider();
                var coalescer = NewCoalescer(clock, new PortalLimits { RequestsPerSecond = rate, Burst = 5, MaxInFlight = maxInFlight }, async load =>
                {
                    lock (loads)
                    {
                        loads.Add(load);
                        mostInFlight = Math.Max(mostInFlight, ++inFlight);
                    }

                    await Task.Delay(TimeSpan.FromMilliseconds(100 + (load.Count * 20)), clock);
                    lock (loads)
                    {
                        inFlight--;
                    }

                    foreach (var pending in load)
                    {
                        pending.Complete([.. pending.Calls.Select(call => new CallOutcome(call.Method, null, null))]);
                    }
                });
                var waits = new List<Task>();
                var pendings = new List<PendingCalls>();
                using var givingUp = new CancellationTokenSource();
                foreach (var (size, plain, gap, givesUp) in submissions)
                {
                    var pending = new PendingCalls(
                        [.. Enumerable.Range(0, size).Select(i => new Call($"m{i}", new JsonObject { ["text"] = plain ? "$result[" : "x" }))],
                        givesUp ? givingUp.Token : CancellationToken.None);
                    pendings.Add(pending);
                    waits.Add(coalescer.SubmitAsync(pending).ContinueWith(_ => { }, TaskScheduler.Default));
                    for (var i = 0; i < gap; i++)
                    {
                        clock.Advance(TimeSpan.FromMilliseconds(30));
                        await Task.Yield();
                    }
                }

                await givingUp.CancelAsync();
                var all = Task.WhenAll(waits);
                while (!all.IsCompleted)
                {
                    clock.Advance(TimeSpan.FromMilliseconds(100));
                    await Task.Yield();
                }

                Assert.All(loads, load => Assert.True(load is [{ CanBatch: false }] || load.All(pending => pending.CanBatch)));
                Assert.All(loads, load => Assert.True(load.Count == 1 || load.Sum(pending => pending.Calls.Count) <= BatchLimits.MaxCommands));
                Assert.InRange(mostInFlight, 0, maxInFlight);
                var sent = loads.SelectMany(load => load).ToList();
                Assert.Equal(sent.Count, sent.Distinct().Count());
                Assert.DoesNotContain(pendings.Except(sent), pending => !pending.CancellationToken.IsCancellationRequested);
                foreach (var canBatch in (bool[])[true, false])
                {
                    Assert.Equal(
                        pendings.Where(pending => pending.CanBatch == canBatch).Where(sent.Contains),
                        sent.Where(pending => pending.CanBatch == canBatch));
                }
            },
            iter: 200);

    [Fact]
    public async Task Nothing_of_calls_that_are_done_is_kept()
    {
        var coalescer = NewCoalescer(new FakeTimeProvider(), new PortalLimits { RequestsPerSecond = 1_000_000, Burst = 1_000_000 }, load =>
        {
            foreach (var pending in load)
            {
                pending.Complete([new CallOutcome("m", null, null)]);
            }

            return Task.CompletedTask;
        });

        var traces = await SubmitAsync();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.True(traces.Count(trace => trace.TryGetTarget(out _)) <= 1, "Calls that are done are still held.");

        async Task<List<WeakReference<PendingCalls>>> SubmitAsync()
        {
            var traces = new List<WeakReference<PendingCalls>>();
            for (var i = 0; i < 1_000; i++)
            {
                var pending = new PendingCalls([ClientFixture.Read("m")], CancellationToken.None);
                traces.Add(new WeakReference<PendingCalls>(pending));
                await coalescer.SubmitAsync(pending);
            }

            return traces;
        }
    }

    private static BatchCoalescer NewCoalescer(
        FakeTimeProvider clock, PortalLimits limits, Func<IReadOnlyList<PendingCalls>, Task> sendAsync) =>
        new(new LeakyBucket(limits.RequestsPerSecond, limits.Burst, clock), limits, new CallFigures(limits, clock), clock, sendAsync);
}
