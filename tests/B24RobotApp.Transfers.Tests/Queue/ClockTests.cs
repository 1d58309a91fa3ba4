using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>A clock that was wrong and is put right: what was planned by it does not wait for the old time to come again.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(2);

    private readonly TransferSignal _signal = new();
    private PortalPair _pair = null!;
    private TransferDispatcher _dispatcher = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await PortalPair.StartAsync();
        _pair.AppClock.Offset = Ahead;
        _dispatcher = Dispatcher();
    }

    public async ValueTask DisposeAsync()
    {
        await _dispatcher.StopAsync(CancellationToken.None);
        _dispatcher.Dispose();
        _signal.Dispose();
        await _pair.DisposeAsync();
    }

    [Fact]
    public async Task Transfers_that_were_put_off_are_tried_when_their_pause_is_over_though_the_clock_was_put_back()
    {
        await _dispatcher.StartAsync(Cancel);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
        var workflow = await CallRobotAsync();
        await Eventually.Async(() => _dispatcher.UntilNext > TimeSpan.Zero, Patience, Cancel);

        _pair.AppClock.Offset = TimeSpan.Zero;
        await PassAsync(TimeSpan.FromSeconds(30), () => !workflow.IsWaiting);

        Assert.Equal("created", Status(workflow));
    }

    [Fact]
    public async Task At_whatever_moment_the_clock_was_put_back_nothing_waits_for_the_old_time()
    {
        await _dispatcher.StartAsync(Cancel);
        for (var looks = 0; looks < 40; looks++)
        {
            _pair.AppClock.Offset = Ahead;
            var before = await CallRobotAsync();
            await Eventually.Async(() => !before.IsWaiting, Patience, Cancel);
            _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
            _pair.AppClock.PutRightAfter(looks);
            var workflow = await CallRobotAsync();
            await Eventually.Async(() => _dispatcher.UntilNext > TimeSpan.Zero || !workflow.IsWaiting, Patience, Cancel);

            _pair.AppClock.Offset = TimeSpan.Zero;
            var passed = TimeSpan.Zero;
            await Eventually.Async(
                () =>
                {
                    _pair.Clock.Advance(TimeSpan.FromSeconds(5));
                    passed += TimeSpan.FromSeconds(5);
                    return !workflow.IsWaiting || passed > Ahead / 2;
                },
                Patience,
                Cancel);

            Assert.False(workflow.IsWaiting, $"Put right after {looks} looks it waits for the old time.");
            Assert.Equal("created", Status(workflow));
        }
    }

    [Fact]
    public async Task An_outage_that_ends_is_noticed_in_time_though_the_clock_was_put_back()
    {
        await _dispatcher.StartAsync(Cancel);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        var workflows = new List<Workflow>();
        for (var i = 0; i < 8; i++)
        {
            workflows.Add(await CallRobotAsync());
        }

        await Eventually.Async(() => _dispatcher.UntilNext > TimeSpan.Zero && _pair.Circuits.EsbOutages.Count > 0, Patience, Cancel);

        _pair.AppClock.Offset = TimeSpan.Zero;
        _pair.Esb.Faults.Clear();
        await PassAsync(TimeSpan.FromMinutes(1), () => workflows.TrueForAll(workflow => !workflow.IsWaiting));

        Assert.All(workflows, workflow => Assert.Equal("created", Status(workflow)));
    }

    [Fact]
    public async Task What_came_while_the_clock_was_ahead_is_taken_up_by_a_process_that_starts_after_it_was_put_back()
    {
        var deal = _pair.AddDeal();
        var (first, _) = await _pair.SendAsync(deal);
        var (second, _) = await _pair.SendAsync(deal);

        // The process that ran then has seen nothing of the change.
        _pair.AppClock.Offset = TimeSpan.Zero;
        _dispatcher.Dispose();
        _dispatcher = Dispatcher();
        await _dispatcher.StartAsync(Cancel);
        await PassAsync(TimeSpan.FromSeconds(5), () => !second.IsWaiting);

        Assert.Equal(WorkflowState.Terminated, first.State);
        Assert.Equal("updated", Status(second));
    }

    [Fact]
    public async Task Answers_are_looked_after_in_time_though_the_clock_was_put_back()
    {
        await _dispatcher.StartAsync(Cancel);
        await CallRobotAsync();
        await Eventually.Async(async () => await _pair.Stores.Transfers.NextUnconfirmedAsync(Cancel) is not null && _dispatcher.UntilNext is null, Patience, Cancel);

        _pair.AppClock.Offset = TimeSpan.Zero;
        var another = await CallRobotAsync();
        await PassAsync(TimeSpan.FromSeconds(1), () => !another.IsWaiting);

        Assert.InRange((await _pair.Stores.Transfers.NextUnconfirmedAsync(Cancel))!.Value, Given.Now, Given.Now.AddMinutes(1));
    }

    [Fact]
    public async Task Answers_are_looked_after_in_time_though_the_clock_was_put_back_and_nothing_else_happens()
    {
        _pair.Source.Settings.Generation = PortalGeneration.Newest;
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        using var confirmer = new AnswerConfirmer(
            _pair.Confirmation, Options.Create(new TransferOptions()), new SoleServer(), _pair.AppClock, NullLogger<AnswerConfirmer>.Instance);
        await confirmer.StartAsync(Cancel);
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.RunAsync(id);
        Assert.True(workflow.IsWaiting);

        _pair.AppClock.Offset = TimeSpan.Zero;
        var passed = TimeSpan.Zero;
        await Eventually.Async(
            () =>
            {
                _pair.Clock.Advance(TimeSpan.FromSeconds(1));
                passed += TimeSpan.FromSeconds(1);
                return !workflow.IsWaiting || passed > Ahead / 2;
            },
            Patience,
            Cancel);
        await confirmer.StopAsync(Cancel);

        Assert.Equal("created", Status(workflow));
    }

    [Fact]
    public async Task A_clock_that_is_put_forward_only_makes_things_happen_earlier()
    {
        _pair.AppClock.Offset = TimeSpan.Zero;
        await _dispatcher.StartAsync(Cancel);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
        var workflow = await CallRobotAsync();
        await Eventually.Async(() => _dispatcher.UntilNext > TimeSpan.Zero, Patience, Cancel);

        _pair.AppClock.Offset = Ahead;
        _signal.Wake(new Lane(_pair.Portal.Id, "main"));
        await PassAsync(TimeSpan.Zero, () => !workflow.IsWaiting);

        Assert.Equal("created", Status(workflow));
    }

    private TransferDispatcher Dispatcher() => new(
        _pair.Stores.Transfers, _pair.Runner, _signal, _pair.Circuits, _pair.Stores.Connections, new SoleServer(), Options.Create(new TransferOptions()), _pair.AppClock, NullLogger<TransferDispatcher>.Instance);

    private async Task<Workflow> CallRobotAsync()
    {
        var (workflow, _) = await _pair.SendAsync(_pair.AddDeal());
        _signal.Wake(new Lane(_pair.Portal.Id, "main"));
        return workflow;
    }

    /// <summary>Time passes, second by second; what falls due in it is done, though perhaps a moment later.</summary>
    private async Task PassAsync(TimeSpan duration, Func<bool> isDone)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += TimeSpan.FromSeconds(1))
        {
            _pair.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Eventually.Async(isDone, Patience, Cancel);
    }

    private static string? Status(Workflow workflow) => (string?)workflow.Returned.Values.Single()["status"];
}
