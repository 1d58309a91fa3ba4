using System.Globalization;
using System.Security.Claims;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>A session of a page.</summary>
/// <param name="Token">The bearer.</param>
/// <param name="ExpiresIn">Seconds; on 401 the page begins another session.</param>
/// <param name="UserId">The portal's user.</param>
/// <param name="IsAdministrator">Whether he may change something.</param>
internal sealed record ApiSession(string Token, long ExpiresIn, long UserId, bool IsAdministrator);

/// <summary>
/// Exchanges the token that a portal's frame gave to a page for a bearer of the app's own. The token is checked at a trusted authorization server, as on installation, and who the user is says the
/// portal at its stored address.
/// </summary>
internal sealed partial class ApiSessions(
    PortalStore portals, TokenVerification verification, PortalVisitors visitors, IOptionsMonitor<BearerTokenOptions> options, TimeProvider clock,
    ILogger<ApiSessions> logger)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    /// <returns><see langword="null"/> if the portal is unknown or the token is not one of this app there.</returns>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">Portal or authorization server did not answer.</exception>
    public async Task<ApiSession?> BeginAsync(MemberId member, AccessToken token, string language, CancellationToken cancellationToken)
    {
        if (await portals.FindAsync(member, cancellationToken) is not { State: not PortalState.Uninstalled } portal
            || await verification.VerifyAsync(token, portal.Address.Authority, null, member, cancellationToken) is not { IsOtherApplication: false })
        {
            Log.Refused(logger, member.Value);
            return null;
        }

        var user = await visitors.WhoIsAsync(portal.Address, token, cancellationToken);
        if (user.Id <= 0)
        {
            Log.Refused(logger, member.Value);
            return null;
        }

        Log.Begun(logger, user.Id, portal.Address.Authority, user.IsAdministrator);

        var identity = new ClaimsIdentity(
            [
                new Claim(ApiVisitor.PortalClaim, portal.Id.Value.ToString(CultureInfo.InvariantCulture)),
                new Claim(ApiVisitor.UserClaim, user.Id.ToString(CultureInfo.InvariantCulture)),
                new Claim(ApiVisitor.LanguageClaim, language),
            ],
            ApiServices.Scheme);
        if (user.IsAdministrator)
        {
            identity.AddClaim(new Claim(ApiVisitor.AdministratorClaim, "Y"));
        }

        var ticket = new AuthenticationTicket(
            new ClaimsPrincipal(identity), new AuthenticationProperties { ExpiresUtc = clock.GetUtcNow() + Life }, $"{ApiServices.Scheme}:AccessToken");
        return new ApiSession(options.Get(ApiServices.Scheme).BearerTokenProtector.Protect(ticket), (long)Life.TotalSeconds, user.Id, user.IsAdministrator);
    }

    private static partial class Log
    {
        [LoggerMessage(3931, LogLevel.Information, "User {UserId} of {Portal} began a session; administrator: {IsAdministrator}")]
        public static partial void Begun(ILogger logger, long userId, string portal, bool isAdministrator);

        [LoggerMessage(3932, LogLevel.Warning, "A session in the name of the portal with the member id {MemberId} is refused: it has not installed the app, or its token is not to be believed")]
        public static partial void Refused(ILogger logger, string memberId);
    }
}
