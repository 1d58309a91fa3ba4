using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Install;

/// <summary>An installation as it is claimed.</summary>
internal sealed record InstallClaim
{
    public required string Host { get; init; }

    public required MemberId MemberId { get; init; }

    public required PortalTokens? Tokens { get; init; }

    public string? ServerEndpoint { get; init; }

    public ApplicationToken? ApplicationToken { get; init; }

    public required string Language { get; init; }
}

/// <summary>What became of a claim: the portal with the user who looks, or why not, as a key of the texts.</summary>
internal sealed record InstallResult(Portal? Portal, long UserId, bool IsAdministrator, string? Problem);

/// <summary>Believes an installation, or the opening of a page, only after the authorization server has confirmed its token.</summary>
internal sealed partial class Installer(
    TokenVerification verification, PortalVisitors visitors, PortalStore portals, TokenStore tokens, OAuthServer oauth, TransferInbox inbox,
    SourcePortals sources, ConfiguredApplications applications, ILogger<Installer> logger)
{
    /// <summary>Installs the app on a portal, or again.</summary>
    public async Task<InstallResult> InstallAsync(InstallClaim claim, CancellationToken cancellationToken)
    {
        var (verified, user, problem) = await IdentifyAsync(claim, cancellationToken);
        if (verified is null)
        {
            return new InstallResult(null, 0, false, problem);
        }

        if (user is not { Id: > 0, IsAdministrator: true })
        {
            return new InstallResult(null, user.Id, false, "install.administrator");
        }

        var known = await portals.FindAsync(claim.MemberId, cancellationToken);
        if (verified.IsOtherApplication && !await IsReplacedAsync(known, verified, cancellationToken))
        {
            return new InstallResult(null, user.Id, true, "install.application");
        }

        var portal = await portals.SaveInstallationAsync(
            new NewInstallation
            {
                MemberId = claim.MemberId,
                Address = verified.Portal,
                OAuthServer = verified.Server,
                InstallerUserId = user.Id,
                Language = PageTexts.LanguageOf(claim.Language),
                Tokens = claim.Tokens!,
                ApplicationToken = claim.ApplicationToken,
                ClientId = verified.Info.ClientId,
            },
            cancellationToken);
        if (applications.Find(portal.Address) is { } credentials)
        {
            await portals.SaveCredentialsAsync(portal.Id, credentials, cancellationToken);
        }

        if (known is { State: not PortalState.Connected })
        {
            await inbox.ReconnectAsync(portal, cancellationToken);
        }

        return new InstallResult(await portals.FindAsync(portal.Id, cancellationToken), user.Id, true, null);
    }

    /// <summary>
    /// An installed portal's page was opened: fresh tokens of whoever looks. An administrator revives a portal that was disconnected, and takes the place of an installer who is gone.
    /// </summary>
    public async Task<InstallResult> OpenAsync(InstallClaim claim, CancellationToken cancellationToken)
    {
        var portal = await portals.FindAsync(claim.MemberId, cancellationToken);
        if (portal is null || portal.State == PortalState.Uninstalled)
        {
            // The installation itself was lost on its way; the page is as good an occasion.
            return await InstallAsync(claim, cancellationToken);
        }

        var (verified, user, problem) = await IdentifyAsync(claim, cancellationToken);
        if (verified is null || user.Id <= 0)
        {
            return new InstallResult(null, 0, false, problem ?? "install.refused");
        }

        if (verified.IsOtherApplication)
        {
            // The app may have been deleted and added anew without a word; then this is its installation.
            return await InstallAsync(claim, cancellationToken);
        }

        await tokens.KeepAsync(new TokenOwner(portal.MemberId, user.Id), claim.Tokens!, cancellationToken);
        if (verified.Portal != portal.Address)
        {
            await portals.SetAddressAsync(portal.Id, verified.Portal, cancellationToken);
        }

        if (user.IsAdministrator)
        {
            await TakeOverAsync(portal, claim, user.Id, cancellationToken);
        }

        return new InstallResult(await portals.FindAsync(portal.Id, cancellationToken), user.Id, user.IsAdministrator, null);
    }

    /// <summary>Checks client id and secret by a refresh, which also proves the user's refresh token; then stores them.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="userId">The administrator who enters them; his tokens came with the page.</param>
    /// <param name="credentials">What he entered.</param>
    /// <param name="cancellationToken">Ends the waiting before the refresh is sent.</param>
    /// <returns><see langword="null"/>, or the key of the text that says what is wrong.</returns>
    public async Task<string?> SaveCredentialsAsync(Portal portal, long userId, ApplicationCredentials credentials, CancellationToken cancellationToken)
    {
        if (portal.ClientId is { } expected && expected != credentials.ClientId)
        {
            return "credentials.application";
        }

        var owner = new TokenOwner(portal.MemberId, userId);
        if ((await tokens.FindAsync(owner, cancellationToken))?.Refresh is not { } refresh)
        {
            return "credentials.reopen";
        }

        try
        {
            // From here on it goes to its end: a rotated token that is not stored is lost.
            var answer = await oauth.RefreshAsync(portal.OAuthServer, credentials, refresh, CancellationToken.None);
            if (answer.Member is { } member && member != portal.MemberId)
            {
                return "credentials.other";
            }

            await tokens.SaveAsync(owner, answer.Tokens, CancellationToken.None);
            await portals.SaveCredentialsAsync(portal.Id, credentials, CancellationToken.None);
            return null;
        }
        catch (Bitrix24Exception exception)
        {
            return exception.HasCode("invalid_grant") ? "credentials.reopen"
                : exception.Kind == FailureKind.NotExecuted ? "credentials.later" : "credentials.wrong";
        }
    }

    /// <summary>Whether the application that was known on this portal is gone, so that another one there is its successor and not a stranger.</summary>
    private async Task<bool> IsReplacedAsync(Portal? known, VerifiedToken verified, CancellationToken cancellationToken) =>
        known is not null && applications.Find(verified.Portal) is null && await AskInstallerAsync(known, cancellationToken) == InstallerState.Gone;

    /// <summary>Asks a portal whether the installing administrator's tokens work, and whether he still is one.</summary>
    private async Task<InstallerState> AskInstallerAsync(Portal portal, CancellationToken cancellationToken)
    {
        try
        {
            var profile = PortalProfile.Read(await sources.For(portal, portal.InstallerUserId).CallAsync(PortalProfile.Get(), cancellationToken));
            return profile.IsAdministrator ? InstallerState.Works : InstallerState.Powerless;
        }
        catch (Bitrix24Exception exception)
        {
            return exception.Kind == FailureKind.Disconnected ? InstallerState.Gone : InstallerState.Unknown;
        }
    }

    private enum InstallerState
    {
        Works,
        Powerless,
        Gone,

        /// <summary>The portal or the authorization server does not answer now.</summary>
        Unknown,
    }

    private async Task<(VerifiedToken? Verified, PortalProfile User, string? Problem)> IdentifyAsync(InstallClaim claim, CancellationToken cancellationToken)
    {
        var nobody = new PortalProfile(0, false);
        if (claim.Tokens is null)
        {
            return (null, nobody, "install.token");
        }

        try
        {
            var verified = await verification.VerifyAsync(claim.Tokens.Access, claim.Host, claim.ServerEndpoint, claim.MemberId, cancellationToken);
            if (verified is null)
            {
                return (null, nobody, "install.refused");
            }

            return (verified, await visitors.WhoIsAsync(verified.Portal, claim.Tokens.Access, cancellationToken), null);
        }
        catch (Bitrix24Exception exception)
        {
            return (null, nobody, exception.Kind == FailureKind.NotExecuted ? "install.later" : "install.refused");
        }
    }

    private async Task TakeOverAsync(Portal portal, InstallClaim claim, long userId, CancellationToken cancellationToken)
    {
        // Robots are registered, and deals read, in the installer's name. When he has left, or is no administrator any more, whoever opens the app next takes his place.
        if (portal.InstallerUserId != userId
            && await AskInstallerAsync(portal, cancellationToken) is InstallerState.Gone or InstallerState.Powerless)
        {
            await portals.SetInstallerAsync(portal.Id, userId, cancellationToken);
            Log.TakenOver(logger, portal.Address.Authority, userId, portal.InstallerUserId);
        }

        if (claim.ApplicationToken is { } applicationToken
            && !await portals.IsApplicationTokenAsync(portal.Id, applicationToken, cancellationToken))
        {
            await portals.SaveApplicationTokenAsync(portal.Id, applicationToken, cancellationToken);
        }

        var language = PageTexts.LanguageOf(claim.Language);
        if (portal.Language != language)
        {
            await portals.SetLanguageAsync(portal.Id, language, cancellationToken);
        }

        if (portal.State == PortalState.Disconnected)
        {
            await inbox.ReconnectAsync(portal, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3011, LogLevel.Information, "On {Portal} user {UserId} takes the place of user {OldUserId}, whose tokens do not work any more")]
        public static partial void TakenOver(ILogger logger, string portal, long userId, long oldUserId);
    }
}
