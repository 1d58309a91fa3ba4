using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Queue;

/// <summary>
/// What the dispatcher knows of its lanes: when to look into which, and who holds how many places. Each lane has places of its own, and so has each portal and each connection: one that hangs takes no
/// one else's. A portal that does not answer has hardly any.
/// </summary>
internal sealed class LaneTable(int concurrency, Circuits circuits, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Lane, LaneState> _lanes = [];
    private readonly Dictionary<PortalId, int> _runningByPortal = [];
    private readonly Dictionary<string, int> _runningByConnection = [];
    private int _running;

    private int PerPortalOrConnection => Math.Max(1, concurrency / 2);

    /// <summary>So many that on portals which take their time the requests are still full: rate times latency, 20 a second for 20 seconds.</summary>
    private int PerLane => Math.Max(1, concurrency / 4);

    /// <summary>The lanes to look into now, those with the fewest transfers under way first.</summary>
    public IReadOnlyList<Lane> Due()
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            return [.. _lanes.Where(lane => lane.Value.DueAt <= now).OrderBy(lane => lane.Value.Running).Select(lane => lane.Key)];
        }
    }

    /// <summary>How long until a lane is to be looked into; <see langword="null"/> if none is.</summary>
    public TimeSpan? UntilDue()
    {
        lock (_lock)
        {
            var wait = _lanes.Values.Where(state => state.DueAt is not null && !state.IsFull).Min(state => state.DueAt) - clock.GetUtcNow();
            return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        }
    }

    /// <summary>How many more transfers of the lane may be under way, and how many of them may ask the portals for anything.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="asksEsb">Whether the ESB is among those asked.</param>
    public (int Places, int Asking) RoomFor(Lane lane, bool asksEsb)
    {
        var (esb, source) = circuits.PlacesOf(lane);
        lock (_lock)
        {
            var state = Find(lane);
            var places = new[]
            {
                PerLane - state.Running,
                PerPortalOrConnection - OfPortal(lane),
                PerPortalOrConnection - OfConnection(lane),
                concurrency - _running,
            }.Min();
            state.IsFull = places <= 0;
            var asking = Math.Min(places, Math.Min(asksEsb ? esb - OfConnection(lane) : int.MaxValue, source - OfPortal(lane)));
            state.IsHeld = places > 0 && asking <= 0;
            return (Math.Max(0, places), Math.Max(0, asking));
        }
    }

    /// <summary>Looks into a lane at a time, or not before someone calls.</summary>
    public void SetDue(Lane lane, DateTimeOffset? at)
    {
        lock (_lock)
        {
            var state = Find(lane);
            state.DueAt = at;
            if (at is null && state.Running == 0 && !state.IsHeld)
            {
                _lanes.Remove(lane);
            }
        }
    }

    /// <summary>Looks into a lane as soon as possible.</summary>
    public void Look(Lane lane) => SetDue(lane, clock.GetUtcNow());

    public void Start(Lane lane)
    {
        lock (_lock)
        {
            Find(lane).Running++;
            _runningByPortal[lane.Portal] = OfPortal(lane) + 1;
            _runningByConnection[lane.Connection] = OfConnection(lane) + 1;
            _running++;
        }
    }

    /// <summary>Gives a place back.</summary>
    /// <returns>The lanes that may have waited for it.</returns>
    public IReadOnlyList<Lane> End(Lane lane)
    {
        lock (_lock)
        {
            var state = Find(lane);
            state.Running--;
            state.IsFull = false;
            _runningByPortal[lane.Portal]--;
            _runningByConnection[lane.Connection]--;
            _running--;
            return [lane, .. _lanes.Where(other => other.Value.IsHeld && other.Key != lane && (other.Key.Portal == lane.Portal || other.Key.Connection == lane.Connection)).Select(other => other.Key)];
        }
    }

    /// <summary>All lanes of a kind that have anything waiting or under way.</summary>
    public IReadOnlyList<Lane> Where(Func<Lane, bool> condition)
    {
        lock (_lock)
        {
            return [.. _lanes.Keys.Where(condition)];
        }
    }

    /// <summary>Whether nothing of a portal is under way.</summary>
    public bool IsIdle(PortalId portal)
    {
        lock (_lock)
        {
            return _runningByPortal.GetValueOrDefault(portal) == 0;
        }
    }

    /// <summary>Looks no more into the lanes of a portal; what of it is under way keeps its places to its end.</summary>
    public void Leave(PortalId portal)
    {
        foreach (var lane in Where(lane => lane.Portal == portal))
        {
            SetDue(lane, null);
        }
    }

    private int OfPortal(Lane lane) => _runningByPortal.GetValueOrDefault(lane.Portal);

    private int OfConnection(Lane lane) => _runningByConnection.GetValueOrDefault(lane.Connection);

    private LaneState Find(Lane lane)
    {
        if (!_lanes.TryGetValue(lane, out var state))
        {
            _lanes.Add(lane, state = new LaneState());
        }

        return state;
    }

    private sealed class LaneState
    {
        /// <summary>When to look into the store next; <see langword="null"/>: not before someone wakes the lane.</summary>
        public DateTimeOffset? DueAt { get; set; }

        public int Running { get; set; }

        /// <summary>No places; the end of a transfer looks again.</summary>
        public bool IsFull { get; set; }

        /// <summary>Places, but a portal that does not answer, or has just come back; the end of a transfer there looks again.</summary>
        public bool IsHeld { get; set; }
    }
}
