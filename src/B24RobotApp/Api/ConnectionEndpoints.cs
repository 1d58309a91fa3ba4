using System.Globalization;
using System.Security.Claims;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Checks;
using B24RobotApp.Install;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>
/// The ESBs that a portal may send to. Those of the host's settings can be used and checked; a portal adds, changes and deletes its own. A webhook goes in and never comes out.
/// </summary>
internal static class ConnectionEndpoints
{
    private const int LongestName = 100;

    /// <summary>Characters of an outgoing webhook's token; 32 are usual.</summary>
    private const int LongestToken = 255;

    /// <summary>
    /// Each is asked for what it may do, so that a list of them makes the app call whomever it names; and they share the portal's requests per second, so more than a few bring nothing.
    /// </summary>
    private const int MostWebhooks = 10;

    public static void MapConnections(this IEndpointRouteBuilder api)
    {
        api.MapGet("/connections", ListAsync);
        api.MapPost("/connections", AddAsync).ForAdministrators();
        api.MapPut("/connections/{code}", ChangeAsync).ForAdministrators();
        api.MapPost("/connections/{code}/check", CheckAsync).ForAdministrators();
        api.MapPost("/connections/{code}/pause", PauseAsync).ForAdministrators();
        api.MapPost("/connections/{code}/resume", ResumeAsync).ForAdministrators();
        api.MapDelete("/connections/{code}", DeleteAsync).ForAdministrators();
        api.MapConnectionWebhooks();
    }

    /// <summary>A connection.</summary>
    /// <param name="Code">What the robot's property holds.</param>
    /// <param name="Name">What people see.</param>
    /// <param name="Esb">The ESB's host.</param>
    /// <param name="Webhooks">How many webhooks it has.</param>
    /// <param name="WebhookUsers">Of the portal's own: in whose names its webhooks act, in their order; the ids are users of the ESB. Of the host's: nothing.</param>
    /// <param name="Profile">The profile for robots that name none.</param>
    /// <param name="CreateMissingFields">Whether the app may create the fields that tell where a deal came from.</param>
    /// <param name="IsOwn">Whether it is the portal's own, not the host's.</param>
    /// <param name="PausedAt">Since when its transfers wait because an administrator wants it so; <see langword="null"/> if they travel.</param>
    /// <param name="HasOutgoingWebhook">Whether a token of the ESB's outgoing webhook is stored, by which it tells of changes.</param>
    /// <param name="EventsPath">Where that webhook posts, relative to the app's address.</param>
    internal sealed record Row(
        string Code, string Name, string Esb, int Webhooks, IReadOnlyList<long> WebhookUsers, string Profile, bool CreateMissingFields, bool IsOwn, DateTimeOffset? PausedAt,
        bool HasOutgoingWebhook, string EventsPath);

    /// <summary>A connection as an administrator enters it. On a change empty members leave what stands there.</summary>
    /// <param name="Name">What people see.</param>
    /// <param name="Webhooks">Addresses of incoming webhooks.</param>
    /// <param name="Profile">The profile for robots that name none.</param>
    /// <param name="CreateMissingFields">Whether the app may create missing fields.</param>
    /// <param name="OutgoingToken">The token of the ESB's outgoing webhook; it goes in and never comes out. <c>-</c> takes it away.</param>
    internal sealed record Body(string? Name, IReadOnlyList<string>? Webhooks, string? Profile, bool? CreateMissingFields, string? OutgoingToken = null);

    /// <summary>What was found out about a connection.</summary>
    /// <param name="Connection">The connection; <see langword="null"/> if it was not stored.</param>
    /// <param name="Lines">What was checked, in order.</param>
    internal sealed record Checked(Row? Connection, IReadOnlyList<Line> Lines);

    internal sealed record Line(CheckStatus Status, string Text);

    internal static async Task<Results<Ok<List<Row>>, UnauthorizedHttpResult>> ListAsync(ClaimsPrincipal user, ApiVisitors visitors, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor ? TypedResults.Ok(visitor.Connections.Select(connection => RowOf(connection, visitor)).ToList()) : TypedResults.Unauthorized();

    internal static async Task<Results<Ok<Checked>, ProblemHttpResult, UnauthorizedHttpResult>> AddAsync(
        Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ProfileStore profiles, ConnectionCheck check, RegistrationWorker registration, IOptions<Bitrix24Options> options,
        CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var problem = await FindProblemAsync(body, visitor, profiles, cancellationToken);
        problem = Read(body.Webhooks, options.Value.AllowHttp, visitor, out var webhooks) ?? problem;
        if (problem is not null)
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
            OutgoingTokenHash = TokenHashOf(body, null),
        };
        return await SaveAsync(connection, webhooks, visitor, store, check, registration, cancellationToken);
    }

    /// <summary>Changes what is given. Only webhooks that are entered are checked: a name can be changed while the ESB is down.</summary>
    internal static async Task<Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> ChangeAsync(
        string code, Body body, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, ProfileStore profiles, ConnectionCheck check, RegistrationWorker registration, IOptions<Bitrix24Options> options,
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

        IReadOnlyList<WebhookUrl> entered = [];
        var problem = await FindProblemAsync(body, visitor, profiles, cancellationToken);
        if (body.Webhooks is { Count: > 0 })
        {
            problem = Read(body.Webhooks, options.Value.AllowHttp, visitor, out entered) ?? problem;
        }

        if (problem is not null)
        {
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        connection = connection with
        {
            Name = string.IsNullOrWhiteSpace(body.Name) ? connection.Name : body.Name.Trim(),
            Webhooks = entered.Count > 0 ? entered : connection.Webhooks,
            Profile = string.IsNullOrWhiteSpace(body.Profile) ? connection.Profile : body.Profile.Trim(),
            CreateMissingFields = body.CreateMissingFields ?? connection.CreateMissingFields,
            OutgoingTokenHash = TokenHashOf(body, connection.OutgoingTokenHash),
        };
        return Widened((await SaveAsync(connection, entered, visitor, store, check, registration, cancellationToken)).Result);
    }

    internal static Task<Results<Ok<Row>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> PauseAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, ConnectionPauses pauses, CancellationToken cancellationToken) =>
        SwitchAsync(code, user, visitors, (_, connection) => pauses.PauseAsync(connection.Code, cancellationToken), cancellationToken);

    internal static Task<Results<Ok<Row>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> ResumeAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, ConnectionPauses pauses, CancellationToken cancellationToken) =>
        SwitchAsync(code, user, visitors, (visitor, connection) => pauses.ResumeAsync(visitor.Portal.Id, connection.Code, cancellationToken), cancellationToken);

    private static async Task<Results<Ok<Row>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> SwitchAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, Func<ApiVisitor, EsbConnection, Task> switchAsync, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        // One of the host carries the deals of other portals too.
        if (connection.Owner != visitor.Portal.Id)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).ConnectionOfHost(), statusCode: StatusCodes.Status409Conflict);
        }

        await switchAsync(visitor, connection);
        return await visitors.FindAsync(user, cancellationToken) is { } now && now.FindConnection(code) is { } changed
            ? TypedResults.Ok(RowOf(changed, now))
            : TypedResults.NotFound();
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
        string code, ClaimsPrincipal user, ApiVisitors visitors, ConnectionStore store, TransferStore transfers, EsbPortals esbs, TransferSignal signal, RegistrationWorker registration,
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

        // Without the connection nobody could delete the test's deal from here any more.
        if (await SetupEndpoints.HasTestDealAsync(connection, visitor, transfers, esbs, cancellationToken))
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).TestDealFirst(), statusCode: StatusCodes.Status409Conflict);
        }

        await store.DeleteAsync(code, cancellationToken);

        // If it was paused, nothing holds its transfers any more: their robots are told that it is gone.
        signal.Wake(new Lane(visitor.Portal.Id, code));
        registration.Ask(visitor.Portal);
        return TypedResults.NoContent();
    }

    /// <summary>Stores a connection whose new webhooks were checked. One that is no good is not stored: it would only make deals fail.</summary>
    internal static async Task<Results<Ok<Checked>, ProblemHttpResult, UnauthorizedHttpResult>> SaveAsync(
        EsbConnection connection, IReadOnlyList<WebhookUrl> entered, ApiVisitor visitor, ConnectionStore store, ConnectionCheck check, RegistrationWorker registration, CancellationToken cancellationToken)
    {
        IReadOnlyList<Line> lines = [];
        if (entered.Count > 0)
        {
            (lines, var isGood) = await RunAsync(connection with { Webhooks = entered }, visitor, check, cancellationToken);
            if (!isGood)
            {
                return TypedResults.Ok(new Checked(null, lines));
            }
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

    internal static Results<Ok<Checked>, NotFound, ProblemHttpResult, UnauthorizedHttpResult> Widened(IResult saved) => saved switch
    {
        Ok<Checked> done => done,
        ProblemHttpResult refused => refused,
        _ => TypedResults.Unauthorized(),
    };

    private static string? TokenHashOf(Body body, string? before) => body.OutgoingToken?.Trim() switch
    {
        null or "" => before,
        "-" => null,
        { } token => EsbConnection.HashOf(new ApplicationToken(token)),
    };

    private static async Task<string?> FindProblemAsync(Body body, ApiVisitor visitor, ProfileStore profiles, CancellationToken cancellationToken)
    {
        if (body.OutgoingToken is { Length: > LongestToken })
        {
            return new ApiTexts(visitor.Language).TokenTooLong(LongestToken);
        }

        if (body.Name is { } name && name.Trim().Length > LongestName)
        {
            return new ApiTexts(visitor.Language).NameTooLong(LongestName);
        }

        return string.IsNullOrWhiteSpace(body.Profile)
            || (await profiles.ListAsync(cancellationToken)).Any(profile => profile.Code == body.Profile.Trim() && (profile.Owner is null || profile.Owner == visitor.Portal.Id))
            ? null
            : new ApiTexts(visitor.Language).ProfileUnknown();
    }

    /// <summary>Reads webhooks as they were entered.</summary>
    /// <returns>What is wrong with them, for people; <see langword="null"/> if nothing is.</returns>
    internal static string? Read(IReadOnlyList<string>? entered, bool allowHttp, ApiVisitor visitor, out IReadOnlyList<WebhookUrl> webhooks)
    {
        var texts = new ApiTexts(visitor.Language);
        var read = new List<WebhookUrl>();
        webhooks = read;
        foreach (var address in (entered ?? []).Where(address => !string.IsNullOrWhiteSpace(address)))
        {
            if (!WebhookUrl.TryParse(address.Trim(), allowHttp, out var url, out _))
            {
                return texts.WebhookUnreadable();
            }

            read.Add(url);
        }

        return read.Count == 0 ? texts.WebhookMissing()
            : string.Equals(read[0].Portal.Authority, visitor.Portal.Address.Authority, StringComparison.OrdinalIgnoreCase) ? texts.WebhookOfThisPortal()
            : FindConflict(read, texts);
    }

    /// <summary>What keeps webhooks from being those of one connection; <see langword="null"/> if nothing does.</summary>
    internal static string? FindConflict(IReadOnlyList<WebhookUrl> webhooks, ApiTexts texts) =>
        webhooks.Select(url => url.Portal.Authority).Distinct(StringComparer.OrdinalIgnoreCase).Count() > 1 ? texts.WebhooksOfSeveral()
        : webhooks.Count > MostWebhooks ? texts.TooManyWebhooks(MostWebhooks)
        : webhooks.Select(url => url.Reveal()).Distinct(StringComparer.OrdinalIgnoreCase).Count() < webhooks.Count ? texts.WebhookTwice()
        : null;

    /// <summary>A code stands in robots for ever, so it is made of nothing that may change, and is never given again: a robot that holds it would send to another ESB than it was set to.</summary>
    private static async Task<string> FreeCodeAsync(ConnectionStore store, ApiVisitor visitor, CancellationToken cancellationToken)
    {
        var taken = (await store.UsedCodesAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        for (var number = 1; ; number++)
        {
            var code = string.Create(CultureInfo.InvariantCulture, $"esb-{visitor.Portal.Id.Value}-{number}");
            if (!taken.Contains(code))
            {
                return code;
            }
        }
    }

    internal static Row RowOf(EsbConnection connection, ApiVisitor visitor)
    {
        var isOwn = connection.Owner == visitor.Portal.Id;
        return new Row(
            connection.Code, connection.Name, connection.Portal.Authority, connection.Webhooks.Count, isOwn ? [.. connection.Webhooks.Select(webhook => webhook.UserId)] : [],
            connection.Profile, connection.CreateMissingFields, isOwn, connection.PausedAt, connection.OutgoingTokenHash is not null, $"events/esb/{connection.Code}");
    }
}
