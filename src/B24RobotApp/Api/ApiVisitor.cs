using System.Globalization;
using System.Security.Claims;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Api;

/// <summary>Who calls the API: a user of one portal. All that an endpoint gives or takes is that portal's.</summary>
internal sealed record ApiVisitor(Portal Portal, long UserId, bool IsAdministrator, string Language, IReadOnlyList<EsbConnection> Connections)
{
    public const string PortalClaim = "portal";
    public const string UserClaim = "user";
    public const string LanguageClaim = "language";
    public const string AdministratorClaim = "administrator";

    /// <summary>A connection that the portal may use; others do not exist for it.</summary>
    public EsbConnection? FindConnection(string? code) => Connections.FirstOrDefault(connection => connection.Code == code);
}

/// <summary>Finds out who calls, from a bearer that was checked.</summary>
internal sealed class ApiVisitors(PortalStore portals, ConnectionStore connections)
{
    /// <returns><see langword="null"/> if the app was deleted on the portal meanwhile.</returns>
    public async Task<ApiVisitor?> FindAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        var id = new PortalId(long.Parse(user.FindFirstValue(ApiVisitor.PortalClaim)!, CultureInfo.InvariantCulture));
        return await portals.FindAsync(id, cancellationToken) is { State: not PortalState.Uninstalled } portal
            ? new ApiVisitor(
                portal,
                long.Parse(user.FindFirstValue(ApiVisitor.UserClaim)!, CultureInfo.InvariantCulture),
                user.HasClaim(claim => claim.Type == ApiVisitor.AdministratorClaim),
                user.FindFirstValue(ApiVisitor.LanguageClaim) ?? "en",
                await connections.UsableByAsync(portal, cancellationToken))
            : null;
    }
}
