namespace B24RobotApp.Sandbox.Portals;

/// <summary>Counts what is under way, so that one can wait until nothing is.</summary>
internal sealed class Activity
{
    private readonly Lock _gate = new();
    private int _underWay;
    private TaskCompletionSource? _idle;

    public void Enter()
    {
        lock (_gate)
        {
            _underWay++;
        }
    }

    public void Leave()
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (--_underWay == 0)
            {
                (idle, _idle) = (_idle, null);
            }
        }
        idle?.SetResult();
    }

    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _underWay == 0
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
