using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.OAuth;

/// <summary>The authorization server's addresses: <c>/oauth/token/</c> and <c>/rest/app.info</c>.</summary>
internal sealed class OAuthEndpoints(OAuthServer server)
{
    public async Task HandleAsync(HttpContext context)
    {
        var started = server.Clock.GetTimestamp();
        var time = server.Clock.GetUtcNow();
        var path = context.Request.Path.Value!.TrimEnd('/').ToLowerInvariant();
        var parameters = await RequestReader.ReadAsync(context.Request);

        var name = path switch
        {
            "/oauth/token" => $"token.{parameters["grant_type"].AsText()}",
            _ when path.StartsWith("/rest/", StringComparison.Ordinal) => RestPath.TrimSuffix(path["/rest/".Length..]),
            _ => path,
        };
        var body = new JsonObject();
        var response = new FaultedResponse(context, server.Faults, server.Clock, [name])
        {
            // Written down before the answer leaves: who has the answer finds it in the journal.
            BeforeSending = sent => server.Journal.Add(new JournalEntry
            {
                Time = time,
                Method = name,
                Parameters = Harmless(parameters),
                Caller = parameters["client_id"].AsText() is { } client ? $"app {client}" : "nobody",
                SourceAddress = context.Connection.RemoteIpAddress?.ToString() ?? "",
                Status = sent.Status,
                Error = body["error"].AsText() ?? sent.Error,
                Fault = sent.Struck,
                Duration = server.Clock.GetElapsedTime(started),
            }),
        };
        try
        {
            if (!await response.StopsBeforeAsync())
            {
                (var status, body) = Answer(path, name, parameters);
                await response.WriteAsync(status, body);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The caller is gone, or a fault cut the line.
            response.Tell();
        }
    }

    private (int Status, JsonObject Body) Answer(string path, string name, JsonObject parameters)
    {
        var (tokens, error) = (path, parameters["grant_type"].AsText(), name) switch
        {
            ("/oauth/token", "refresh_token", _) => server.Refresh(
                parameters["client_id"].AsText(), parameters["client_secret"].AsText(), parameters["refresh_token"].AsText()),
            ("/oauth/token", "authorization_code", _) => server.Exchange(
                parameters["client_id"].AsText(), parameters["client_secret"].AsText(), parameters["code"].AsText()),
            ("/oauth/token", _, _) => (null, OAuthError.InvalidRequest),
            (_, _, "app.info") => Check((parameters["auth"] ?? parameters["access_token"]).AsText()),
            _ => (null, OAuthError.MethodNotFound),
        };
        if (tokens is null)
        {
            return (error!.Status, new JsonObject { ["error"] = error.Code, ["error_description"] = error.Description });
        }
        return (200, name == "app.info" ? new JsonObject { ["result"] = AppInfo(tokens) } : Tokens(tokens));
    }

    private (TokenPair?, OAuthError?) Check(string? accessToken) => server.FindAccess(accessToken ?? "") switch
    {
        null => (null, OAuthError.InvalidToken),
        { } tokens when tokens.AccessExpires <= tokens.App.Portal.Clock.GetUtcNow() => (null, OAuthError.ExpiredToken),
        { } tokens => (tokens, null),
    };

    private JsonObject Tokens(TokenPair tokens) => new()
    {
        ["access_token"] = tokens.AccessToken,
        ["refresh_token"] = tokens.RefreshToken,
        ["expires"] = tokens.AccessExpires.ToUnixTimeSeconds(),
        ["expires_in"] = TokenPair.AccessLifetimeSeconds,
        ["client_endpoint"] = new Uri(tokens.App.Portal.BaseUrl, "rest/").ToString(),
        ["server_endpoint"] = server.RestEndpoint.ToString(),
        // The documentation shows the authorization server here, dumps show the portal: nobody can rely on it.
        ["domain"] = server.BaseUrl.Authority,
        ["member_id"] = tokens.App.Portal.MemberId,
        ["scope"] = string.Join(',', tokens.App.Scopes),
        ["status"] = "L",
        ["user_id"] = tokens.UserId,
    };

    /// <summary>What others rely on: the portal's origin, the application and the user. The rest of the shape is documented nowhere.</summary>
    private static JsonObject AppInfo(TokenPair tokens) => new()
    {
        ["client_id"] = tokens.App.ClientId,
        ["user_id"] = tokens.UserId,
        ["member_id"] = tokens.App.Portal.MemberId,
        ["scope"] = string.Join(',', tokens.App.Scopes),
        ["status"] = "L",
        ["install"] = new JsonObject
        {
            ["uri"] = tokens.App.Portal.BaseUrl.GetLeftPart(UriPartial.Authority),
            ["member_id"] = tokens.App.Portal.MemberId,
            ["version"] = 1,
            ["status"] = "L",
        },
    };

    private static JsonObject Harmless(JsonObject parameters) => new(parameters
        .Where(entry => entry.Key is "grant_type" or "client_id")
        .Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));
}
