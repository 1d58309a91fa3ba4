using System.Text.Json;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>What is known of the items in question: how they stand, which stages they came to, and which transfers they have.</summary>
internal sealed class ItemsInQuestion
{
    /// <summary>History is written before robots run, by other machines of the portal.</summary>
    public static readonly TimeSpan BeforeEntry = TimeSpan.FromMinutes(1);

    /// <summary>Times of calls and of history are whole seconds: a call of the second in which the item left still belongs to its stay.</summary>
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(int EntityTypeId, long ItemId), JsonElement> _items = [];
    private readonly Dictionary<int, ILookup<long, StageEntry>> _histories = [];
    private readonly Dictionary<int, ILookup<long, Transfer>> _transfers = [];

    /// <summary>Adds what is known of items of a kind.</summary>
    /// <param name="entityTypeId">The kind.</param>
    /// <param name="histories">By item, in the order of the stages.</param>
    /// <param name="items">As they stand now; those that are gone are missing.</param>
    /// <param name="transfers">In the order of their arrival.</param>
    public void Add(int entityTypeId, ILookup<long, StageEntry> histories, IReadOnlyDictionary<long, JsonElement> items, IReadOnlyList<Transfer> transfers)
    {
        foreach (var (id, item) in items)
        {
            _items[(entityTypeId, id)] = item;
        }

        _histories[entityTypeId] = histories;
        _transfers[entityTypeId] = transfers.ToLookup(transfer => transfer.Request.ItemId);
    }

    public bool Has(int entityTypeId, long itemId) => _items.ContainsKey((entityTypeId, itemId));

    public bool Has(Stay stay) => Has(stay.Robot.EntityTypeId, stay.ItemId);

    public JsonElement Item(int entityTypeId, long itemId) => _items[(entityTypeId, itemId)];

    public JsonElement Item(Stay stay) => Item(stay.Robot.EntityTypeId, stay.ItemId);

    public IEnumerable<Transfer> TransfersOf(int entityTypeId, long itemId) => _transfers[entityTypeId][itemId];

    /// <summary>Transfers of the robot's calls of this very stay.</summary>
    public IEnumerable<Transfer> OwnTransfersOf(Stay stay)
    {
        // A call before the stage before this one belongs to an earlier stay.
        var from = stay.EnteredAt - BeforeEntry;
        from = Earlier(stay)?.At is { } cameToEarlier && cameToEarlier > from ? cameToEarlier : from;
        var to = LeftAt(stay) + Second ?? DateTimeOffset.MaxValue;
        return SentTo(stay).Where(transfer => transfer.Request.RobotCode == stay.Robot.RobotCode && transfer.Request.CalledAt >= from && transfer.Request.CalledAt < to);
    }

    /// <summary>The last transfer that was made after this stay began.</summary>
    public Transfer? SentSince(Stay stay) => SentTo(stay).LastOrDefault(transfer => transfer.Request.CalledAt > stay.EnteredAt);

    public bool HasEarlierStage(Stay stay) => Earlier(stay) is not null;

    /// <summary>When the item left; <see langword="null"/> if it has not, or nobody tells.</summary>
    public DateTimeOffset? LeftAt(Stay stay) =>
        stay.Entry is { } entry ? HistoryOf(stay).SkipWhile(line => line.Id != entry.Id).Skip(1).FirstOrDefault()?.At : null;

    private StageEntry? Earlier(Stay stay) => stay.Entry is { } entry ? HistoryOf(stay).TakeWhile(line => line.Id != entry.Id).LastOrDefault() : null;

    private IEnumerable<StageEntry> HistoryOf(Stay stay) => _histories[stay.Robot.EntityTypeId][stay.ItemId];

    private IEnumerable<Transfer> SentTo(Stay stay) => TransfersOf(stay.Robot.EntityTypeId, stay.ItemId).Where(transfer => transfer.Request.Connection == stay.Robot.Connection);
}
