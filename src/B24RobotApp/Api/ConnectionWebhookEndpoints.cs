using System.Security.Claims;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Checks;
using B24RobotApp.Install;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Connections;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Checked = B24RobotApp.Api.ConnectionEndpoints.Checked;

namespace B24RobotApp.Api;

/// <summary>
/// The webhooks of a portal's own connection, one by one: add, replace, remove. They are named by their place, the first being 1, since nothing else of them may be shown; <c>of</c> is how many the
/// person saw, so that nobody changes another one than he looked at.
/// </summary>
internal static class ConnectionWebhookEndpoints
{
    public static void MapConnectionWebhooks(this IEndpointRouteBuilder api)
    {
        api.MapPost("/connections/{code}/webhooks", AddAsync).ForAdministrators();
        api.MapPut("/connections/{code}/webhooks/{number}", ReplaceAsync).ForAdministrators();
        api.MapDelete("/connections/{code}/webhooks/{number}", RemoveAsync).ForAdministrators();
    }

    /// <summary>A webhook as an administrator enters it.</summary>
    /// <param name="Address">Its address, secret included.</param>
    /// <param name="Of">How many webhooks the connection has, as far as the person knows.</param>
    internal sealed record Body(string? Address, int? Of);

    internal static Task<Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> AddAsync(
        string code, Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration, IOptions<Bitrix24Options> options,
        CancellationToken cancellationToken) =>
        EnterAsync(code, null, body, user, visitors, store, check, registration, options, cancellationToken);

    /// <summary>Replaces one. The only webhook may be replaced by one of another ESB; the connection then forgets the deals of the one before, as it does whenever it is pointed elsewhere.</summary>
    internal static Task<Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> ReplaceAsync(
        string code, int number, Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration,
        IOptions<Bitrix24Options> options, CancellationToken cancellationToken) =>
        EnterAsync(code, number, body, user, visitors, store, check, registration, options, cancellationToken);

    /// <summary>Removes one without asking the ESB: it may well be one that is dead.</summary>
    internal static async Task<Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> RemoveAsync(
        string code, int number, int of, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        var texts = new ApiTexts(visitor.Language);
        if (FindRefusal(connection, number, of, visitor, texts) is { } refusal)
        {
            return refusal;
        }

        if (connection.Webhooks.Count == 1)
        {
            return TypedResults.Problem(texts.LastWebhook(), statusCode: StatusCodes.Status409Conflict);
        }

        var changed = connection with { Webhooks = [.. connection.Webhooks.Where((_, index) => index != number - 1)] };
        return ConnectionEndpoints.Widened((await ConnectionEndpoints.SaveAsync(changed, [], visitor, store, check, registration, cancellationToken)).Result);
    }

    private static async Task<Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> EnterAsync(
        string code, int? number, Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration,
        IOptions<Bitrix24Options> options, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        var texts = new ApiTexts(visitor.Language);
        if (FindRefusal(connection, number, body.Of, visitor, texts) is { } refusal)
        {
            return refusal;
        }

        var problem = ConnectionEndpoints.Read(body.Address is null ? [] : [body.Address], options.Value.AllowHttp, visitor, out var entered);
        IReadOnlyList<WebhookUrl> webhooks = [.. connection.Webhooks.Select((webhook, index) => index == number - 1 && problem is null ? entered[0] : webhook), .. number is null ? entered : []];
        problem ??= ConnectionEndpoints.FindConflict(webhooks, texts);
        return problem is null
            ? ConnectionEndpoints.Widened((await ConnectionEndpoints.SaveAsync(connection with { Webhooks = webhooks }, entered, visitor, store, check, registration, cancellationToken)).Result)
            : TypedResults.Problem(problem, statusCode: StatusCodes.Status422UnprocessableEntity);
    }

    private static ProblemHttpResult? FindRefusal(EsbConnection connection, int? number, int? of, ApiVisitor visitor, ApiTexts texts) =>
        connection.Owner != visitor.Portal.Id ? TypedResults.Problem(texts.ConnectionOfHost(), statusCode: StatusCodes.Status409Conflict)
        : number < 1 || number > connection.Webhooks.Count || (of ?? connection.Webhooks.Count) != connection.Webhooks.Count
            ? TypedResults.Problem(texts.WebhooksChanged(), statusCode: StatusCodes.Status409Conflict)
        : null;
}
