using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>
/// One of several servers. Each stands in a table with the time until which it lives, and says every second that it does. Who finds another one dead takes it out of the table, and its leases with it. From then on
/// the dead one's writes are refused, since each group of them begins with a look at its row; and as soon as its time is over by its own watch, it sends nothing more to any portal, whatever was under way when it fell
/// asleep. When all of that has ended, it enters the table anew, as another server.
/// </summary>
public sealed partial class LeasedShare(StoreDatabase database, IOptions<SharingOptions> options, TimeProvider clock, ILogger<LeasedShare> logger)
    : IWorkShare, IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<PortalId> _leaving = [];

    /// <summary>Those of which nothing is under way here any more, until the database knows it.</summary>
    private readonly HashSet<PortalId> _returning = [];

    private HashSet<PortalId> _portals = [];
    private CancellationTokenSource? _leading;
    private TaskCompletionSource _leadChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _leads;
    private long _id;
    private long _renewedAt;
    private Task _work = Task.CompletedTask;

    public event Action? Changed;

    /// <summary>A lane of another server's portal has something to do.</summary>
    public event Action<Lane>? Told;

    public long? Number => _id;

    /// <summary>Whether this server leads.</summary>
    public bool Leads => Volatile.Read(ref _leading) is not null;

    public IReadOnlySet<PortalId> Portals => Volatile.Read(ref _portals);

    public IReadOnlySet<PortalId> Leaving
    {
        get
        {
            lock (_lock)
            {
                return _leaving.ToHashSet();
            }
        }
    }

    /// <summary>How many servers there are.</summary>
    public int Servers { get; private set; } = 1;

    /// <summary>Whether this server still counts as living, by its own watch: that runs while the process is stopped. It is a little stricter than the others are.</summary>
    public bool IsAlive => clock.GetElapsedTime(Interlocked.Read(ref _renewedAt)) < options.Value.Lease - options.Value.RenewEvery;

    /// <summary>Enters the table, before anything is served or worked on.</summary>
    /// <exception cref="StorageException">The database cannot be reached.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        _work = Task.Run(KeepAsync, CancellationToken.None);
    }

    /// <summary>Leaves the table; all work has ended before.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _work;
        try
        {
            await database.WriteUnfencedAsync(connection => ServerTable.Remove(connection, _id), Durability.Relaxed, cancellationToken);
        }
        catch (StorageException exception)
        {
            // The others find out by themselves.
            Log.NotLeft(logger, exception.Message);
        }
    }

    public void Return(IReadOnlyCollection<PortalId> portals)
    {
        List<PortalId> returned;
        lock (_lock)
        {
            // Each once: given back a second time it might be this server's again by then, and at work.
            returned = [.. portals.Where(_leaving.Remove)];
            _returning.UnionWith(returned);
        }

        if (returned.Count > 0)
        {
            _ = ReturnAsync(returned);
        }
    }

    public async Task<Lead> LeadAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_leading is not null)
                {
                    _leads++;
                    return new Lead(EndLead, _leading.Token);
                }

                changed = _leadChanged.Task;
            }

            await changed.WaitAsync(stoppingToken);
        }
    }

    public void Tell(Lane lane) => Told?.Invoke(lane);

    public void Dispose()
    {
        _stopping.Dispose();
        _leading?.Dispose();
        _turn.Dispose();
    }

    private void EndLead()
    {
        lock (_lock)
        {
            _leads--;
        }
    }

    internal async Task EnterAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        _id = await database.WriteUnfencedAsync(
            connection => ServerTable.Add(connection, Environment.MachineName, options.Value.Lease), Durability.Full, cancellationToken);
        Interlocked.Exchange(ref _renewedAt, began);
        database.Fence = connection => ServerTable.Stands(connection, _id) ? null : new LeaseLostException();
        Log.Entered(logger, _id);
    }

    private async Task KeepAsync()
    {
        var stoppingToken = _stopping.Token;
        try
        {
            while (true)
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (StorageException exception)
                {
                    Log.NotRenewed(logger, exception.Message);
                }

                if (!IsAlive)
                {
                    await BeginAnewAsync(stoppingToken);
                }

                await Task.Delay(options.Value.RenewEvery, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // Not while portals are being given back: they would look like its own once more.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await LookInTurnAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task LookInTurnAsync(CancellationToken cancellationToken)
    {
        // Forced to the disk: a lease that a database which breaks down has forgotten would be given to another server while this one goes on.
        var began = clock.GetTimestamp();
        var id = _id;
        var standing = await database.WriteUnfencedAsync(connection => ServerTable.Renew(connection, id, options.Value.Lease), Durability.Full, cancellationToken);
        if (standing is null)
        {
            Interlocked.Exchange(ref _renewedAt, long.MinValue / 2);
            return;
        }

        Interlocked.Exchange(ref _renewedAt, began);
        foreach (var name in standing.Buried)
        {
            Log.Buried(logger, name);
        }

        Lead(standing.Leads);
        Share(standing);
    }

    private void Lead(bool leads)
    {
        lock (_lock)
        {
            if (leads && _leading is null)
            {
                _leading = new CancellationTokenSource();
                var changed = _leadChanged;
                _leadChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed.SetResult();
                Log.Leads(logger);
            }
        }
    }

    private void Share(Standing standing)
    {
        lock (_lock)
        {
            // Portals that are being left count as left; a server that came late gets what others have too much of.
            var mine = standing.Portals.Except(_leaving).Except(_returning).Order(Comparer<PortalId>.Create((one, other) => one.Value.CompareTo(other.Value))).ToList();
            var tooMany = mine.Skip(standing.Part).ToList();
            _leaving.UnionWith(tooMany);
            var now = mine.Take(standing.Part).ToHashSet();
            var hasOthers = !now.SetEquals(_portals) || standing.Servers != Servers;
            if (!hasOthers && tooMany.Count == 0)
            {
                return;
            }

            Servers = standing.Servers;
            if (hasOthers)
            {
                Volatile.Write(ref _portals, now);
                Log.Shares(logger, now.Count, standing.Servers);
            }
        }

        Changed?.Invoke();
    }

    private async Task ReturnAsync(IReadOnlyCollection<PortalId> portals)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            var id = _id;
            await database.WriteUnfencedAsync(connection => ServerTable.Return(connection, id, portals), Durability.Full, CancellationToken.None);
        }
        catch (StorageException exception)
        {
            // They are still this server's own, which its next look finds out.
            Log.NotReturned(logger, exception.Message);
        }
        finally
        {
            lock (_lock)
            {
                _returning.ExceptWith(portals);
            }

            _turn.Release();
            Changed?.Invoke();
        }
    }

    /// <summary>Taken for dead, or soon to be: everything ends here before the server counts among the living again.</summary>
    private async Task BeginAnewAsync(CancellationToken stoppingToken)
    {
        Log.Lost(logger);
        CancellationTokenSource? lead;
        lock (_lock)
        {
            _leaving.UnionWith(_portals);
            Volatile.Write(ref _portals, []);
            lead = _leading;
            _leading = null;
        }

        // Whoever leads hears of it inside this call, and may ask at once for the next lead: there must be none any more.
        lead?.Cancel();
        lead?.Dispose();
        Changed?.Invoke();
        while (true)
        {
            lock (_lock)
            {
                if (_leads == 0 && _leaving.Count == 0 && _returning.Count == 0)
                {
                    break;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, stoppingToken);
        }

        while (true)
        {
            try
            {
                var former = _id;
                await database.WriteUnfencedAsync(connection => ServerTable.Remove(connection, former), Durability.Relaxed, stoppingToken);
                await EnterAsync(stoppingToken);
                Changed?.Invoke();
                return;
            }
            catch (StorageException exception)
            {
                Log.NotRenewed(logger, exception.Message);
                await Task.Delay(options.Value.RenewEvery, clock, stoppingToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2901, LogLevel.Information, "This is server {Id} of those that share the work")]
        public static partial void Entered(ILogger logger, long id);

        [LoggerMessage(2902, LogLevel.Information, "This server runs the transfers of {Portals} portals; there are {Servers} servers")]
        public static partial void Shares(ILogger logger, int portals, int servers);

        [LoggerMessage(2903, LogLevel.Information, "This server leads: it does what is no single portal's")]
        public static partial void Leads(ILogger logger);

        [LoggerMessage(2904, LogLevel.Warning, "Server {Name} has not been heard of; its portals are taken over")]
        public static partial void Buried(ILogger logger, string name);

        [LoggerMessage(2905, LogLevel.Warning, "This server was not heard of for too long, and others take over its portals. It begins anew when what it had under way has ended")]
        public static partial void Lost(ILogger logger);

        [LoggerMessage(2906, LogLevel.Warning, "This server cannot say that it lives: {Problem}")]
        public static partial void NotRenewed(ILogger logger, string problem);

        [LoggerMessage(2908, LogLevel.Warning, "Portals that another server is to have could not be given back now: {Problem}")]
        public static partial void NotReturned(ILogger logger, string problem);

        [LoggerMessage(2907, LogLevel.Warning, "This server could not leave in order; the others take over its portals in a few seconds: {Problem}")]
        public static partial void NotLeft(ILogger logger, string problem);
    }
}
