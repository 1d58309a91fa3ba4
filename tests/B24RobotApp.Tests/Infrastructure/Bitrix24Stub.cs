using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using WireMock;
using WireMock.Server;
using WireMock.Types;
using WireMock.Util;
using RequestBuilder = WireMock.RequestBuilders.Request;
using ResponseBuilder = WireMock.ResponseBuilders.Response;

namespace B24RobotApp.Tests.Infrastructure;

/// <summary>A user of the stubbed portal.</summary>
internal sealed record StubUser(long Id, bool IsAdministrator);

/// <summary>A call that the portal was asked for.</summary>
internal sealed record StubCall(string Method, JsonObject Parameters);

/// <summary>
/// One portal and one authorization server over real HTTP, as far as the host deals with them: tokens, profile, robots, event handlers. What happens with deals is for the acceptance tests.
/// </summary>
internal sealed class Bitrix24Stub : IDisposable
{
    public const string Member = "0123456789abcdef0123456789abcdef";
    public const string ClientId = "local.5f3e2a1b4c5d6e.12345678";
    public const string ClientSecret = "client-secret-of-the-stub";
    public const string ApplicationToken = "application-token-of-the-stub";

    private readonly WireMockServer _portal = WireMockServer.Start();
    private readonly WireMockServer _oauth = WireMockServer.Start();
    private readonly ConcurrentDictionary<string, StubUser> _tokens = new();
    private readonly ConcurrentDictionary<string, StubUser> _refreshTokens = new();
    private readonly ConcurrentQueue<StubCall> _calls = new();
    private readonly ConcurrentQueue<string> _oauthRequests = new();
    private int _issued;
    private int _asking;
    private int _mostAsking;

    public Bitrix24Stub()
    {
        _portal.Given(RequestBuilder.Create()).RespondWith(ResponseBuilder.Create().WithCallback(AnswerPortal));
        _oauth.Given(RequestBuilder.Create()).RespondWith(ResponseBuilder.Create().WithCallback(AnswerOAuthAsync));
    }

    public Uri Portal => new($"http://127.0.0.1:{_portal.Port}/");

    public Uri OAuth => new($"http://127.0.0.1:{_oauth.Port}/");

    /// <summary>Calls that the portal ran, in order.</summary>
    public IReadOnlyCollection<StubCall> Calls => _calls;

    /// <summary>Paths that the authorization server was asked for, in order.</summary>
    public IReadOnlyCollection<string> OAuthRequests => _oauthRequests;

    public ConcurrentDictionary<string, JsonObject> Robots { get; } = new();

    /// <summary>Event and handler.</summary>
    public ConcurrentDictionary<(string Event, string Handler), bool> Events { get; } = new();

    /// <summary>Users whose tokens the portal refuses: dismissed ones.</summary>
    public ConcurrentDictionary<long, bool> Dismissed { get; } = new();

    /// <summary>The authorization server's answer leaves the member id out, as some do.</summary>
    public bool HidesMember { get; set; }

    /// <summary>The client id that the authorization server names; another one belongs to another app on the portal.</summary>
    public string? NamedClientId { get; set; } = ClientId;

    /// <summary>The portal's host as the authorization server names it.</summary>
    public Uri? NamedPortal { get; set; }

    /// <summary>The app's secret as the portal's card has it now.</summary>
    public string AcceptedSecret { get; set; } = ClientSecret;

    /// <summary>The authorization server is down.</summary>
    public bool OAuthIsDown { get; set; }

    /// <summary>While it is there and not done, the authorization server lets everyone wait.</summary>
    public TaskCompletionSource? OAuthHolds { get; set; }

    /// <summary>How many have asked the authorization server at the same time.</summary>
    public int MostOAuthAtOnce => Volatile.Read(ref _mostAsking);

    /// <summary>Answers a method by an error instead, where it returns one: status and code.</summary>
    public Func<string, (int Status, string Code)?> Refuses { get; set; } = _ => null;

    /// <summary>What a method answers, where a test says; <see langword="null"/> for what the stub says by itself.</summary>
    public Func<string, JsonObject, JsonNode?> Answers { get; set; } = (_, _) => null;

    /// <summary>A fresh pair of tokens.</summary>
    public (string Access, string Refresh) Issue(long userId = 1, bool isAdministrator = true)
    {
        var number = Interlocked.Increment(ref _issued).ToString(CultureInfo.InvariantCulture);
        var user = new StubUser(userId, isAdministrator);
        _tokens[$"access-{number}-secret"] = user;
        _refreshTokens[$"refresh-{number}-secret"] = user;
        return ($"access-{number}-secret", $"refresh-{number}-secret");
    }

    /// <summary>Tokens of a user become invalid, as an hour later.</summary>
    public void Expire(string access) => _tokens.TryRemove(access, out _);

    public IReadOnlyList<StubCall> CallsOf(string method) => [.. _calls.Where(call => call.Method == method)];

    public void Dispose()
    {
        _portal.Dispose();
        _oauth.Dispose();
    }

    private ResponseMessage AnswerPortal(IRequestMessage request)
    {
        var method = request.Path["/rest/".Length..];
        var parameters = request.Body is { Length: > 0 } body ? JsonNode.Parse(body)!.AsObject() : [];
        if (parameters["auth"]?.GetValue<string>() is not { } token || !_tokens.TryGetValue(token, out var user))
        {
            return Error(401, "expired_token");
        }

        if (Dismissed.ContainsKey(user.Id))
        {
            return Error(401, "authorization_error");
        }

        parameters.Remove("auth");
        if (method != "batch")
        {
            var (status, answer) = Run(method, parameters, user);
            return Json(status, answer);
        }

        var (results, errors) = (new JsonObject(), new JsonObject());
        foreach (var (name, command) in parameters["cmd"]!.AsObject())
        {
            var parts = command!.GetValue<string>().Split('?', 2);
            var (status, answer) = Run(parts[0], ParseQuery(parts.ElementAtOrDefault(1) ?? ""), user);
            (status == 200 ? results : errors)[name] = status == 200 ? answer["result"]!.DeepClone() : answer;
        }

        return Json(200, new JsonObject { ["result"] = new JsonObject { ["result"] = results, ["result_error"] = errors } });
    }

    private (int Status, JsonObject Answer) Run(string method, JsonObject parameters, StubUser user)
    {
        _calls.Enqueue(new StubCall(method, parameters));
        if (Refuses(method) is { } refusal)
        {
            return (refusal.Status, ErrorBody(refusal.Code));
        }

        if (Answers(method, parameters) is { } said)
        {
            return Result(said);
        }

        if (method.StartsWith("bizproc.robot.", StringComparison.Ordinal) && !user.IsAdministrator)
        {
            return (403, ErrorBody("ACCESS_DENIED"));
        }

        var code = parameters["CODE"]?.GetValue<string>() ?? "";
        switch (method)
        {
            case "profile":
                return Result(new JsonObject { ["ID"] = user.Id.ToString(CultureInfo.InvariantCulture), ["ADMIN"] = user.IsAdministrator });
            case "bizproc.robot.list":
                return Result(new JsonArray([.. Robots.Keys.Select(key => JsonValue.Create(key))]));
            case "bizproc.robot.add":
                return Robots.TryAdd(code, parameters) ? Result(true) : (400, ErrorBody("ERROR_ACTIVITY_ALREADY_INSTALLED"));
            case "bizproc.robot.update":
                if (!Robots.ContainsKey(code))
                {
                    return (400, ErrorBody("ERROR_ACTIVITY_NOT_FOUND"));
                }

                Robots[code] = parameters["FIELDS"]!.AsObject();
                return Result(true);
            case "event.get":
                return Result(new JsonArray([.. Events.Keys.Select(key => new JsonObject { ["event"] = key.Event, ["handler"] = key.Handler, ["auth_type"] = "0", ["offline"] = 0 })]));
            case "event.bind":
                return Events.TryAdd((parameters["event"]!.GetValue<string>(), parameters["handler"]!.GetValue<string>()), true)
                    ? Result(true)
                    : (400, ErrorBody("ERROR_CORE"));
            case "event.unbind":
                Events.TryRemove((parameters["event"]!.GetValue<string>(), parameters["handler"]!.GetValue<string>()), out _);
                return Result(new JsonObject { ["count"] = 1 });
            case "bizproc.activity.log":
                return parameters["EVENT_TOKEN"]!.GetValue<string>().StartsWith("forged", StringComparison.Ordinal) ? (403, ErrorBody("ACCESS_DENIED")) : Result(true);
            default:
                return Result(true);
        }
    }

    private async Task<IResponseMessage> AnswerOAuthAsync(IRequestMessage request)
    {
        InterlockedMax(ref _mostAsking, Interlocked.Increment(ref _asking));
        try
        {
            await (OAuthHolds?.Task ?? Task.CompletedTask);
            return AnswerOAuth(request);
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private ResponseMessage AnswerOAuth(IRequestMessage request)
    {
        _oauthRequests.Enqueue(request.Path);
        if (OAuthIsDown)
        {
            return new ResponseMessage { StatusCode = 502 };
        }

        return request.Path.StartsWith("/rest/app.info", StringComparison.Ordinal) ? AnswerAppInfo(request) : AnswerToken(request);
    }

    private ResponseMessage AnswerAppInfo(IRequestMessage request)
    {
        var token = Uri.UnescapeDataString((request.Body ?? "").Replace("auth=", "", StringComparison.Ordinal));
        if (!_tokens.TryGetValue(token, out var user))
        {
            return Error(401, "invalid_token");
        }

        var install = new JsonObject { ["uri"] = (NamedPortal ?? Portal).GetLeftPart(UriPartial.Authority) };
        var info = new JsonObject { ["user_id"] = user.Id, ["install"] = install };
        if (NamedClientId is not null)
        {
            info["client_id"] = NamedClientId;
        }

        if (!HidesMember)
        {
            info["member_id"] = Member;
        }

        return Json(200, new JsonObject { ["result"] = info });
    }

    private ResponseMessage AnswerToken(IRequestMessage request)
    {
        string Query(string name) => request.Query![name].Single();
        if (Query("client_id") != ClientId || Query("client_secret") != AcceptedSecret)
        {
            return Error(401, "invalid_client");
        }

        StubUser? user;
        if (Query("grant_type") == "refresh_token")
        {
            if (!_refreshTokens.TryRemove(Query("refresh_token"), out user))
            {
                return Error(400, "invalid_grant");
            }
        }
        else if (Query("code") is "code-of-the-administrator" or "code-of-an-employee")
        {
            user = new StubUser(1, Query("code") == "code-of-the-administrator");
        }
        else
        {
            return Error(400, "invalid_grant");
        }

        var (access, refresh) = Issue(user.Id, user.IsAdministrator);
        return Json(200, new JsonObject
        {
            ["access_token"] = access,
            ["refresh_token"] = refresh,
            ["expires_in"] = 3600,
            ["client_endpoint"] = new Uri(NamedPortal ?? Portal, "rest/").AbsoluteUri,
            ["member_id"] = Member,
            ["user_id"] = user.Id,
        });
    }

    // Enough of PHP's reading of a query for what the host sends in a batch.
    private static JsonObject ParseQuery(string query)
    {
        var root = new JsonObject();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var names = Uri.UnescapeDataString(parts[0]).Replace("]", "", StringComparison.Ordinal).Split('[');
            var place = root;
            foreach (var name in names[..^1])
            {
                place = (place[name] ??= new JsonObject()).AsObject();
            }

            place[names[^1]] = Uri.UnescapeDataString(parts[1].Replace('+', ' '));
        }

        return root;
    }

    private static (int, JsonObject) Result(JsonNode result) => (200, new JsonObject { ["result"] = result });

    private static JsonObject ErrorBody(string code) => new() { ["error"] = code, ["error_description"] = $"the stub says {code}" };

    private static ResponseMessage Error(int status, string code) => Json(status, ErrorBody(code));

    private static ResponseMessage Json(int status, JsonObject body) => new()
    {
        StatusCode = status,
        Headers = new Dictionary<string, WireMockList<string>> { ["Content-Type"] = new WireMockList<string>("application/json") },
        BodyData = new BodyData { DetectedBodyType = BodyType.String, BodyAsString = body.ToJsonString(), Encoding = System.Text.Encoding.UTF8 },
    };
}
