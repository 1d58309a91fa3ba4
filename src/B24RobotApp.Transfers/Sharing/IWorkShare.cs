using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>
/// What of the work is this server's, where several work on one database. Every server accepts every call and serves every page; the transfers of a portal are run by one of them, so that its calls
/// coalesce and nothing is done twice, and what is no single portal's (waits, sendings, audits, confirmations, housekeeping) is done by the one that leads.
/// </summary>
public interface IWorkShare
{
    /// <summary>This server's number among those that share the work, which no other ever had; <see langword="null"/>: it is the only one.</summary>
    long? Number { get; }

    /// <summary>The portals whose transfers this server is to run; <see langword="null"/>: those of all, it is the only server.</summary>
    IReadOnlySet<PortalId>? Portals { get; }

    /// <summary>Portals that are another server's from now on, as soon as they are given back (<see cref="Return"/>). Also one that was this server's for so short a time that nobody saw it among <see cref="Portals"/>.</summary>
    IReadOnlySet<PortalId> Leaving { get; }

    /// <summary><see cref="Portals"/> or <see cref="Leaving"/> have changed.</summary>
    event Action? Changed;

    /// <summary>Nothing of portals that are not this server's any more is under way here: another may go on with them.</summary>
    void Return(IReadOnlyCollection<PortalId> portals);

    /// <summary>A lane of a portal that is not this server's has something to do: its server is told.</summary>
    void Tell(Lane lane);

    /// <summary>Waits until this server leads.</summary>
    /// <exception cref="OperationCanceledException">It stops before.</exception>
    Task<Lead> LeadAsync(CancellationToken stoppingToken);
}
