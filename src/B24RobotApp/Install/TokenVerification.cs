using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Install;

/// <summary>A token for which a trusted authorization server vouched.</summary>
/// <param name="Portal">The portal's address, from the server's answer.</param>
/// <param name="Server">The server that answered.</param>
/// <param name="Info">Its answer.</param>
/// <param name="IsOtherApplication">
/// It was issued to another application on that portal than the one known there. That one's tokens are as genuine as ours, but they must not take the place of ours.
/// </param>
internal sealed record VerifiedToken(Uri Portal, Uri Server, TokenInfo Info, bool IsOtherApplication);

/// <summary>
/// Whether a token is genuine. Only an authorization server on the host's list can say so; anyone can run a server that behaves like a portal.
/// </summary>
internal sealed partial class TokenVerification(
    TrustedOAuthServers servers, OAuthServer oauth, PortalAccess access, PortalStore portals, ConfiguredApplications applications,
    ILogger<TokenVerification> logger) : IDisposable
{
    private const int MostAtOnce = 16;
    private const int MostWaiting = 64;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private int _asking;

    public void Dispose() => _turns.Dispose();

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
        // What could not be believed anyway is not asked about: strangers could make the app ask for them as often as they like.
        if (!access.IsAllowed(claimedHost))
        {
            Log.NotAllowed(logger, LogText.Of(claimedHost));
            return null;
        }

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
                var info = await AskAsync(server, token, cancellationToken);
                return await CheckAsync(info, server, claimedHost, member, cancellationToken);
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

    /// <summary>Takes turns: the app's own refreshes go to the same server, and must not stand behind everything that strangers make up.</summary>
    private async Task<TokenInfo> AskAsync(Uri server, AccessToken token, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _asking) > MostAtOnce + MostWaiting)
            {
                throw new Bitrix24Exception(FailureKind.NotExecuted, server.Authority, "app.info", "BUSY", "Too many tokens are being checked at the same time.");
            }

            await _turns.WaitAsync(cancellationToken);
            try
            {
                return await oauth.GetTokenInfoAsync(server, token, cancellationToken);
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
        }
    }

    private async Task<VerifiedToken?> CheckAsync(TokenInfo info, Uri server, string claimedHost, MemberId member, CancellationToken cancellationToken)
    {
        if (!IsSameHost(info.Portal, claimedHost))
        {
            Log.OtherPortal(logger, LogText.Of(claimedHost), info.Portal.Authority);
            return null;
        }

        if (!access.IsAllowed(info.Portal))
        {
            Log.NotAllowed(logger, info.Portal.Authority);
            return null;
        }

        if (!await IsSameMemberAsync(info, member, cancellationToken))
        {
            Log.OtherMember(logger, info.Portal.Authority);
            return null;
        }

        return new VerifiedToken(info.Portal, server, info, await IsOtherApplicationAsync(info, member, cancellationToken));
    }

    private static bool IsSameHost(Uri portal, string claimedHost) =>
        Uri.TryCreate($"{portal.Scheme}://{claimedHost}/", UriKind.Absolute, out var claimed)
        && claimed.UserInfo.Length == 0
        && claimed.AbsolutePath == "/"
        && portal.Authority.Equals(claimed.Authority, StringComparison.OrdinalIgnoreCase);

    // A server that does not name the member id leaves a gap: one allowed portal could claim to be another. Whoever is known by this id or at this address closes it.
    private async Task<bool> IsSameMemberAsync(TokenInfo info, MemberId member, CancellationToken cancellationToken)
    {
        if (info.Member is { } issuedFor)
        {
            return issuedFor == member;
        }

        var known = await portals.ListAsync(cancellationToken);
        return known.All(portal => portal.State == PortalState.Uninstalled || (portal.MemberId == member) == (portal.Address == info.Portal));
    }

    private async Task<bool> IsOtherApplicationAsync(TokenInfo info, MemberId member, CancellationToken cancellationToken)
    {
        var expected = applications.Find(info.Portal)?.ClientId
            ?? (await portals.FindAsync(member, cancellationToken) is { State: not PortalState.Uninstalled } portal ? portal.ClientId : null);
        return expected is not null && info.ClientId is not null && info.ClientId != expected;
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
