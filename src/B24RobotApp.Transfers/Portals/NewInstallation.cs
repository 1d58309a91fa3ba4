using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Transfers.Portals;

/// <summary>What an installation brought, after the authorization server vouched for it.</summary>
public sealed record NewInstallation
{
    public required MemberId MemberId { get; init; }

    /// <summary>The portal's address without a path, from the authorization server's answer.</summary>
    public required Uri Address { get; init; }

    public required Uri OAuthServer { get; init; }

    public required long InstallerUserId { get; init; }

    public required string Language { get; init; }

    /// <summary>The installer's tokens.</summary>
    public required PortalTokens Tokens { get; init; }

    /// <summary><see langword="null"/> if the installation did not bring it; one that is stored stays then.</summary>
    public ApplicationToken? ApplicationToken { get; init; }

    /// <summary><see langword="null"/> if not known. Another one than is stored makes the stored secret worthless, so it is dropped.</summary>
    public string? ClientId { get; init; }
}
