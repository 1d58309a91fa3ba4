using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>The <c>auth</c> of an event or a robot's call: who it is said to come from. Nothing of it is trusted before the application token was compared.</summary>
public sealed record IncomingAuth
{
    /// <summary>The portal.</summary>
    public required MemberId MemberId { get; init; }

    /// <summary>The app's fixed token on that portal.</summary>
    public required ApplicationToken ApplicationToken { get; init; }

    /// <summary>The portal's host as claimed; may be absent.</summary>
    public string? Domain { get; init; }

    /// <summary>The authorization server as claimed, such as <c>https://oauth.bitrix.info/rest/</c>.</summary>
    public string? ServerEndpoint { get; init; }

    /// <summary>The portal's REST address as claimed.</summary>
    public string? ClientEndpoint { get; init; }

    /// <summary>Fresh tokens of <see cref="UserId"/>; absent if no user caused the call, and always with ONAPPUNINSTALL.</summary>
    public PortalTokens? Tokens { get; init; }

    /// <summary>Whose tokens these are.</summary>
    public long? UserId { get; init; }

    /// <summary>The scopes of the tokens.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Reads it from a form. Source: _includes/auth-params-in-events.md.</summary>
    public static bool TryParse(PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out IncomingAuth? auth, [NotNullWhen(false)] out string? problem)
    {
        auth = null;
        var fields = form["auth"];
        if (!MemberId.TryParse(fields?.Text("member_id"), out var memberId))
        {
            problem = "auth[member_id] is missing or not a portal's member id.";
            return false;
        }

        if (fields!.Text("application_token") is not { Length: > 0 and <= 255 } applicationToken)
        {
            problem = "auth[application_token] is missing.";
            return false;
        }

        problem = null;
        auth = new IncomingAuth
        {
            MemberId = memberId,
            ApplicationToken = new ApplicationToken(applicationToken),
            Domain = fields.Text("domain"),
            ServerEndpoint = fields.Text("server_endpoint"),
            ClientEndpoint = fields.Text("client_endpoint"),
            Tokens = ReadTokens(fields.Text("access_token"), fields.Text("refresh_token"), fields.Text("expires"), fields.Text("expires_in"), now),
            UserId = ReadId(fields.Text("user_id")),
            Scopes = ReadScopes(fields.Text("scope")),
        };
        return true;
    }

    /// <summary>Scopes come separated by commas or by spaces.</summary>
    internal static IReadOnlyList<string> ReadScopes(string? text) =>
        text?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

    internal static PortalTokens? ReadTokens(string? access, string? refresh, string? expires, string? expiresIn, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(access))
        {
            return null;
        }

        // The life is an hour if nothing is said; a claimed end beyond a day is not believed.
        var lasts = ReadId(expiresIn) is { } seconds and <= 86_400 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromHours(1);
        var endsAt = ReadId(expires) is { } unix && unix <= now.ToUnixTimeSeconds() + 86_400 ? DateTimeOffset.FromUnixTimeSeconds(unix) : now + lasts;
        return new PortalTokens
        {
            Access = new AccessToken(access),
            Refresh = string.IsNullOrEmpty(refresh) ? null : new RefreshToken(refresh),
            ExpiresAt = endsAt,
        };
    }

    internal static long? ReadId(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? id : null;
}
