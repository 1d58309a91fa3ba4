using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A new deal on the stage's source portal every 20 ms or so, and its robot's call, until it is enough.</summary>
internal sealed class SteadyCalls : IAsyncDisposable
{
    private readonly Stage _stage;
    private readonly int _before;
    private readonly List<Workflow> _workflows = [];
    private readonly CancellationTokenSource _enough;
    private readonly Task _calling;

    private SteadyCalls(Stage stage, TimeSpan pause, CancellationToken cancellationToken)
    {
        (_stage, _before) = (stage, stage.Source.Automation.Calls.Count);
        _enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _calling = CallAsync(pause, _enough.Token);
    }

    /// <summary>What the calls started so far.</summary>
    public IReadOnlyList<Workflow> Workflows => _workflows;

    /// <summary>How many calls were answered 200.</summary>
    public int Answered => _stage.Source.Automation.Calls.Skip(_before).Count(call => call.Status == 200);

    /// <summary>Begins, and waits until some calls were answered.</summary>
    /// <param name="stage">Where.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="pause">Between two calls; 20 ms if not given.</param>
    public static async Task<SteadyCalls> BeginAsync(Stage stage, CancellationToken cancellationToken, TimeSpan? pause = null)
    {
        var calls = new SteadyCalls(stage, pause ?? TimeSpan.FromMilliseconds(20), cancellationToken);
        await calls.MoreAnsweredAsync();
        return calls;
    }

    /// <summary>Waits until 20 more calls were answered.</summary>
    public Task MoreAnsweredAsync()
    {
        var reached = Answered;
        return StageExtensions.UntilAsync(() => Answered >= reached + 20, "robots are answered 200");
    }

    /// <summary>Begins no more, and waits until all that were begun were answered.</summary>
    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await _calling;
        await _stage.Source.WhenIdleAsync();
    }

    /// <summary>Ends, waits for what the robots get, and makes sure that no call was refused and every deal is on the ESB once.</summary>
    /// <returns>The figures.</returns>
    public async Task<string> EndAsync()
    {
        await StopAsync();
        var calls = _stage.Source.Automation.Calls.Skip(_before).ToList();
        Assert.All(calls, call => Assert.Equal((200, (string?)null), (call.Status, call.Failure?.ToString())));
        await Task.WhenAll(_workflows.Select(workflow => workflow.ResultAsync(TimeSpan.FromMinutes(2))));
        Assert.All(_workflows, workflow => _stage.OneEsbDealOf(workflow.DealId));
        return $"{calls.Count} calls, 0 refused, 0 deals not there once";
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _calling;
        _enough.Dispose();
    }

    private async Task CallAsync(TimeSpan pause, CancellationToken enough)
    {
        try
        {
            while (true)
            {
                _workflows.Add(_stage.Send(_stage.Source.AddDeal($"Сделка {_workflows.Count}")));
                await Task.Delay(pause, TimeProvider.System, enough);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
