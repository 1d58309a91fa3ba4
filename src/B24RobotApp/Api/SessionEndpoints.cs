using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace B24RobotApp.Api;

/// <summary>Where a page's session begins.</summary>
internal static class SessionEndpoints
{
    /// <summary>Characters that a token may have, as in what portals post.</summary>
    private const int LongestToken = 2048;

    private static readonly string[] Languages = ["ru", "en"];

    public static void MapSession(this IEndpointRouteBuilder routes) => 
        routes.MapPost("/api/session", BeginAsync).DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(ApiServices.LongestOfStranger));

    /// <summary>What a portal's frame tells its page.</summary>
    internal sealed record Body(string? MemberId, string? AccessToken, string? Language);

    internal static async Task<Results<Ok<ApiSession>, UnauthorizedHttpResult, ProblemHttpResult>> BeginAsync(
        Body body, ApiSessions sessions, CancellationToken cancellationToken)
    {
        // An unknown portal and a wrong token look the same from outside.
        if (!MemberId.TryParse(body.MemberId, out var member) || string.IsNullOrWhiteSpace(body.AccessToken) || body.AccessToken.Length > LongestToken)
        {
            return TypedResults.Unauthorized();
        }

        try
        {
            var language = Languages.Contains(body.Language) ? body.Language! : "en";
            return await sessions.BeginAsync(member, new AccessToken(body.AccessToken), language, cancellationToken) is { } session
                ? TypedResults.Ok(session)
                : TypedResults.Unauthorized();
        }
        catch (Bitrix24Exception exception) when (exception.Kind is FailureKind.NotExecuted or FailureKind.OutcomeUnknown)
        {
            return TypedResults.Problem("The portal or its authorization server does not answer. Try again in a minute.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (Bitrix24Exception)
        {
            return TypedResults.Unauthorized();
        }
    }
}
