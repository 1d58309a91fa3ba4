using System.Net;
using B24RobotApp.Bitrix24.Apps;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Install;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;
using PortalRobots = B24RobotApp.Bitrix24.Bizproc.Robots;

namespace B24RobotApp.Checks;

/// <summary>Whether a portal is ready for the app: the card's permissions, the plan, the robot, and the address under which portals reach the server. In the words of an administrator.</summary>
internal sealed class SetupCheck(SourcePortals sources, AppManifest manifest, IOptions<AppOptions> app)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks; writes nothing.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="userId">The administrator who looks; he is asked with his own token.</param>
    /// <param name="language">In which language it is said.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<CheckReport> RunAsync(Portal portal, long userId, string language, CancellationToken cancellationToken)
    {
        var texts = new SetupTexts(language);
        var report = new CheckReport();
        var address = CheckAddressAsync(texts, cancellationToken);
        try
        {
            var client = sources.For(portal, userId);
            var scopes = Permissions.ReadScopes(await client.CallAsync(Permissions.ListScopes(), cancellationToken));
            var missing = manifest.Card["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()).Where(scope => !scopes.Contains(scope)).ToList();
            if (missing.Count == 0)
            {
                report.Good("permissions", texts.HasScopes());
            }
            else
            {
                report.Bad("permissions", texts.LacksScopes(string.Join(", ", missing)));
            }

            await CheckRobotAsync(client, report, texts, cancellationToken);
        }
        catch (Bitrix24Exception exception)
        {
            report.Bad("portal", texts.PortalRefused(exception.Description, exception.Code));
        }

        var (status, text) = await address;
        (status == CheckStatus.Good ? (Action<string, string>)report.Good : status == CheckStatus.Note ? report.Note : report.Bad)("address", text);
        return report;
    }

    private async Task CheckRobotAsync(Bitrix24.Calls.PortalClient client, CheckReport report, SetupTexts texts, CancellationToken cancellationToken)
    {
        try
        {
            var present = PortalRobots.ReadCodes(await client.CallAsync(PortalRobots.List(), cancellationToken));
            if (manifest.Robots.All(robot => present.Contains(robot.Code)))
            {
                report.Good("robot", texts.RobotStands());
            }
            else
            {
                report.Bad("robot", texts.RobotMissing());
            }
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("ERROR_METHOD_NOT_FOUND"))
        {
            // The module of automation is there or not by the portal's plan.
            report.Bad("robot", texts.NoAutomation());
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("insufficient_scope"))
        {
            // Said above: the permission is missing.
        }
    }

    /// <summary>From here the way may be another one than from a portal: only what cannot work is called bad.</summary>
    private async Task<(CheckStatus Status, string Text)> CheckAddressAsync(SetupTexts texts, CancellationToken cancellationToken)
    {
        var url = app.Value.PublicUrl!;
        if (url.IsLoopback || (IPAddress.TryParse(url.Host, out var ip) && IsPrivate(ip)))
        {
            return (CheckStatus.Note, texts.AddressIsLocal(url.Authority));
        }

        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(app.Value.Address("/health/live"), cancellationToken);
            return response.IsSuccessStatusCode
                ? (CheckStatus.Good, texts.AddressAnswers(url.Authority))
                : (CheckStatus.Note, texts.AddressAnswersOtherwise(url.Authority, (int)response.StatusCode));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (CheckStatus.Note, texts.AddressIsSilent(url.Authority));
        }
    }

    private static bool IsPrivate(IPAddress address) =>
        address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || (address.GetAddressBytes() is [10, _, _, _] or [192, 168, _, _] or [172, >= 16 and <= 31, _, _]);
}
