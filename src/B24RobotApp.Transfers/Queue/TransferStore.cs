#pragma warning disable CS9113
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Queue;

/// <summary>The durable queue of transfers: one row each, from the robot's call to the answer.</summary>
internal sealed class TransferStore(SqliteDatabase database, TimeProvider clock)
{
    /// <summary>Adds a transfer and returns when it is on disk.</summary>
    /// <returns><see langword="false"/> if the portal had delivered this event before; nothing is written then.</returns>
    public Task<bool> TryAddAsync(NewTransfer transfer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The lanes in which transfers wait that no other transfer of their deal holds up.</summary>
    public Task<IReadOnlyList<LaneBacklog>> BacklogAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Takes due transfers of a lane, those due longest first. Of one deal and connection at most one is under way, in the order of their arrival.</summary>
    public Task<IReadOnlyList<Transfer>> ClaimAsync(Lane lane, int most, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>When the next transfer of the lane can be claimed; <see langword="null"/> if none waits.</summary>
    public Task<DateTimeOffset?> NextDueAsync(Lane lane, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>At start: what was under way when the process ended is due again.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> ReleaseClaimsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Notes what was read of the deal. Relaxed: a lost note is read again.</summary>
    public Task RecordReadAsync(TransferId id, string title, string profile, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Notes, before a write that may create something is sent, that it will be. The first intent's time stays.</summary>
    public Task RecordIntentAsync(TransferId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Notes what a transfer came to, together with the links that were made.</summary>
    public Task RecordOutcomeAsync(
        TransferId id, TransferOutcome outcome, IReadOnlyCollection<Link> links, Durability durability, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Puts off a transfer that is under way; an unverified one stays unverified.</summary>
    public Task RescheduleAsync(TransferId id, DateTimeOffset dueAt, TransferAttempt attempt, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Lays a transfer aside until its portal is connected again.</summary>
    public Task ParkAsync(TransferId id, TransferAttempt attempt, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes all parked transfers of a portal due.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> UnparkAsync(PortalId portal, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The unverified transfers of all portals, oldest first.</summary>
    public Task<IReadOnlyList<Transfer>> UnverifiedAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The authorization server vouched for the call: the transfer is due.</summary>
    /// <returns><see langword="false"/> if it is not unverified.</returns>
    public Task<bool> ConfirmAsync(TransferId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes a transfer for whose call nobody vouched, as if it had never come.</summary>
    /// <returns><see langword="false"/> if it is not unverified.</returns>
    public Task<bool> DiscardUnverifiedAsync(TransferId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends a transfer; its recorded outcome says whether it is done or failed (without one: failed).</summary>
    public Task FinishAsync(TransferId id, bool answered, TransferAttempt attempt, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Begins a failed transfer anew, by hand: due at once, without outcome. Its intent stays, so that what was created is found.</summary>
    /// <returns><see langword="false"/> if it has not failed.</returns>
    public Task<bool> RetryAsync(TransferId id, DateTimeOffset giveUpAt, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Transfer?> FindAsync(TransferId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Transfer?> FindByEventTokenAsync(PortalId portal, string eventToken, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Transfer>> ListAsync(TransferQuery query, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The attempts at a transfer, in their order.</summary>
    public Task<IReadOnlyList<TransferAttempt>> AttemptsAsync(TransferId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>How many transfers are in each state that occurs.</summary>
    public Task<IReadOnlyDictionary<TransferState, long>> CountsAsync(PortalId? portal, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes transfers that were finished before a time, with their payloads and attempts. The links stay.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> PruneAsync(DateTimeOffset olderThan, CancellationToken cancellationToken) => throw new NotImplementedException();
}
