using System.Security.Claims;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Install;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Schemas;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>What the robot's settings page shows: its properties as the manifest defines them, and the ESB's pipelines and stages as they are now.</summary>
internal static class RobotSettingsEndpoints
{
    public static void MapRobotSettings(this IEndpointRouteBuilder api)
    {
        api.MapGet("/robots/{code}/properties", ListAsync);
        api.MapGet("/connections/{code}/places", PlacesAsync);
        api.MapGet("/places", OwnPlacesAsync).ForAdministrators();
    }

    /// <summary>A property of a robot.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Name">What people call it.</param>
    /// <param name="Description">What it is for.</param>
    /// <param name="Type"><c>string</c>, <c>text</c>, <c>bool</c>, <c>select</c> or <c>user</c>.</param>
    /// <param name="IsMultiple">Whether it holds several values.</param>
    /// <param name="IsRequired">Whether it must be set.</param>
    /// <param name="Default">What it is if nobody touches it.</param>
    /// <param name="Options">The choices of a select.</param>
    internal sealed record Property(string Id, string Name, string Description, string Type, bool IsMultiple, bool IsRequired, string Default, IReadOnlyList<Option> Options);

    internal sealed record Option(string Value, string Text);

    /// <summary>A pipeline with its stages in order.</summary>
    internal sealed record Pipeline(long Id, string Name, IReadOnlyList<Option> Stages);

    internal static async Task<Results<Ok<List<Property>>, NotFound, UnauthorizedHttpResult>> ListAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, AppManifest manifest, ProfileStore profiles, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (manifest.Robots.FirstOrDefault(robot => robot.Code == code) is not { } definition)
        {
            return TypedResults.NotFound();
        }

        var properties = new List<Property>();
        foreach (var (id, node) in definition.Properties)
        {
            var property = node!.AsObject();
            IReadOnlyList<Option> options = id switch
            {
                "connection" => [.. visitor.Connections.Select(connection => new Option(connection.Code, connection.Name))],
                "profile" =>
                [
                    .. (await profiles.ListAsync(cancellationToken)).Where(profile => profile.Owner is null || profile.Owner == visitor.Portal.Id)
                        .Select(profile => new Option(profile.Code, Registration.NameOf(profile, visitor.Language))),
                ],
                _ => [.. (property["Options"] as JsonObject ?? []).Select(option => new Option(option.Key, TextOf(option.Value, visitor.Language)))],
            };
            properties.Add(new Property(
                id, TextOf(property["Name"], visitor.Language), TextOf(property["Description"], visitor.Language), property["Type"]!.GetValue<string>(),
                property["Multiple"]?.GetValue<string>() == "Y", property["Required"]?.GetValue<string>() == "Y", property["Default"]?.GetValue<string>() ?? "", options));
        }

        return TypedResults.Ok(properties);
    }

    internal static async Task<Results<Ok<List<Pipeline>>, NotFound, UnauthorizedHttpResult>> PlacesAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, PortalSchemas schemas, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        // Looking creates nothing there.
        var esb = await schemas.OfEsbAsync(connection with { CreateMissingFields = false }, CrmEntityTypes.Deal);
        return TypedResults.Ok(PipelinesOf(esb));
    }

    /// <summary>The pipelines and stages of the visitor's own portal.</summary>
    internal static async Task<Results<Ok<List<Pipeline>>, UnauthorizedHttpResult>> OwnPlacesAsync(
        ClaimsPrincipal user, ApiVisitors visitors, PortalSchemas schemas, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor
            ? TypedResults.Ok(PipelinesOf(await schemas.OfSourceAsync(visitor.Portal, CrmEntityTypes.Deal)))
            : TypedResults.Unauthorized();

    private static List<Pipeline> PipelinesOf(PortalSchema schema) =>
    [
        .. schema.Categories.OrderBy(category => category.Key).Select(category => new Pipeline(
            category.Key, category.Value, [.. schema.Stages.Values.Where(stage => stage.CategoryId == category.Key).Select(stage => new Option(stage.Code, stage.Name))])),
    ];

    private static string TextOf(JsonNode? text, string language) => (text?[language] ?? text?["en"])?.GetValue<string>() ?? "";
}
