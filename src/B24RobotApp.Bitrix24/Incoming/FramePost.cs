using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>
/// The form that loads one of the app's pages in a portal's frame. It comes through the browser: nothing of it is trusted before its token was checked.
/// Source: settings/oauth/simple-way.md, widgets/index.md.
/// </summary>
public sealed record FramePost
{
    private const int MaxApplicationTokenLength = 255;

    /// <summary>The portal's host as claimed, with a port if it has one.</summary>
    public required string Domain { get; init; }

    /// <summary>Whether the portal is reached by https.</summary>
    public required bool IsHttps { get; init; }

    /// <summary>The interface's language, such as <c>ru</c>.</summary>
    public required string Language { get; init; }

    /// <summary>The portal.</summary>
    public required MemberId MemberId { get; init; }

    /// <summary>Tokens of the user who looks; may be missing.</summary>
    public PortalTokens? Tokens { get; init; }

    /// <summary>The authorization server as claimed; newer portals only.</summary>
    public string? ServerEndpoint { get; init; }

    /// <summary>The app's fixed token; newer portals only.</summary>
    public ApplicationToken? ApplicationToken { get; init; }

    /// <summary>The app's scopes as claimed; newer portals only.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary><c>DEFAULT</c> for the app's page, else the placement.</summary>
    public required string Placement { get; init; }

    /// <summary>A JSON text, may be empty, <c>undefined</c> or <c>[]</c>.</summary>
    public string PlacementOptions { get; init; } = "";

    /// <summary>Reads a form and the query it was posted with.</summary>
    /// <param name="query">A value of the query by name.</param>
    /// <param name="form">The body.</param>
    /// <param name="now">The time, for the tokens' end.</param>
    /// <param name="post">The form read.</param>
    /// <param name="problem">What is wrong, one sentence that names the key and holds none of the values.</param>
    public static bool TryParse(
        Func<string, string?> query, PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out FramePost? post, [NotNullWhen(false)] out string? problem)
    {
        post = null;
        problem = query("DOMAIN") is not { Length: > 0 } domain ? "DOMAIN is missing in the address; open this page from inside the portal."
            : !IsHost(domain) ? "DOMAIN in the address is not a host name."
            : !MemberId.TryParse(form.Text("member_id"), out _) ? "member_id is missing or not a portal's member id; open this page from inside the portal."
            : IncomingAuth.IsTooLong(form, "AUTH_ID") ? "AUTH_ID is longer than a token."
            : IncomingAuth.IsTooLong(form, "REFRESH_ID") ? "REFRESH_ID is longer than a token."
            : form.Text("APPLICATION_TOKEN")?.Length > MaxApplicationTokenLength ? "APPLICATION_TOKEN is longer than a token."
            : null;
        if (problem is not null)
        {
            return false;
        }

        post = new FramePost
        {
            Domain = query("DOMAIN")!.ToLowerInvariant(),
            IsHttps = query("PROTOCOL") != "0",
            Language = query("LANG") is { Length: > 0 and <= 10 } language ? language : "en",
            MemberId = MemberId.Parse(form.Text("member_id")!),
            Tokens = IncomingAuth.ReadTokens(form.Text("AUTH_ID"), form.Text("REFRESH_ID"), null, form.Text("AUTH_EXPIRES"), now),
            ServerEndpoint = form.Text("SERVER_ENDPOINT"),
            ApplicationToken = form.Text("APPLICATION_TOKEN") is { Length: > 0 } token ? new ApplicationToken(token) : null,
            Scopes = IncomingAuth.ReadScopes(form.Text("APPLICATION_SCOPE")),
            Placement = form.Text("PLACEMENT") is { Length: > 0 } placement ? placement : "DEFAULT",
            PlacementOptions = form.Text("PLACEMENT_OPTIONS") ?? "",
        };
        return true;
    }

    /// <summary>
    /// The placement's options as a map, such as <c>{"ID":"15"}</c> on a deal's tab; <see cref="JsonValueKind.Undefined"/> if there are none or they cannot be read.
    /// Source: widgets/crm/detail-tab.md.
    /// </summary>
    public JsonElement ReadPlacementOptions()
    {
        try
        {
            return PlacementOptions.StartsWith('{') ? JsonElement.Parse(PlacementOptions) : default;
        }
        catch (JsonException)
        {
            // Options come through the browser; what is no JSON says nothing.
            return default;
        }
    }

    // A name or address with an optional port, and nothing that could make another address of it.
    private static bool IsHost(string text) =>
        text.Length <= 260
        && Uri.TryCreate("https://" + text + "/", UriKind.Absolute, out var uri)
        && uri.Authority.Equals(text.EndsWith(":443", StringComparison.Ordinal) ? text[..^4] : text, StringComparison.OrdinalIgnoreCase)
        && uri.HostNameType != UriHostNameType.Unknown;
}
