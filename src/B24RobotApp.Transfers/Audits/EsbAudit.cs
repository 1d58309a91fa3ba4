using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Audits;

/// <summary>Compares what the app believes with what stands on the ESB, and changes nothing.</summary>
public sealed class EsbAudit(LinkStore links, ProfileStore profiles, EsbPortals esb, SourcePortals sources, TimeProvider clock)
{
    /// <param name="portal">The source portal.</param>
    /// <param name="connection">The ESB.</param>
    /// <param name="pause">Waited after each page, so that transfers go first; zero for none.</param>
    /// <param name="cancellationToken">Ends it between two pages.</param>
    /// <exception cref="Bitrix24Exception">A portal does not answer, or refuses.</exception>
    public async Task<AuditReport> RunAsync(Portal portal, EsbConnection connection, TimeSpan pause, CancellationToken cancellationToken)
    {
        var stored = await profiles.FindAsync(connection.Profile, cancellationToken);
        var profile = stored is not null && MappingProfile.TryParse(stored.Json, out var readable, out _) ? readable : null;
        return await new AuditRun(links, esb, sources, clock, profile, portal, connection, pause, cancellationToken).RunAsync();
    }
}
