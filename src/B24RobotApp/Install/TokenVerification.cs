using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Portals;

namespace B24RobotApp.Install;

/// <summary>A token for which a trusted authorization server vouched.</summary>
/// <param name="Portal">The portal's address, from the server's answer.</param>
/// <param name="Server">The server that answered.</param>
/// <param name="Info">Its answer.</param>
internal sealed record VerifiedToken(Uri Portal, Uri Server, TokenInfo Info);

/// <summary>
/// Whether a token is genuine. Only an authorization server on the host's list can say so; anyone can run a server that behaves like a portal.
/// </summary>
internal sealed partial class TokenVerification(
    TrustedOAuthServers servers, OAuthServer oauth, PortalAccess access, ILogger<TokenVerification> logger)
{
    /// <summary>Asks who issued a token for which portal.</summary>
    /// <param name="token">The access token that came along.</param>
    /// <param name="claimedHost">The portal's host as the request claims it; a log line names it.</param>
    /// <param name="claimedServer">The authorization server as the request claims it; without one all trusted ones are asked in turn.</param>
    /// <param name="member">The portal's member id as the request claims it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns><see langword="null"/> if the token is not to be believed; the log says why.</returns>
    /// <exception cref="Bitrix24Exception">No authorization server could be reached: nobody knows.</exception>
    public async Task<VerifiedToken?> VerifyAsync(
        AccessToken token, string claimedHost, string? claimedServer, MemberId member, CancellationToken cancellationToken)
    {
        IReadOnlyList<Uri> asked = servers.All;
        if (!string.IsNullOrEmpty(claimedServer))
        {
            if (!servers.TryFind(claimedServer, out var named))
            {
                Log.ServerNotTrusted(logger, LogText.Of(claimedHost), LogText.Of(claimedServer));
                return null;
            }

            asked = [named];
        }

        Bitrix24Exception? unreachable = null;
        foreach (var server in asked)
        {
            try
            {
                var info = await oauth.GetTokenInfoAsync(server, token, cancellationToken);
                return Check(info, server, claimedHost, member);
            }
            catch (Bitrix24Exception exception)
            {
                // A server that does not know the token is not the one that issued it; one that does not answer may be.
                unreachable ??= exception.Kind == FailureKind.NotExecuted ? exception : null;
                Log.NotVouched(logger, LogText.Of(claimedHost), server.Authority, exception.Code);
            }
        }

        return unreachable is null ? null : throw unreachable;
    }

    private VerifiedToken? Check(TokenInfo info, Uri server, string claimedHost, MemberId member)
    {
        if (!info.Portal.Authority.Equals(claimedHost, StringComparison.OrdinalIgnoreCase))
        {
            Log.OtherPortal(logger, LogText.Of(claimedHost), info.Portal.Authority);
            return null;
        }

        if (info.Member is { } issuedFor && issuedFor != member)
        {
            Log.OtherMember(logger, info.Portal.Authority);
            return null;
        }

        if (!access.IsAllowed(info.Portal))
        {
            Log.NotAllowed(logger, info.Portal.Authority);
            return null;
        }

        return new VerifiedToken(info.Portal, server, info);
    }


    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Warning, "{Portal} refused: its authorization server {Server} is not among Bitrix24:OAuthServers")]
        public static partial void ServerNotTrusted(ILogger logger, string portal, string server);

        [LoggerMessage(3002, LogLevel.Warning, "{Portal}: the authorization server {Server} does not vouch for its token: {Code}")]
        public static partial void NotVouched(ILogger logger, string portal, string server, string code);

        [LoggerMessage(3003, LogLevel.Warning, "{Portal} refused: its token belongs to another portal, {IssuedFor}")]
        public static partial void OtherPortal(ILogger logger, string portal, string issuedFor);

        [LoggerMessage(3004, LogLevel.Warning, "{Portal} refused: its token belongs to another member id than it claims")]
        public static partial void OtherMember(ILogger logger, string portal);

        [LoggerMessage(3005, LogLevel.Warning, "{Portal} refused: it is not among Bitrix24:AllowedPortals. Add it there if it is a partner")]
        public static partial void NotAllowed(ILogger logger, string portal);
    }
}
