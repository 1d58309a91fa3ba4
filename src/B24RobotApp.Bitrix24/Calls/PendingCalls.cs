using System.Diagnostics;
using B24RobotApp.Bitrix24.Diagnostics;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>A call or group that waits for a request to carry it.</summary>
internal sealed class PendingCalls
{
    private readonly Func<Call>? _build;
    private readonly TaskCompletionSource<IReadOnlyList<CallOutcome>> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="ArgumentException">A call refers to one that does not stand before it. In a batch that would be a stranger's.</exception>
    public PendingCalls(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        Calls = calls;
        Caller = Telemetry.Source.HasListeners() && Activity.Current is { } span ? span.Context : default;
        CancellationToken = cancellationToken;
        Place = new LinkedListNode<PendingCalls>(this);
        CanBatch = true;
        for (var i = 0; i < calls.Count; i++)
        {
            var form = BatchEncoding.Inspect(calls[i]);
            if (form.HighestReference >= i)
            {
                throw new ArgumentException($"{calls[i].Method}, call {i} of its group, refers to call {form.HighestReference}, which does not stand before it.");
            }

            CanBatch &= form.CanBatch;
            Writes |= calls[i].Writes;
            Characters += form.Characters;
        }
    }

    /// <summary>A read that takes in more until it is put into a request.</summary>
    /// <param name="method">What it will call.</param>
    /// <param name="characters">How much text it will carry at most.</param>
    /// <param name="build">Makes the call, once and finally.</param>
    public PendingCalls(string method, int characters, Func<Call> build)
    {
        Calls = [new Call(method, [])];
        _build = build;
        Place = new LinkedListNode<PendingCalls>(this);
        CanBatch = true;
        Characters = characters;
    }

    public IReadOnlyList<Call> Calls { get; private set; }

    /// <summary>Whether all of them may travel as commands of a batch.</summary>
    public bool CanBatch { get; }

    public bool Writes { get; }

    /// <summary>How much text they carry.</summary>
    public int Characters { get; }

    /// <summary>The caller's span.</summary>
    public ActivityContext Caller { get; }

    /// <summary>The caller's; it ends the waiting, never a request that was sent.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Where they stand in the queue, so that a caller who gives up can take them out.</summary>
    public LinkedListNode<PendingCalls> Place { get; }

    /// <summary>It is put into a request now; from here on its calls are what they are.</summary>
    public void Seal()
    {
        if (_build is not null)
        {
            Calls = [_build()];
        }
    }

    public Task<IReadOnlyList<CallOutcome>> Outcomes => _completion.Task;

    public void Complete(IReadOnlyList<CallOutcome> outcomes) => _completion.TrySetResult(outcomes);

    public void Fail(Exception exception)
    {
        if (_completion.TrySetException(exception))
        {
            // The caller may have given up; then nobody looks at it, and that is all right.
            _ = _completion.Task.Exception;
        }
    }
}
