using System.Collections.Frozen;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>The only server: all is its own, at once and for ever. The data directory's lock sees to it.</summary>
public sealed class SoleServer : IWorkShare
{
    public long? Number => null;

    public IReadOnlySet<PortalId>? Portals => null;

    public IReadOnlySet<PortalId> Leaving => FrozenSet<PortalId>.Empty;

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public void Return(IReadOnlyCollection<PortalId> portals)
    {
    }

    public void Tell(Lane lane)
    {
    }

    public Task<Lead> LeadAsync(CancellationToken stoppingToken) => Task.FromResult(new Lead(null, CancellationToken.None));
}
