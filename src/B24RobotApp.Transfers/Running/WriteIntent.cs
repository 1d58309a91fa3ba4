using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// The promise on disk that precedes every create. After a crash or an unknown outcome the ESB is asked first; and since a request that was cut off may still be executed over there, "nothing found" counts
/// only once the portal's own limit for a request has passed.
/// </summary>
public sealed class WriteIntent(Transfer transfer, TransferStore store, TimeSpan settlesAfter, TimeProvider clock)
{
    private bool _recordedForDeal;
    private bool _recorded;

    /// <summary>Whether an earlier attempt may have created something.</summary>
    public bool Earlier => transfer.IntentAt is not null;

    /// <summary>Whether an earlier attempt may have created the deal.</summary>
    public bool EarlierForDeal => transfer.IntendedDeal;

    /// <summary>Nothing was found on the ESB: says whether that can be believed yet.</summary>
    /// <exception cref="Bitrix24Exception">An earlier create may still be under way over there; tells when to look again.</exception>
    public void RequireSettled(string esbHost, string method)
    {
        if (transfer.IntentAt + settlesAfter is { } settledAt && settledAt > clock.GetUtcNow())
        {
            throw new Bitrix24Exception(
                FailureKind.NotExecuted, esbHost, method, "OUTCOME_PENDING",
                "An earlier request may still be executed there; the app looks again before it creates anything.", settledAt);
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
        _recorded = true;
        _recordedForDeal |= forDeal;
    }
}
