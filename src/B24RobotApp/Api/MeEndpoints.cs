using System.Reflection;
using System.Security.Claims;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Pages;
using B24RobotApp.Transfers.Portals;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>Who looks, at what, and what is still to be done.</summary>
internal static class MeEndpoints
{
    private static readonly string Version = typeof(MeEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static void MapMe(this IEndpointRouteBuilder api)
    {
        api.MapGet("/me", ShowAsync);
        api.MapPost("/credentials", SaveCredentialsAsync).ForAdministrators();
    }

    /// <summary>Client id and secret from the app's card.</summary>
    internal sealed record CredentialsBody(string? ClientId, string? ClientSecret);

    internal static async Task<Results<NoContent, ProblemHttpResult, UnauthorizedHttpResult>> SaveCredentialsAsync(
        CredentialsBody body, ClaimsPrincipal user, ApiVisitors visitors, Installer installer, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var problem = string.IsNullOrWhiteSpace(body.ClientId) || string.IsNullOrWhiteSpace(body.ClientSecret)
            ? "credentials.empty"
            : await installer.SaveCredentialsAsync(
                visitor.Portal, visitor.UserId, new ApplicationCredentials(body.ClientId.Trim(), new ClientSecret(body.ClientSecret.Trim())), cancellationToken);
        return problem is null
            ? TypedResults.NoContent()
            : TypedResults.Problem(new PageTexts(visitor.Language)[problem], statusCode: StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>The visitor and his portal.</summary>
    /// <param name="Portal">The portal's host.</param>
    /// <param name="UserId">The user.</param>
    /// <param name="IsAdministrator">Whether he may change something.</param>
    /// <param name="Language"><c>ru</c> or <c>en</c>.</param>
    /// <param name="IsConnected">Whether the app can reach the portal by itself.</param>
    /// <param name="HasCredentials">Whether client id and secret are known, so that access does not end after an hour.</param>
    /// <param name="Connections">How many ESB connections the portal may use.</param>
    /// <param name="Version">The app's version.</param>
    internal sealed record Me(string Portal, long UserId, bool IsAdministrator, string Language, bool IsConnected, bool HasCredentials, int Connections, string Version);

    internal static async Task<Results<Ok<Me>, UnauthorizedHttpResult>> ShowAsync(ClaimsPrincipal user, ApiVisitors visitors, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor
            ? TypedResults.Ok(new Me(
                visitor.Portal.Address.Authority, visitor.UserId, visitor.IsAdministrator, visitor.Language, visitor.Portal.State == PortalState.Connected,
                visitor.Portal.HasCredentials, visitor.Connections.Count, Version))
            : TypedResults.Unauthorized();
}
