using System.Security.Claims;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace B24RobotApp.SignIn;

/// <summary>The app outside the portal: sign in at the portal, then see its transfers.</summary>
internal static class SignInEndpoints
{
    public const string Path = "/signin";
    public const string TransfersPath = "/signin/transfers";
    public const string OutPath = "/signin/out";
    public const string NotAdministrator = "administrator";

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, SignInAsync);
        routes.MapGet(TransfersPath, ShowTransfersAsync).RequireAuthorization();
        routes.MapPost(OutPath, SignOut).DisableAntiforgery();
    }

    internal static async Task<IResult> SignInAsync(
        string? portal, string? problem, HttpRequest request, PortalStore portals, ITokenStore tokens, PortalAccess access, CancellationToken cancellationToken)
    {
        var texts = TextsOf(request);
        var page = new Page(texts, texts["signin.heading"]);
        if (!string.IsNullOrWhiteSpace(portal))
        {
            var host = HostOf(portal.Trim());
            var found = (await portals.ListAsync(cancellationToken)).FirstOrDefault(
                known => known.State != PortalState.Uninstalled && known.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase));
            if (found is not null && await tokens.FindAuthorityAsync(found.MemberId, cancellationToken) is not null)
            {
                return Results.Challenge(
                    new AuthenticationProperties(new Dictionary<string, string?> { [Bitrix24AuthenticationDefaults.PortalItem] = found.MemberId.Value }),
                    [Bitrix24AuthenticationDefaults.AuthenticationScheme]);
            }

            page.Paragraph(texts["signin.unknown"], "bad");
        }
        else if (problem is not null)
        {
            page.Paragraph(texts[problem == NotAdministrator ? "signin.administrator" : "signin.failed"], "bad");
        }

        return page
            .Add($"""
                <form method="get" action="{Page.Encode(request.PathBase + Path)}">
                <label>{Page.Encode(texts["signin.portal"])} <input name="portal" required></label>
                <button>{Page.Encode(texts["signin.go"])}</button>
                </form>
                """)
            .ToWindow(access.FormTargets);
    }

    internal static async Task<IResult> ShowTransfersAsync(
        ClaimsPrincipal user, HttpRequest request, PortalStore portals, TransferList transfers, CancellationToken cancellationToken)
    {
        var texts = TextsOf(request);
        if (!MemberId.TryParse(user.FindFirstValue(Bitrix24AuthenticationDefaults.PortalClaim), out var member)
            || await portals.FindAsync(member, cancellationToken) is not { State: not PortalState.Uninstalled } portal)
        {
            return Results.Redirect(request.PathBase + Path);
        }

        var page = new Page(texts, portal.Address.Authority);
        await transfers.AddToAsync(page, texts, portal, cancellationToken);
        return page
            .Add($"<form method=\"post\" action=\"{Page.Encode(request.PathBase + OutPath)}\"><button>{Page.Encode(texts["signin.out"])}</button></form>")
            .ToWindow();
    }

    private static IResult SignOut(HttpRequest request) =>
        Results.SignOut(new AuthenticationProperties { RedirectUri = request.PathBase + Path }, [CookieAuthenticationDefaults.AuthenticationScheme]);

    /// <summary>People paste whatever stands in their address bar.</summary>
    private static string HostOf(string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}", UriKind.Absolute, out var url) ? url.Authority : text;

    private static PageTexts TextsOf(HttpRequest request) => new(request.Headers.AcceptLanguage.ToString().Split('-', ',', ';')[0]);
}
