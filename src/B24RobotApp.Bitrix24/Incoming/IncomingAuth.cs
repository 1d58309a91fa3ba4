using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>The <c>auth</c> of an event or a robot's call: who it is said to come from. Nothing of it is trusted before the application token was compared.</summary>
public sealed record IncomingAuth
{
    /// <summary>Characters that a token may have; Bitrix24's have 32 to about 80.</summary>
    private const int MaxTokenLength = 2048;

    private const int MaxApplicationTokenLength = 255;

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

    /// <summary>Fresh tokens of <see cref="UserId"/>; absent if no user caused the call, and always with ONAPPUNINSTALL and with outgoing webhooks.</summary>
    public PortalTokens? Tokens { get; init; }

    /// <summary>Whose tokens these are.</summary>
    public long? UserId { get; init; }

    /// <summary>The scopes of the tokens.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The app's status as claimed: <c>L</c> for a local application, <c>F</c>, <c>D</c>, <c>T</c> or <c>P</c> for others.</summary>
    public string? Status { get; init; }

    /// <summary>Reads it from a form. Source: _includes/auth-params-in-events.md.</summary>
    /// <param name="form">The form with the key <c>auth</c>.</param>
    /// <param name="now">The time, for tokens whose end is not said.</param>
    /// <param name="auth">What was read.</param>
    /// <param name="problem">What is wrong, one sentence that names the form key.</param>
    public static bool TryParse(PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out IncomingAuth? auth, [NotNullWhen(false)] out string? problem)
    {
        auth = null;
        var fields = form["auth"];
        problem = fields?.Text("member_id") is not { Length: > 0 } member ? "auth[member_id] is missing."
            : !MemberId.TryParse(member, out _) ? "auth[member_id] is not a portal's member id, which has 32 hexadecimal digits."
            : fields.Text("application_token") is not { Length: > 0 } token ? "auth[application_token] is missing."
            : token.Length > MaxApplicationTokenLength ? $"auth[application_token] is longer than {MaxApplicationTokenLength} characters."
            : IsTooLong(fields, "access_token") ? $"auth[access_token] is longer than {MaxTokenLength} characters."
            : IsTooLong(fields, "refresh_token") ? $"auth[refresh_token] is longer than {MaxTokenLength} characters."
            : null;
        if (problem is not null)
        {
            return false;
        }

        auth = new IncomingAuth
        {
            MemberId = MemberId.Parse(fields!.Text("member_id")!),
            ApplicationToken = new ApplicationToken(fields.Text("application_token")!),
            Domain = fields.Text("domain"),
            ServerEndpoint = fields.Text("server_endpoint"),
            ClientEndpoint = fields.Text("client_endpoint"),
            Tokens = ReadTokens(fields.Text("access_token"), fields.Text("refresh_token"), fields.Text("expires"), fields.Text("expires_in"), now),
            UserId = ReadId(fields.Text("user_id")),
            Scopes = ReadScopes(fields.Text("scope")),
            Status = fields.Text("status"),
        };
        return true;
    }

    /// <summary>Scopes come separated by commas or by spaces.</summary>
    internal static IReadOnlyList<string> ReadScopes(string? text) =>
        text?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Reads a pair of tokens; <see langword="null"/> without an access token.</summary>
    /// <param name="access">The access token.</param>
    /// <param name="refresh">The refresh token.</param>
    /// <param name="expires">When the access token ends, in Unix seconds.</param>
    /// <param name="expiresIn">Or how long it lives, in seconds.</param>
    /// <param name="now">The time from which it lives so long.</param>
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

    /// <summary>A whole number above zero.</summary>
    internal static long? ReadId(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? id : null;

    /// <summary>A point in time in Unix seconds. A stamp from the future or more than a month old is worth nothing: a clock is wrong, and the time of arrival stands in.</summary>
    internal static DateTimeOffset ReadTime(string? text, DateTimeOffset now) =>
        ReadId(text) is { } seconds && seconds <= now.ToUnixTimeSeconds() && seconds > now.AddDays(-30).ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : now;

    internal static bool IsTooLong(PhpForm fields, string name) => fields.Text(name)?.Length > MaxTokenLength;
}
