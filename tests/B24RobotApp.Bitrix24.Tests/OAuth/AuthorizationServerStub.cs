using System.Collections.Concurrent;
using System.Globalization;
using WireMock;
using WireMock.Server;
using WireMock.Types;
using WireMock.Util;
using RequestBuilder = WireMock.RequestBuilders.Request;
using ResponseBuilder = WireMock.ResponseBuilders.Response;

namespace B24RobotApp.Bitrix24.Tests.OAuth;

/// <summary>An authorization server over real HTTP that answers what the test says and remembers what it was asked.</summary>
internal sealed class AuthorizationServerStub : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start();
    private readonly ConcurrentQueue<IRequestMessage> _requests = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AuthorizationServerStub()
    {
        _server.Given(RequestBuilder.Create()).RespondWith(ResponseBuilder.Create().WithCallback(async request =>
        {
            _requests.Enqueue(request);
            var number = _requests.Count;
            _asked.TrySetResult();
            return await Answer(number);
        }));
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Address => new(_server.Url! + "/");

    public HttpClient Http { get; }

    /// <summary>The answer to the first, second, ... request.</summary>
    public Func<int, Task<ResponseMessage>> Answer { get; set; } = _ => Task.FromResult(Tokens(1));

    public IReadOnlyCollection<IRequestMessage> Requests => _requests;

    /// <summary>Done when the first request has arrived.</summary>
    public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

    public static ResponseMessage Tokens(int number) =>
        Json(Payload.Text("OAuth/tokens.json").Replace("Token2", "Token" + (number + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));

    public static ResponseMessage Error(int status, string code, string description = "no") =>
        Json($$"""{"error":"{{code}}","error_description":"{{description}}"}""", status);

    public static ResponseMessage Json(string body, int status = 200) => Body(body, "application/json", status);

    public static ResponseMessage Html(int status) => Body("<html><body>nginx</body></html>", "text/html", status);

    public static ResponseMessage Redirect(string location) => new()
    {
        StatusCode = 302,
        Headers = new Dictionary<string, WireMockList<string>> { ["Location"] = new WireMockList<string>(location) },
    };

    /// <summary>An answer for each request in turn.</summary>
    public void AnswerInTurn(params ResponseMessage[] answers) => Answer = number => Task.FromResult(answers[number - 1]);

    public void Dispose()
    {
        Http.Dispose();
        _server.Dispose();
    }

    private static ResponseMessage Body(string body, string type, int status) => new()
    {
        StatusCode = status,
        BodyData = new BodyData { BodyAsString = body, DetectedBodyType = BodyType.String },
        Headers = new Dictionary<string, WireMockList<string>> { ["Content-Type"] = new WireMockList<string>(type) },
    };
}
