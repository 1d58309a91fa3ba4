using System.Diagnostics;
using System.Threading.Channels;

namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// The one writer of this process. Whatever waits shares a transaction and, if one of it asks for that, a forced write to the disk; while the disk is busy with one group, the next gathers. Nothing waits for company.
/// </summary>
internal abstract class GroupWriter : IDisposable
{
    /// <summary>So many writes may wait; further callers wait for room.</summary>
    public const int MostWaiting = 1024;

    /// <summary>So many share a commit at most, which bounds how long the first of them waits for the last.</summary>
    private const int MostTogether = 512;

    /// <summary>So many single statements are run together at most.</summary>
    private const int MostStatements = 64;

    private readonly Channel<WriteRequest> _waiting = Channel.CreateBounded<WriteRequest>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly Thread _thread;
    private readonly TimeSpan _longestGroup;
    private long _commits;
    private long _writes;

    /// <summary>Makes a writer that is yet to be started.</summary>
    /// <param name="longestGroup">After so long a group takes in no more; what is left of it makes the next.</param>
    protected GroupWriter(TimeSpan longestGroup)
    {
        _longestGroup = longestGroup;

        // A thread of its own: waiting for the disk must not take one from the pool that answers requests.
        _thread = new Thread(Work) { IsBackground = true, Name = "Store writer" };
    }

    /// <summary>Transactions committed.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Writes that were part of them.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <inheritdoc cref="StoreDatabase.Interrupted"/>
    public event Action? Interrupted;

    /// <inheritdoc cref="StoreDatabase.Fence"/>
    public Func<StoreConnection, StorageException?>? Fence { get; set; }

    public async Task<T> WriteAsync<T>(WriteRequest<T> request, CancellationToken cancellationToken)
    {
        try
        {
            await _waiting.Writer.WriteAsync(request, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(StoreDatabase));
        }

        return await request.Answered;
    }

    /// <summary>Finishes what waits, then closes the connection.</summary>
    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _thread.Join();
    }

    /// <summary>Starts the thread; the last thing that a constructor does.</summary>
    protected void Start() => _thread.Start();

    /// <summary>Begins a transaction that keeps a promise.</summary>
    /// <returns>The connection that it is on.</returns>
    protected abstract StoreConnection Begin(Durability durability);

    /// <summary>Runs one write of the group. What is its own fault refuses it; what is the database's is thrown, and ends the group.</summary>
    protected abstract void RunAlone(WriteRequest request);

    /// <summary>Runs single statements of the group that follow each other, in their order, as if each were run alone.</summary>
    protected virtual void RunTogether(IReadOnlyList<StatementRequest> requests)
    {
        foreach (var request in requests)
        {
            RunAlone(request);
        }
    }

    protected abstract void Commit();

    /// <summary>Undoes what was begun; throws nothing.</summary>
    protected abstract void RollBack();

    /// <summary>What the callers are told of a failure that ended the group.</summary>
    protected abstract Exception Explain(Exception exception);

    /// <summary>Says that the connection was lost.</summary>
    protected void TellInterrupted() => Interrupted?.Invoke();

    /// <summary>What is to be done between two groups.</summary>
    protected virtual void Rest()
    {
    }

    protected abstract void Close();

    private void Work()
    {
        var group = new List<WriteRequest>(MostTogether);
        while (group.Count > 0 || _waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < MostTogether && _waiting.Reader.TryRead(out var request))
            {
                if (request.IsCancelled)
                {
                    request.Cancel();
                }
                else
                {
                    group.Add(request);
                }
            }

            if (group.Count > 0)
            {
                group.RemoveRange(0, Commit(group));
                Rest();
            }
        }

        Close();
    }

    /// <summary>Makes the first writes of a group, most often all.</summary>
    /// <returns>How many have their answer.</returns>
    private int Commit(List<WriteRequest> group)
    {
        var made = 0;
        try
        {
            var connection = Begin(group.Exists(request => request.Durability == Durability.Full) ? Durability.Full : Durability.Relaxed);
            var refusal = Fence?.Invoke(connection);
            var begun = Stopwatch.GetTimestamp();
            do
            {
                var request = group[made];
                if (refusal is not null && request.IsFenced)
                {
                    request.Refuse(refusal);
                    made++;
                }
                else if (request is StatementRequest)
                {
                    var statements = group.Skip(made).Take(MostStatements).TakeWhile(next => next is StatementRequest).Cast<StatementRequest>().ToList();
                    RunTogether(statements);
                    made += statements.Count;
                }
                else
                {
                    RunAlone(request);
                    made++;
                }
            }
            while (made < group.Count && Stopwatch.GetElapsedTime(begun) < _longestGroup);

            Commit();
        }
        catch (Exception exception)
        {
            // Also a defect must not end the loop: everyone who waits, now or later, would wait for ever.
            var failure = Explain(exception);
            RollBack();
            group.ForEach(request => request.Fail(failure));
            return group.Count;
        }

        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _writes, made);
        for (var i = 0; i < made; i++)
        {
            group[i].Answer();
        }

        return made;
    }
}
