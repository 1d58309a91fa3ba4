using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// The promise on disk that precedes every create. After a crash or an unknown outcome the ESB is asked first; and since a request that was cut off may still be executed over there, "nothing found" counts
/// only once the portal's own limit for a request has passed.
/// </summary>
/// <param name="transfer">Whose promise it is.</param>
/// <param name="store">Keeps it.</param>
/// <param name="settling">Knows what may be under way.</param>
/// <param name="restoredUntil">Until when something may be under way that was sent before the database was restored from a backup.</param>
public sealed class WriteIntent(Transfer transfer, TransferStore store, Settling settling, DateTimeOffset? restoredUntil)
{
    private readonly long _earlierLeftAt = settling.LeftAt(transfer.Id.Value);
    private bool _recorded;
    private bool _recordedForDeal;

    /// <summary>Whether an earlier attempt may have created the deal.</summary>
    public bool EarlierForDeal => transfer.IntendedDeal;

    /// <summary>Whether the deal may have been created, by this attempt or an earlier one.</summary>
    public bool ForDeal => transfer.IntendedDeal || _recordedForDeal;

    /// <summary>Whether another transfer may have sent the deal, of which this database knows nothing.</summary>
    public bool IsAfterRestore => restoredUntil is not null;

    /// <summary>Whether something that was sent may still be under way.</summary>
    public bool IsPending => (_recorded || transfer.IntentAt is not null) && settling.PendingUntil(transfer.Id.Value) is not null;

    /// <summary>Nothing was found on the ESB: says whether that can be believed yet.</summary>
    /// <exception cref="Bitrix24Exception">An earlier create may still be under way over there; tells when to look again.</exception>
    public void RequireSettled(string esbHost, string method)
    {
        if (transfer.IntentAt is not null && settling.PendingUntil(_earlierLeftAt) is { } settledAt)
        {
            throw Pending(esbHost, method, settledAt);
        }

        if (restoredUntil is { } restored)
        {
            throw Pending(esbHost, method, restored);
        }
    }

    /// <summary>Writes the intent to disk, once per attempt and kind.</summary>
    public async Task RecordAsync(bool forDeal)
    {
        if (forDeal ? _recordedForDeal : _recorded)
        {
            return;
        }

        await store.RecordIntentAsync(transfer.Id, forDeal, CancellationToken.None);
        settling.Note(transfer.Id.Value);
        _recorded = true;
        _recordedForDeal |= forDeal;
    }

    /// <summary>What came of a create is not known. It may have waited for its turn until a moment ago.</summary>
    public void NoteLost()
    {
        if (_recorded)
        {
            settling.Note(transfer.Id.Value);
        }
    }

    /// <summary>The transfer's outcome is known.</summary>
    public void Forget() => settling.Forget(transfer.Id.Value);

    /// <summary>The failure that says: look again at that time.</summary>
    public static Bitrix24Exception Pending(string esbHost, string method, DateTimeOffset settledAt) => new(
        FailureKind.NotExecuted, esbHost, method, "OUTCOME_PENDING",
        "An earlier request may still be executed there; the app looks again before it creates anything.", settledAt);
}
