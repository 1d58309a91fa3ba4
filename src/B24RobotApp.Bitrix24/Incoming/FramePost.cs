using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>
/// The form that loads one of the app's pages in a portal's frame. It comes through the browser: nothing of it is trusted before its token was checked.
/// Source: settings/oauth/simple-way.md, widgets/index.md.
/// </summary>
public sealed record FramePost
{
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

    /// <summary><c>DEFAULT</c> for the app's page, else the placement.</summary>
    public required string Placement { get; init; }

    /// <summary>A JSON text, may be empty, <c>undefined</c> or <c>[]</c>.</summary>
    public string PlacementOptions { get; init; } = "";

    /// <summary>Reads a form and the query it was posted with; the problem names the key.</summary>
    /// <param name="query">A value of the query by name.</param>
    /// <param name="form">The body.</param>
    /// <param name="now">The time, for the tokens' end.</param>
    /// <param name="post">The form read.</param>
    /// <param name="problem">What is missing.</param>
    public static bool TryParse(
        Func<string, string?> query, PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out FramePost? post, [NotNullWhen(false)] out string? problem)
    {
        post = null;
        if (query("DOMAIN") is not { Length: > 0 and <= 255 } domain)
        {
            problem = "DOMAIN is missing in the address; open this page from inside the portal.";
            return false;
        }

        if (!MemberId.TryParse(form.Text("member_id"), out var memberId))
        {
            problem = "member_id is missing or not a portal's member id; open this page from inside the portal.";
            return false;
        }

        problem = null;
        post = new FramePost
        {
            Domain = domain,
            IsHttps = query("PROTOCOL") != "0",
            Language = query("LANG") is { Length: > 0 and <= 10 } language ? language : "en",
            MemberId = memberId,
            Tokens = IncomingAuth.ReadTokens(form.Text("AUTH_ID"), form.Text("REFRESH_ID"), null, form.Text("AUTH_EXPIRES"), now),
            ServerEndpoint = form.Text("SERVER_ENDPOINT"),
            ApplicationToken = form.Text("APPLICATION_TOKEN") is { Length: > 0 and <= 255 } token ? new ApplicationToken(token) : null,
            Placement = form.Text("PLACEMENT") ?? "DEFAULT",
            PlacementOptions = form.Text("PLACEMENT_OPTIONS") ?? "",
        };
        return true;
    }
}
