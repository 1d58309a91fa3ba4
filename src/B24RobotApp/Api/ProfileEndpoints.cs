using System.Security.Claims;
using B24RobotApp.Install;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Schemas;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>Mapping profiles: those of the host, which a portal may use, and its own, which it may change.</summary>
internal static class ProfileEndpoints
{
    public static void MapProfiles(this IEndpointRouteBuilder api)
    {
        api.MapGet("/profiles", ListAsync);
        api.MapGet("/profiles/{code}", GetAsync);
        api.MapGet("/profiles/{code}/versions", VersionsAsync);
        api.MapGet("/profiles/{code}/diff", DiffAsync);
        api.MapPut("/profiles/{code}", SaveAsync).ForAdministrators();
        api.MapProfileAssistant();
    }

    /// <summary>A profile in a list.</summary>
    internal sealed record Row(string Code, int Version, IReadOnlyDictionary<string, string> Name, int Rules, bool IsOwn, string? Problem);

    internal sealed record Document(string Code, int Version, bool IsOwn, string Json);

    internal sealed record Saved(string Code, int Version);

    internal static async Task<Results<Ok<List<Row>>, UnauthorizedHttpResult>> ListAsync(
        ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var rows = new List<Row>();
        foreach (var stored in (await profiles.ListAsync(cancellationToken)).Where(stored => IsVisible(stored, visitor.Portal)))
        {
            rows.Add(MappingProfile.TryParse(stored.Json, out var profile, out var problem)
                ? new Row(stored.Code, stored.Version, profile.Name, profile.Rules.Count, stored.Owner is not null, null)
                : new Row(stored.Code, stored.Version, new Dictionary<string, string>(), 0, stored.Owner is not null, problem.In(visitor.Language)));
        }

        return TypedResults.Ok(rows);
    }

    internal static async Task<Results<Ok<Document>, NotFound, UnauthorizedHttpResult>> GetAsync(
        string code, int? version, ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return await FindAsync(profiles, visitor.Portal, code, version, cancellationToken) is { } stored
            ? TypedResults.Ok(new Document(stored.Code, stored.Version, stored.Owner is not null, stored.Json))
            : TypedResults.NotFound();
    }

    internal static async Task<Results<Ok<IReadOnlyList<ProfileVersion>>, NotFound, UnauthorizedHttpResult>> VersionsAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return await FindAsync(profiles, visitor.Portal, code, null, cancellationToken) is null
            ? TypedResults.NotFound()
            : TypedResults.Ok(await profiles.VersionsAsync(code, cancellationToken));
    }

    internal static async Task<Results<Ok<IReadOnlyList<ProfileChange>>, NotFound, UnauthorizedHttpResult>> DiffAsync(
        string code, int from, int? to, ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return await FindAsync(profiles, visitor.Portal, code, from, cancellationToken) is { } before
            && await FindAsync(profiles, visitor.Portal, code, to, cancellationToken) is { } after
            ? TypedResults.Ok(ProfileDiff.Between(before.Json, after.Json))
            : TypedResults.NotFound();
    }

    /// <summary>The body is the document itself, kept as it is written, comments and all.</summary>
    internal static async Task<Results<Ok<Saved>, ProblemHttpResult, UnauthorizedHttpResult>> SaveAsync(
        string code, HttpRequest request, ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, RegistrationWorker registration, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        using var reader = new StreamReader(request.Body);
        var json = await reader.ReadToEndAsync(cancellationToken);
        if (!IsCode(code))
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).ProfileCodeUnreadable(), statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        var problems = MappingProfile.FindProblems(json);
        if (problems.Count > 0)
        {
            return TypedResults.Problem(string.Join('\n', problems.Select(problem => problem.In(visitor.Language))), statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        if (await profiles.SaveAsync(code, json, visitor.Portal.Id, cancellationToken) is not { } saved)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).ProfileCodeTaken(), statusCode: StatusCodes.Status409Conflict);
        }

        // The robot's list of profiles follows.
        registration.Ask(visitor.Portal);
        return TypedResults.Ok(new Saved(saved.Code, saved.Version));
    }

    /// <summary>A version of a profile as far as the portal may see it; another portal's does not exist.</summary>
    public static async Task<StoredProfile?> FindAsync(ProfileStore profiles, Portal portal, string code, int? version, CancellationToken cancellationToken)
    {
        var stored = version is { } number
            ? await profiles.FindVersionAsync(code, number, cancellationToken)
            : await profiles.FindAsync(code, cancellationToken);
        return stored is not null && IsVisible(stored, portal) ? stored : null;
    }

    private static bool IsVisible(StoredProfile stored, Portal portal) => stored.Owner is null || stored.Owner == portal.Id;

    private static bool IsCode(string code) =>
        code.Length is > 0 and <= 50 && code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
