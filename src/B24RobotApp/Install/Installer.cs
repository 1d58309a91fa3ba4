using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Options;

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
internal sealed class Installer(
    TokenVerification verification, PortalClients clients, PortalStore portals, TokenStore tokens, OAuthServer oauth, TransferInbox inbox,
    IOptions<Bitrix24Options> options)
{
    /// <summary>Installs the app on a portal, or again.</summary>
    public async Task<InstallResult> InstallAsync(InstallClaim claim, CancellationToken cancellationToken)
    {
        var (verified, user, problem) = await IdentifyAsync(claim, cancellationToken);
        if (verified is null)
        {
            return new InstallResult(null, 0, false, problem);
        }

        if (!user.IsAdministrator)
        {
            return new InstallResult(null, user.Id, false, "install.administrator");
        }

        var known = await portals.FindAsync(claim.MemberId, cancellationToken);
        if (known is not null && known.Address != verified.Portal && verified.Info.Member is null)
        {
            // The server did not name the member id; without it, another portal could take this one's place.
            return new InstallResult(null, user.Id, true, "install.moved");
        }

        var portal = await portals.SaveInstallationAsync(
            new NewInstallation
            {
                MemberId = claim.MemberId,
                Address = verified.Portal,
                OAuthServer = verified.Server,
                InstallerUserId = user.Id,
                Language = claim.Language,
                Tokens = claim.Tokens!,
                ApplicationToken = claim.ApplicationToken,
                ClientId = verified.Info.ClientId,
            },
            cancellationToken);
        await inbox.ReconnectAsync(portal, cancellationToken);
        portal = await TakeConfiguredCredentialsAsync(portal, cancellationToken);
        return new InstallResult(portal, user.Id, true, null);
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
        if (verified is null)
        {
            return new InstallResult(null, 0, false, problem);
        }

        if (verified.Portal != portal.Address && verified.Info.Member is null)
        {
            return new InstallResult(null, user.Id, user.IsAdministrator, "install.moved");
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

    /// <summary>Checks client id and secret by a refresh, which also proves the installer's refresh token; then stores them.</summary>
    /// <returns><see langword="null"/>, or the key of the text that says what is wrong.</returns>
    public async Task<string?> SaveCredentialsAsync(Portal portal, ApplicationCredentials credentials, CancellationToken cancellationToken)
    {
        var owner = new TokenOwner(portal.MemberId, portal.InstallerUserId);
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

            var client = clients.Once(new FixedTokenCredential(verified.Portal, claim.Tokens.Access));
            return (verified, PortalProfile.Read(await client.CallAsync(PortalProfile.Get(), cancellationToken)), null);
        }
        catch (Bitrix24Exception exception)
        {
            return (null, nobody, exception.Kind == FailureKind.NotExecuted ? "install.later" : "install.refused");
        }
    }

    private async Task TakeOverAsync(Portal portal, InstallClaim claim, long userId, CancellationToken cancellationToken)
    {
        var installer = new TokenOwner(portal.MemberId, portal.InstallerUserId);
        if (portal.InstallerUserId != userId && await tokens.FindAsync(installer, cancellationToken) is null)
        {
            await portals.SetInstallerAsync(portal.Id, userId, cancellationToken);
        }

        if (claim.ApplicationToken is { } applicationToken)
        {
            await portals.SaveApplicationTokenAsync(portal.Id, applicationToken, cancellationToken);
        }

        if (portal.State == PortalState.Disconnected)
        {
            if (portal.InstallerUserId != userId)
            {
                await portals.SetInstallerAsync(portal.Id, userId, cancellationToken);
            }

            await inbox.ReconnectAsync(portal, cancellationToken);
        }

        if (portal.Language != claim.Language)
        {
            await portals.SetLanguageAsync(portal.Id, claim.Language, cancellationToken);
        }
    }

    private async Task<Portal> TakeConfiguredCredentialsAsync(Portal portal, CancellationToken cancellationToken)
    {
        var configured = options.Value.Applications.FirstOrDefault(
            application => application.Portal.Equals(portal.Address.Authority, StringComparison.OrdinalIgnoreCase)
                || application.Portal.Equals(portal.Address.Host, StringComparison.OrdinalIgnoreCase));
        if (configured is null)
        {
            return portal;
        }

        await portals.SaveCredentialsAsync(portal.Id, new ApplicationCredentials(configured.ClientId, new ClientSecret(configured.ClientSecret)), cancellationToken);
        return await portals.FindAsync(portal.Id, cancellationToken) ?? portal;
    }
}
