using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A new deal on the stage's source portal every 20 ms, and its robot's call, until it is enough.</summary>
internal sealed class SteadyCalls : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Stage _stage;
    private readonly int _before;
    private readonly List<Workflow> _workflows = [];
    private readonly CancellationTokenSource _enough;
    private readonly Task _calling;

    private SteadyCalls(Stage stage, CancellationToken cancellationToken)
    {
        (_stage, _before) = (stage, stage.Source.Automation.Calls.Count);
        _enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _calling = CallAsync(_enough.Token);
    }

    /// <summary>How many calls were answered 200.</summary>
    public int Answered => _stage.Source.Automation.Calls.Skip(_before).Count(call => call.Status == 200);

    /// <summary>Begins, and waits until some calls were answered.</summary>
    public static async Task<SteadyCalls> BeginAsync(Stage stage, CancellationToken cancellationToken)
    {
        var calls = new SteadyCalls(stage, cancellationToken);
        await calls.MoreAnsweredAsync();
        return calls;
    }

    /// <summary>Waits until 20 more calls were answered.</summary>
    public Task MoreAnsweredAsync()
    {
        var reached = Answered;
        return StageExtensions.UntilAsync(() => Answered >= reached + 20, "robots are answered 200");
    }

    /// <summary>Ends, waits for what the robots get, and makes sure that no call was refused and every deal is on the ESB once.</summary>
    /// <returns>The figures.</returns>
    public async Task<string> EndAsync()
    {
        await _enough.CancelAsync();
        await _calling;
        await _stage.Source.WhenIdleAsync();
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

    private async Task CallAsync(CancellationToken enough)
    {
        try
        {
            while (true)
            {
                _workflows.Add(_stage.Send(_stage.Source.AddDeal($"Сделка {_workflows.Count}")));
                await Task.Delay(Pause, TimeProvider.System, enough);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
