using System.Globalization;
using System.Security.Claims;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Checks;
using B24RobotApp.Install;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Connections;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>
/// The ESBs that a portal may send to. Those of the host's settings can be used and checked; a portal adds, changes and deletes its own. A webhook goes in and never comes out.
/// </summary>
internal static class ConnectionEndpoints
{
    private const int LongestName = 100;

    /// <summary>Each is asked for what it may do, so that a list of them makes the app call whomever it names.</summary>
    private const int MostWebhooks = 10;

    public static void MapConnections(this IEndpointRouteBuilder api)
    {
        api.MapGet("/connections", ListAsync);
        api.MapPost("/connections", AddAsync).ForAdministrators();
        api.MapPut("/connections/{code}", ChangeAsync).ForAdministrators();
        api.MapPost("/connections/{code}/check", CheckAsync).ForAdministrators();
        api.MapDelete("/connections/{code}", DeleteAsync).ForAdministrators();
    }

    /// <summary>A connection.</summary>
    /// <param name="Code">What the robot's property holds.</param>
    /// <param name="Name">What people see.</param>
    /// <param name="Esb">The ESB's host.</param>
    /// <param name="Webhooks">How many webhooks it has.</param>
    /// <param name="Profile">The profile for robots that name none.</param>
    /// <param name="CreateMissingFields">Whether the app may create the fields that tell where a deal came from.</param>
    /// <param name="IsOwn">Whether it is the portal's own, not the host's.</param>
    internal sealed record Row(string Code, string Name, string Esb, int Webhooks, string Profile, bool CreateMissingFields, bool IsOwn);

    /// <summary>A connection as an administrator enters it. On a change empty members leave what stands there.</summary>
    internal sealed record Body(string? Name, IReadOnlyList<string>? Webhooks, string? Profile, bool? CreateMissingFields);

    /// <summary>What was found out about a connection.</summary>
    /// <param name="Connection">The connection; <see langword="null"/> if it was not stored.</param>
    /// <param name="Lines">What was checked, in order.</param>
    internal sealed record Checked(Row? Connection, IReadOnlyList<Line> Lines);

    internal sealed record Line(CheckStatus Status, string Text);

    internal static async Task<Results<Ok<List<Row>>, UnauthorizedHttpResult>> ListAsync(ClaimsPrincipal user, ApiVisitors visitors, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor ? TypedResults.Ok(visitor.Connections.Select(RowOf).ToList()) : TypedResults.Unauthorized();

    internal static async Task<Results<Ok<Checked>, ProblemHttpResult, UnauthorizedHttpResult>> AddAsync(
        Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration, IOptions<Bitrix24Options> options,
        CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (Read(body, options.Value.AllowHttp, visitor, out var webhooks) is { } problem)
        {
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        var connection = new EsbConnection
        {
            Code = await FreeCodeAsync(store, visitor, cancellationToken),
            Name = string.IsNullOrWhiteSpace(body.Name) ? webhooks[0].Portal.Host : body.Name.Trim(),
            Webhooks = webhooks,
            Profile = string.IsNullOrWhiteSpace(body.Profile) ? "default" : body.Profile.Trim(),
            CreateMissingFields = body.CreateMissingFields ?? true,
            Owner = visitor.Portal.Id,
        };
        return await SaveAsync(connection, visitor, store, check, registration, cancellationToken);
    }

    internal static async Task<Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> ChangeAsync(
        string code, Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration, IOptions<Bitrix24Options> options,
        CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        if (connection.Owner != visitor.Portal.Id)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).ConnectionOfHost(), statusCode: StatusCodes.Status409Conflict);
        }

        var webhooks = connection.Webhooks;
        if (body.Webhooks is { Count: > 0 })
        {
            if (Read(body, options.Value.AllowHttp, visitor, out var entered) is { } problem)
            {
                return TypedResults.Problem(problem, statusCode: StatusCodes.Status422UnprocessableEntity);
            }

            webhooks = entered;
        }

        connection = connection with
        {
            Name = string.IsNullOrWhiteSpace(body.Name) ? connection.Name : body.Name.Trim(),
            Webhooks = webhooks,
            Profile = string.IsNullOrWhiteSpace(body.Profile) ? connection.Profile : body.Profile.Trim(),
            CreateMissingFields = body.CreateMissingFields ?? connection.CreateMissingFields,
        };
        var saved = await SaveAsync(connection, visitor, store, check, registration, cancellationToken);
        return saved.Result switch
        {
            Ok<Checked> done => done,
            ProblemHttpResult refused => refused,
            _ => TypedResults.Unauthorized(),
        };
    }

    internal static async Task<Results<Ok<Checked>, NotFound, UnauthorizedHttpResult>> CheckAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, ConnectionCheck check, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        return TypedResults.Ok(new Checked(RowOf(connection, visitor), (await RunAsync(connection, visitor, check, cancellationToken)).Lines));
    }

    internal static async Task<Results<NoContent, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> DeleteAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, RegistrationWorker registration, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        if (connection.Owner != visitor.Portal.Id)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).ConnectionOfHost(), statusCode: StatusCodes.Status409Conflict);
        }

        await store.DeleteAsync(code, cancellationToken);
        registration.Ask(visitor.Portal);
        return TypedResults.NoContent();
    }

    /// <summary>Stores a connection that was checked. One whose webhook is no good is not stored: it would only make deals fail.</summary>
    private static async Task<Results<Ok<Checked>, ProblemHttpResult, UnauthorizedHttpResult>> SaveAsync(
        EsbConnection connection, ApiVisitor visitor, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration, CancellationToken cancellationToken)
    {
        var (lines, isGood) = await RunAsync(connection, visitor, check, cancellationToken);
        if (!isGood)
        {
            return TypedResults.Ok(new Checked(null, lines));
        }

        if (!await store.SaveAsync(connection, cancellationToken))
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).CodeTaken(), statusCode: StatusCodes.Status409Conflict);
        }

        // The robot's list of connections and the fields on the ESB follow.
        registration.Ask(visitor.Portal);
        return TypedResults.Ok(new Checked(RowOf(connection, visitor), lines));
    }

    private static async Task<(IReadOnlyList<Line> Lines, bool IsGood)> RunAsync(EsbConnection connection, ApiVisitor visitor, ConnectionCheck check, CancellationToken cancellationToken)
    {
        var report = new CheckReport();
        await check.CheckAsync(connection, report, visitor.Language, cancellationToken);
        return ([.. report.Lines.Select(line => new Line(line.Status, Capitalized(line.Text)))], report.IsGood);
    }

    private static string Capitalized(string text) => char.ToUpper(text[0], CultureInfo.CurrentCulture) + text[1..];

    private static string? Read(Body body, bool allowHttp, ApiVisitor visitor, out IReadOnlyList<WebhookUrl> webhooks)
    {
        var texts = new ApiTexts(visitor.Language);
        var read = new List<WebhookUrl>();
        webhooks = read;
        if (body.Name is { Length: > LongestName })
        {
            return texts.NameTooLong(LongestName);
        }

        if (body.Webhooks is { Count: > MostWebhooks })
        {
            return texts.TooManyWebhooks(MostWebhooks);
        }

        foreach (var address in (body.Webhooks ?? []).Where(address => !string.IsNullOrWhiteSpace(address)))
        {
            if (!WebhookUrl.TryParse(address.Trim(), allowHttp, out var url, out _))
            {
                return texts.WebhookUnreadable();
            }

            read.Add(url);
        }

        return read.Count == 0 ? texts.WebhookMissing()
            : read.Select(url => url.Portal.Authority).Distinct(StringComparer.OrdinalIgnoreCase).Count() > 1 ? texts.WebhooksOfSeveral()
            : string.Equals(read[0].Portal.Authority, visitor.Portal.Address.Authority, StringComparison.OrdinalIgnoreCase) ? texts.WebhookOfThisPortal()
            : null;
    }

    /// <summary>A code stands in robots for ever, so it is made of nothing that may change.</summary>
    private static async Task<string> FreeCodeAsync(ConnectionStore store, ApiVisitor visitor, CancellationToken cancellationToken)
    {
        var taken = (await store.ListAsync(cancellationToken)).Select(connection => connection.Code).ToHashSet(StringComparer.Ordinal);
        for (var number = 1; ; number++)
        {
            var code = string.Create(CultureInfo.InvariantCulture, $"esb-{visitor.Portal.Id.Value}-{number}");
            if (!taken.Contains(code))
            {
                return code;
            }
        }
    }

    private static Row RowOf(EsbConnection connection) => new(
        connection.Code, connection.Name, connection.Portal.Authority, connection.Webhooks.Count, connection.Profile, connection.CreateMissingFields, connection.Owner is not null);

    internal static Row RowOf(EsbConnection connection, ApiVisitor visitor) => RowOf(connection) with { IsOwn = connection.Owner == visitor.Portal.Id };
}
