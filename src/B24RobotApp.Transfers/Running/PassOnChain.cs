using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Keeps deals from going in circles: one that came through this app is not sent on, unless its profile passes deals on, and then never to a portal that it came through.
/// </summary>
public sealed class PassOnChain(LinkStore links, PortalStore portals)
{
    /// <summary>A chain is no longer than this; what seems longer is a circle.</summary>
    private const int LongestChain = 10;

    /// <summary>Why a deal is not sent to a connection's ESB; <see langword="null"/> if it may be.</summary>
    public async Task<string?> FindObstacleAsync(
        Portal portal, EsbConnection connection, MappingProfile profile, CrmKind kind, SourceDeal source, TransferTexts texts, CancellationToken cancellationToken)
    {
        if (OriginKey.Find(source.Deal, kind) is not { } originator)
        {
            return null;
        }

        if (!profile.PassOn)
        {
            return texts.CameFromUs(originator);
        }

        var esb = connection.Portal.Authority;
        return source.Deal.Text(Provenance.PortalField) == esb || await CameThroughAsync(portal, originator, kind, source.Deal.Id("id") ?? 0, esb, cancellationToken)
            ? texts.WouldGoBack(esb)
            : null;
    }

    private async Task<bool> CameThroughAsync(Portal portal, string originator, CrmKind kind, long dealId, string esb, CancellationToken cancellationToken)
    {
        if (MemberId.TryParse(originator.Split(':')[1], out var first)
            && await portals.FindAsync(first, cancellationToken) is { } origin && origin.Address.Authority == esb)
        {
            return true;
        }

        var (address, id) = (portal.Address, dealId);
        for (var step = 0; step < LongestChain; step++)
        {
            var origins = await links.OriginsAsync(address, LinkedEntities.Of(kind.EntityTypeId, kind.EntityTypeId), id, cancellationToken);
            if (origins is not [var (member, sourceId), ..] || await portals.FindAsync(member, cancellationToken) is not { } before)
            {
                return false;
            }

            if (before.Address.Authority == esb)
            {
                return true;
            }

            (address, id) = (before.Address, sourceId);
        }

        return true;
    }
}
