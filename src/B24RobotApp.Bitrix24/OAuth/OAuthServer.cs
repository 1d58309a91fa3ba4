using System.Text.Json;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.OAuth;

/// <summary>What an authorization server answers to a refresh or a code.</summary>
/// <param name="Tokens">The new pair; the refresh token replaces the one that was used.</param>
/// <param name="Member">The portal; absent in some answers to a code.</param>
/// <param name="Portal">The portal's address, from <c>client_endpoint</c>. The answer's <c>domain</c> means different things in different places and is not used.</param>
/// <param name="UserId">Whose tokens they are, if said.</param>
/// <param name="Scopes">The app's scopes on the portal.</param>
public sealed record TokenAnswer(PortalTokens Tokens, MemberId? Member, Uri Portal, long? UserId, IReadOnlyList<string> Scopes);

/// <summary>What an authorization server says about an access token.</summary>
/// <param name="Portal">The portal for which the token was issued, from <c>install.uri</c>.</param>
/// <param name="ClientId">The app; absent in some answers.</param>
/// <param name="Member">The portal's member id; absent in some answers.</param>
/// <param name="UserId">The token's user; absent in some answers.</param>
public sealed record TokenInfo(Uri Portal, string? ClientId, MemberId? Member, long? UserId);

/// <summary>
/// Bitrix24's authorization servers. Client secrets and refresh tokens stand in the query of these requests, so nothing of them is logged and no redirect is followed.
/// Source: settings/oauth/index.md, settings/oauth/error-codes.md.
/// </summary>
/// <param name="http">Follows no redirects and logs nothing.</param>
/// <param name="requestTimeout">How long one answer is waited for.</param>
/// <param name="clock">The time.</param>
public sealed class OAuthServer(HttpClient http, TimeSpan requestTimeout, TimeProvider clock)
{
    private const string NoAnswer = "This is not the answer of an authorization server.";

    /// <summary>Renews a pair of tokens.</summary>
    /// <remarks>A request whose answer did not arrive is repeated once with the same token: it may have been replaced on the other side.</remarks>
    /// <exception cref="Bitrix24Exception">
    /// <see cref="FailureKind.Disconnected"/>: the token or the app's credentials are refused for good, or the portal does not pay. <see cref="FailureKind.Refused"/>: the request or the app's card is wrong.
    /// <see cref="FailureKind.NotExecuted"/>: the server did not answer, or with what is no answer of its.
    /// </exception>
    public async Task<TokenAnswer> RefreshAsync(Uri server, ApplicationCredentials application, RefreshToken refresh, CancellationToken cancellationToken)
    {
        using var span = CallSpans.StartRefresh(server);
        try
        {
            var answer = await RenewAsync(server, application, refresh, cancellationToken);
            PortalMetrics.Refreshed(server.Authority);
            return answer;
        }
        catch (Bitrix24Exception exception)
        {
            span.Fail(exception);
            PortalMetrics.NotRefreshed(server.Authority, exception.Kind);
            throw;
        }
    }

    /// <summary>Exchanges the code of a sign-in; it lives 30 seconds and works once, so a lost answer is not asked for again.</summary>
    /// <exception cref="Bitrix24Exception">As for <see cref="RefreshAsync"/>.</exception>
    public Task<TokenAnswer> ExchangeCodeAsync(Uri server, ApplicationCredentials application, string code, CancellationToken cancellationToken) =>
        GetTokensAsync(server, application, "grant_type=authorization_code&code", new AuthorizationCode(code), cancellationToken);

    /// <summary>Asks the server whether a token is genuine, and whose. A portal's own <c>app.info</c> would prove nothing. Source: settings/oauth/simple-way.md.</summary>
    /// <exception cref="Bitrix24Exception"><see cref="FailureKind.Refused"/>: the token is not genuine, or the answer has an unknown shape. <see cref="FailureKind.NotExecuted"/>: no answer.</exception>
    public async Task<TokenInfo> GetTokenInfoAsync(Uri server, AccessToken token, CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("auth", token.Reveal())]);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "rest/app.info")) { Content = content };
        var (status, body) = await SendAsync(request, server, "app.info", cancellationToken);
        if (ReadError(body) is { } error)
        {
            // Who is asked about a stranger's token says so with a code; what he cannot tell now, he may later.
            var later = status >= 500 || ErrorClassifier.Classify(new FailureFacts(status, error.Code, error.Description, Writes: false)).Kind == FailureKind.NotExecuted;
            throw Failure(later ? FailureKind.NotExecuted : FailureKind.Refused, server, "app.info", error.Code, Conceal(error.Description, token));
        }

        if (body.ValueKind != JsonValueKind.Object)
        {
            throw Failure(FailureKind.NotExecuted, server, "app.info", $"HTTP_{status}", NoAnswer);
        }

        var result = body.Property("result");
        if (!Uri.TryCreate(result.Property("install").Text("uri"), UriKind.Absolute, out var portal) || portal.Host.Length == 0)
        {
            throw Failure(FailureKind.Refused, server, "app.info", $"HTTP_{status}", "The answer does not name the portal.");
        }

        return new TokenInfo(
            new Uri(portal.GetLeftPart(UriPartial.Authority) + "/"),
            result.Text("client_id") ?? result.Text("CODE"),
            MemberId.TryParse(result.Text("member_id") ?? result.Property("install").Text("member_id"), out var member) ? member : null,
            result.Id("user_id"));
    }

    private async Task<TokenAnswer> RenewAsync(Uri server, ApplicationCredentials application, RefreshToken refresh, CancellationToken cancellationToken)
    {
        const string Grant = "grant_type=refresh_token&refresh_token";
        TokenAnswer answer;
        try
        {
            answer = await GetTokensAsync(server, application, Grant, refresh, cancellationToken);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.NotExecuted)
        {
            // The answer may have been lost after the rotation; whether the old token still works for a while is not documented, so it is tried once.
            answer = await GetTokensAsync(server, application, Grant, refresh, cancellationToken);
        }

        // A server that brings no new refresh token goes on taking the old one.
        return answer.Tokens.Refresh is null ? answer with { Tokens = answer.Tokens with { Refresh = refresh } } : answer;
    }

    private async Task<TokenAnswer> GetTokensAsync(
        Uri server, ApplicationCredentials application, string grant, Secret secret, CancellationToken cancellationToken)
    {
        var query = $"oauth/token/?{grant}={Uri.EscapeDataString(secret.Reveal())}&client_id={Uri.EscapeDataString(application.ClientId)}"
            + $"&client_secret={Uri.EscapeDataString(application.Secret.Reveal())}";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, query));
        var (status, body) = await SendAsync(request, server, "oauth/token", cancellationToken);
        if (ReadError(body) is { } error)
        {
            throw Failure(KindOf(status, error.Code), server, "oauth/token", error.Code, Conceal(error.Description, secret, application.Secret));
        }

        // By our clock: the life counts from now, and the server's clock is another one.
        var lifetime = body.Text("expires_in");
        var tokens = IncomingAuth.ReadTokens(
            body.Text("access_token"), body.Text("refresh_token"), lifetime is null ? body.Text("expires") : null, lifetime, clock.GetUtcNow());
        if (tokens is null || !Uri.TryCreate(body.Text("client_endpoint"), UriKind.Absolute, out var portal) || portal.Host.Length == 0)
        {
            throw Failure(FailureKind.NotExecuted, server, "oauth/token", $"HTTP_{status}", NoAnswer);
        }

        return new TokenAnswer(
            tokens,
            MemberId.TryParse(body.Text("member_id"), out var member) ? member : null,
            new Uri(portal.GetLeftPart(UriPartial.Authority) + "/"),
            body.Id("user_id"),
            IncomingAuth.ReadScopes(body.Text("scope")));
    }

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpRequestMessage request, Uri server, string method, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(requestTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            var bytes = await response.Content.ReadAsByteArrayAsync(either.Token);
            return ((int)response.StatusCode, Parse(bytes));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(FailureKind.NotExecuted, server, method, "TIMEOUT", "The authorization server did not answer in time.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // Not as inner exception: its message may hold the address, and that holds the secret.
            var error = (exception as HttpRequestException)?.HttpRequestError ?? HttpRequestError.ResponseEnded;
            throw Failure(FailureKind.NotExecuted, server, method, error.ToString(), "The authorization server could not be reached.");
        }
    }

    private static JsonElement Parse(byte[] body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            // A gateway's HTML page.
            return default;
        }
    }

    private static (string Code, string Description)? ReadError(JsonElement body) =>
        body.Property("error") is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False) } error
            ? (error.AsText() ?? "", body.Text("error_description") ?? "The authorization server gave no description.")
            : null;

    /// <summary>A server may repeat in its text what it was asked with.</summary>
    private static string Conceal(string text, params ReadOnlySpan<Secret> secrets)
    {
        foreach (var secret in secrets)
        {
            text = text.Replace(secret.Reveal(), secret.ToString(), StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Codes decide before statuses, without regard to case. Source: settings/oauth/error-codes.md.</summary>
    private static FailureKind KindOf(int status, string code) => code.ToUpperInvariant() switch
    {
        "INVALID_GRANT" or "BAD_VERIFICATION_CODE" or "INVALID_CLIENT" or "WRONG_CLIENT" or "PAYMENT_REQUIRED" => FailureKind.Disconnected,
        "INVALID_REQUEST" or "INVALID_SCOPE" or "INSUFFICIENT_SCOPE" => FailureKind.Refused,
        _ => status switch
        {
            // The portal does not exist there any more.
            404 => FailureKind.Disconnected,
            >= 500 => FailureKind.NotExecuted,
            _ => FailureKind.Refused,
        },
    };

    private static Bitrix24Exception Failure(FailureKind kind, Uri server, string method, string code, string description) =>
        new(kind, server.Authority, method, code, description);

    private sealed class AuthorizationCode(string text) : Secret(text);
}
