using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.DryRuns;
using B24RobotApp.Transfers.Schemas.Suggestions;
using B24RobotApp.Transfers.Schemas.Validation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>Suggest, validate, dry run. They read with the rights of the installing administrator, so they are for administrators.</summary>
internal static class ProfileAssistantEndpoints
{
    public static void MapProfileAssistant(this IEndpointRouteBuilder api)
    {
        api.MapGet("/connections/{code}/fields", FieldsAsync).ForAdministrators();
        api.MapPost("/profiles/suggest", SuggestAsync).ForAdministrators();
        api.MapPost("/profiles/validate", ValidateAsync).ForAdministrators();
        api.MapPost("/profiles/dry-run", DryRunAsync).ForAdministrators();
    }

    internal sealed record SuggestBody(string Connection);

    /// <summary>What a profile may name.</summary>
    /// <param name="Source">The source portal's side.</param>
    /// <param name="Esb">The ESB's side.</param>
    internal sealed record Sides(Side Source, Side Esb);

    /// <summary>One portal's items of a kind.</summary>
    /// <param name="Fields">Their fields.</param>
    /// <param name="Values">The values that tables may name, by the table's kind.</param>
    internal sealed record Side(IReadOnlyList<Field> Fields, IReadOnlyDictionary<string, IReadOnlyList<RobotSettingsEndpoints.Option>> Values);

    /// <summary>A field.</summary>
    /// <param name="Name">Its name in profiles.</param>
    /// <param name="Label">What people call it.</param>
    /// <param name="Type">Bitrix24's type.</param>
    /// <param name="IsRequired">Whether the portal's cards demand it.</param>
    /// <param name="IsMultiple">Whether it holds several values.</param>
    /// <param name="IsReadOnly">Whether writing it has no effect.</param>
    internal sealed record Field(string Name, string Label, string Type, bool IsRequired, bool IsMultiple, bool IsReadOnly);

    /// <summary>A profile: a stored one, or a document that is not saved yet.</summary>
    internal sealed record ValidateBody(string Connection, string? Code, int? Version, string? Json);

    /// <inheritdoc cref="ValidateBody"/>
    internal sealed record DryRunBody(string Connection, string? Code, int? Version, string? Json, long DealId, JsonObject? Properties);

    internal static async Task<Results<Ok<Sides>, NotFound, UnauthorizedHttpResult>> FieldsAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, ProfileAssistant assistant, CancellationToken cancellationToken, string from = "deal", string to = "deal")
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        var (source, esb) = await assistant.SchemasAsync(visitor.Portal, connection, ProfileAssistant.KindOf(from), ProfileAssistant.KindOf(to));
        var texts = new ProfileTexts(visitor.Language);
        return TypedResults.Ok(new Sides(SideOf(source, texts), SideOf(esb, texts)));
    }

    private static Side SideOf(PortalSchema schema, ProfileTexts texts)
    {
        var values = new Dictionary<string, IReadOnlyList<RobotSettingsEndpoints.Option>>
        {
            ["stages"] = [.. schema.Stages.Values.Select(stage => new RobotSettingsEndpoints.Option(
                stage.Code, schema.Categories.Count > 1 ? $"{schema.Categories.GetValueOrDefault(stage.CategoryId)}: {stage.Name}" : stage.Name))],
            ["categories"] = [.. schema.Categories.Select(category => new RobotSettingsEndpoints.Option(category.Key.ToString(CultureInfo.InvariantCulture), category.Value))],
            ["currencies"] = [.. schema.Currencies.Keys.Select(code => new RobotSettingsEndpoints.Option(code, code))],
        };
        foreach (var (name, entries) in schema.Directories)
        {
            values[name switch { "SOURCE" => "sources", "DEAL_TYPE" => "dealTypes", _ => $"statuses:{name}" }] =
                [.. entries.Select(entry => new RobotSettingsEndpoints.Option(entry.Code, entry.Name))];
        }

        foreach (var field in schema.AllFields.Where(field => field.Options.Count > 0))
        {
            values[$"lists:{field.Name}"] = [.. field.Options.Select(option => new RobotSettingsEndpoints.Option(option.Value, option.Value))];
        }

        return new Side(
            [
                .. schema.AllFields.Select(field => new Field(field.Name, texts.LabelOf(field), field.Type, field.IsRequired, field.IsMultiple, field.IsReadOnly))
                    .OrderBy(field => field.Label, StringComparer.CurrentCultureIgnoreCase),
            ],
            values);
    }

    internal static async Task<Results<Ok<SuggestionView>, NotFound, UnauthorizedHttpResult>> SuggestAsync(
        SuggestBody body, ClaimsPrincipal user, ApiVisitors visitors, ProfileAssistant assistant, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(body.Connection) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        var suggestion = await assistant.SuggestAsync(visitor.Portal, connection);
        var host = visitor.Portal.Address.Host;
        var document = SuggestedDocument.Write(suggestion, $"{host} → {connection.Name}", $"{host} to {connection.Name}");
        return TypedResults.Ok(SuggestionView.Of(suggestion, document, new ProfileTexts(visitor.Language)));
    }

    internal static async Task<Results<Ok<IReadOnlyList<ProfileFinding>>, NotFound, UnauthorizedHttpResult>> ValidateAsync(
        ValidateBody body, ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, ProfileAssistant assistant, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(body.Connection) is not { } connection
            || await FindAsync(profiles, visitor, body.Code ?? connection.Profile, body.Version, body.Json, cancellationToken) is not var (json, _))
        {
            return TypedResults.NotFound();
        }

        return TypedResults.Ok(await assistant.ValidateAsync(json, visitor.Portal, connection, visitor.Language, cancellationToken));
    }

    internal static async Task<Results<Ok<DryRunReport>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> DryRunAsync(
        DryRunBody body, ClaimsPrincipal user, ApiVisitors visitors, ProfileStore profiles, DryRun dryRun, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(body.Connection) is not { } connection
            || await FindAsync(profiles, visitor, body.Code ?? connection.Profile, body.Version, body.Json, cancellationToken) is not var (json, version))
        {
            return TypedResults.NotFound();
        }

        if (!MappingProfile.TryParse(json, out var profile, out var problem))
        {
            return TypedResults.Problem(problem.In(visitor.Language), statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        if (!RobotSettings.AreReadable(body.Properties))
        {
            return TypedResults.Problem("properties must be an object of lists of texts, as the robot's call brings them.", statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        return TypedResults.Ok(await dryRun.RunAsync(
            new DryRunRequest
            {
                Portal = visitor.Portal,
                Connection = connection,
                Profile = profile,
                ProfileVersion = version,
                Kind = ProfileAssistant.KindOf(profile.From),
                DealId = body.DealId,
                Properties = body.Properties?.ToJsonString() ?? "{}",
                UserId = visitor.UserId,
                Language = visitor.Language,
            },
            cancellationToken));
    }

    private static async Task<(string Json, string Version)?> FindAsync(
        ProfileStore profiles, ApiVisitor visitor, string code, int? version, string? json, CancellationToken cancellationToken)
    {
        if (json is not null)
        {
            return (json, "unsaved");
        }

        return await ProfileEndpoints.FindAsync(profiles, visitor.Portal, code, version, cancellationToken) is { } stored
            ? (stored.Json, $"{stored.Code}@{stored.Version}")
            : null;
    }
}
