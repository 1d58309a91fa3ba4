using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Transfers.Tests.Running;
using B24RobotApp.Transfers.Waits;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Waits;

/// <summary>
/// A day of ten thousand waiting deals at the standard limits, in simulated time. Only when asked for: <c>-explicit only -method "*A_day_of*"</c>; <c>B24ROBOT_HOURS</c> makes it shorter.
/// </summary>
public sealed class WaitMeasurements : IAsyncLifetime
{
    private const int Count = 10_000;

    private const int Changes = 2_000;

    private WaitStage _stage = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PortalPair Pair => _stage.Pair;

    public async ValueTask InitializeAsync() => _stage = await WaitStage.StartAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_day_of_ten_thousand_waiting_deals(bool webhookSpeaks)
    {
        var length = TimeSpan.FromHours(int.Parse(Environment.GetEnvironmentVariable("B24ROBOT_HOURS") ?? "24", CultureInfo.InvariantCulture));
        var ids = await BeginAsync();
        var random = new Random(11);
        var began = Pair.Clock.GetUtcNow();
        var changes = new Queue<(DateTimeOffset At, long Id)>(
            ids.OrderBy(_ => random.Next()).Take((int)(Changes * length / TimeSpan.FromDays(1))).Select(id => (At: began + (random.NextDouble() * length), Id: id)).OrderBy(change => change.At));
        var changed = new Dictionary<long, DateTimeOffset>();
        var clock = new NoticingClock(Pair.AppClock);
        using var watcher = _stage.WatcherWithin(new PortalLimits(), clock);
        Pair.Esb.Journal.Clear();
        var requests = 0L;
        var calls = 0L;
        while (Pair.Clock.GetUtcNow() - began < length)
        {
            // Time stands still while a request is answered, and goes on while the share of the limit is waited for.
            var step = watcher.StepAsync(Cancel);
            while (await Task.WhenAny(step, clock.Waits) != step)
            {
                Pass(clock.Take());
            }

            await step;
            requests += Pair.Esb.Journal.RequestCount;
            calls += Pair.Esb.Journal.CallCount;
            Pair.Esb.Journal.Clear();
            Pass(TimeSpan.FromSeconds(1));
        }

        var delays = new List<double>();
        foreach (var (id, at) in changed)
        {
            if ((await _stage.FindAsync($"wait-{id}")).Outcome is { } outcome)
            {
                Assert.Equal(WaitStatus.Reached, outcome.Status);
                delays.Add((outcome.At - at).TotalSeconds);
            }
        }

        delays.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Count} waiting deals, {length.TotalHours:0} hours{(webhookSpeaks ? ", the webhook speaks" : "")}: {requests} requests with {calls} calls, {requests / (length.TotalSeconds * 2):0.0000} of the limit; "
            + $"{changed.Count} changes, {delays.Count} found, after {delays[delays.Count / 2]:0.0} s in the median, nine in ten within {delays[delays.Count * 9 / 10]:0.0} s, the last after {delays[^1]:0.0} s"));
        Assert.InRange(changed.Count - delays.Count, 0, 5);
        Assert.InRange(requests, 1, (length.TotalSeconds * 2 * 0.1) + 5);

        void Pass(TimeSpan time)
        {
            Pair.Clock.Advance(time);
            while (changes.TryPeek(out var change) && change.At <= Pair.Clock.GetUtcNow())
            {
                changes.Dequeue();
                PortalPair.Update(Pair.Esb, change.Id, new JsonObject { ["stageId"] = "WON" });
                changed[change.Id] = Pair.Clock.GetUtcNow();
                if (webhookSpeaks)
                {
                    _stage.Hints.Hear("main", new EsbItem(2, change.Id));
                }
            }
        }
    }

    private async Task<List<long>> BeginAsync()
    {
        var ids = Enumerable.Range(0, Count).Select(i => PortalPair.Add(Pair.Esb, 2, new JsonObject { ["title"] = $"Сделка {i}" })).ToList();
        var now = Pair.AppClock.GetUtcNow();
        await Task.WhenAll(ids.Select(id => _stage.Store.TryAddAsync(
            new NewWait
            {
                Id = $"wait-{id}",
                Portal = Pair.Portal.Id,
                EventToken = $"token-{id}",
                WorkflowId = $"workflow-{id}",
                EntityTypeId = 2,
                ItemId = id,
                Connection = "main",
                Properties = PortalPair.Properties(("until", "won"), ("wait_for_deal", $"{id}")).ToJsonString(),
                NamesDeal = true,
                Waits = true,
                CalledAt = now,
                ReceivedAt = now,
                Verified = true,
            },
            Cancel)));
        await _stage.StepAsync();
        return ids;
    }

    /// <summary>A clock that says when somebody waits for it.</summary>
    private sealed class NoticingClock(TimeProvider inner) : TimeProvider
    {
        private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

        public override long TimestampFrequency => inner.TimestampFrequency;

        /// <summary>Somebody waits.</summary>
        public Task Waits => _timers.Reader.WaitToReadAsync(Cancel).AsTask();

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Notice(dueTime);
            return new NoticingTimer(this, inner.CreateTimer(callback, state, dueTime, period));
        }

        /// <summary>For how long it is waited.</summary>
        public TimeSpan Take() => _timers.Reader.TryRead(out var due) ? due : TimeSpan.Zero;

        private void Notice(TimeSpan due)
        {
            if (due > TimeSpan.Zero)
            {
                _timers.Writer.TryWrite(due);
            }
        }

        private sealed class NoticingTimer(NoticingClock clock, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                var changed = inner.Change(dueTime, period);
                clock.Notice(dueTime);
                return changed;
            }

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
