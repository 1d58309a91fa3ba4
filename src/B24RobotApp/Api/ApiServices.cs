using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace B24RobotApp.Api;

/// <summary>The JSON API of the app's pages: a bearer for half an hour, kept in page memory; no cookie, since browsers block those in frames.</summary>
internal static class ApiServices
{
    public const string Scheme = BearerTokenDefaults.AuthenticationScheme;

    /// <summary>Everyone who opened a page sees; who administers the portal may also change.</summary>
    public const string Administrator = "api administrator";

    /// <summary>Bytes of a body that comes before anyone is known.</summary>
    public const int LongestOfStranger = 64 * 1024;

    /// <summary>Bytes of any other body; the longest are profiles.</summary>
    private const int Longest = 1024 * 1024;

    private const string User = "api user";

    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddAuthentication().AddBearerToken(Scheme);
        services.AddAuthorizationBuilder()
            .AddPolicy(User, policy => policy.AddAuthenticationSchemes(Scheme).RequireClaim(ApiVisitor.PortalClaim))
            .AddPolicy(Administrator, policy => policy.AddAuthenticationSchemes(Scheme).RequireClaim(ApiVisitor.PortalClaim).RequireClaim(ApiVisitor.AdministratorClaim));
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        services.AddOpenApi();
        services.AddSingleton<ApiSessions>();
        services.AddSingleton<ApiVisitors>();
        services.AddSingleton<TransferSummaries>();
        services.AddSingleton<PortalHealth>();
        return services;
    }

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        // What there is, is no secret: whoever calls it needs a session.
        routes.MapOpenApi("/api/openapi.json");
        routes.MapSession();
        var api = routes.MapGroup("/api").RequireAuthorization(User).AddEndpointFilter<PortalFailures>().DisableAntiforgery()
            .WithMetadata(new RequestSizeLimitAttribute(Longest));
        api.MapMe();
        api.MapSetup();
        api.MapTransfers();
        api.MapDeals();
        api.MapWaits();
        api.MapSendings();
        api.MapAudits();
        api.MapCatchUp();
        api.MapConnections();
        api.MapPortalHealth();
        api.MapRobotSettings();
        api.MapProfiles();
        api.MapTables();
    }

    /// <summary>For endpoints that change something, or read with the rights of the installing administrator.</summary>
    public static TBuilder ForAdministrators<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.RequireAuthorization(new AuthorizeAttribute(Administrator));
}
