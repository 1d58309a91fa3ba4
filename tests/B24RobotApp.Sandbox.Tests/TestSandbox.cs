using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Sandbox.Tests;

/// <summary>A running sandbox with a clock that stands still, a client that knows nothing and an application that writes down what it hears.</summary>
public sealed class TestSandbox : IAsyncDisposable
{
    private readonly SocketsHttpHandler _sockets = new() { AllowAutoRedirect = false, UseProxy = false };

    private TestSandbox(SandboxHost host, RecordingApp application, FakeTimeProvider clock)
    {
        Host = host;
        Application = application;
        Clock = clock;
        Http = new HttpClient(_sockets);
        Http.DefaultRequestHeaders.UserAgent.ParseAdd("SandboxTests/1.0");
        foreach (var portal in host.Portals.Values)
        {
            // Answers with what it was given: the way to see what a portal made of a request.
            portal.Methods.Add("test.echo", null, call => call.Parameters.DeepClone());
            portal.Methods.Add("test.item", null, _ => JsonNode.Parse("""{"item":{"id":15,"title":"Сделка","tags":["a","b"],"nothing":null},"list":[{"ID":"7"}]}"""));
            portal.Methods.Add("test.fail", null, _ => throw new RestError("NOT_FOUND", "Not found"));
            portal.Methods.Add("test.crm", "crm", _ => true);
        }
    }

    public SandboxHost Host { get; }

    public RecordingApp Application { get; }

    public FakeTimeProvider Clock { get; }

    public HttpClient Http { get; }

    public SandboxPortal Source => Host.Portals["source"];

    public SandboxPortal Esb => Host.Portals["esb"];

    public static async Task<TestSandbox> StartAsync(SandboxOptions? options = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        var users = new SandboxUser[]
        {
            new(1, "Анна", "Кузнецова") { IsAdmin = true },
            new(7, "Олег", "Ветров"),
        };
        options = (options ?? new SandboxOptions()) with
        {
            Clock = clock,
            Portals = [new() { Code = "source", Users = users }, new() { Code = "esb", Users = users }],
        };
        return new TestSandbox(await SandboxHost.StartAsync(options), await RecordingApp.StartAsync(), clock);
    }

    /// <summary>A local application of the source portal that is installed.</summary>
    public AppInstallation InstallApp(params string[] scopes) => Source.SaveLocalApplication(new LocalApplicationCard
    {
        Name = "ESB",
        HandlerUrl = new Uri(Application.Url, "app"),
        Scopes = scopes.Length > 0 ? scopes : ["crm", "bizproc", "placement", "im"],
    });

    public string Token(AppInstallation app, long userId = 1) => Host.OAuthServer.Issue(app, userId).AccessToken;

    /// <summary>A plain call with JSON, as the token's user.</summary>
    public async Task<Answer> CallAsync(AppInstallation app, string method, string json = "{}", long userId = 1)
    {
        var body = JsonNode.Parse(json)!.AsObject();
        body["auth"] = Token(app, userId);
        return await PostJsonAsync(new Uri(app.Portal.BaseUrl, $"rest/{method}"), body.ToJsonString());
    }

    public async Task<Answer> CallAsync(IncomingWebhook webhook, string method, string json = "{}") =>
        await PostJsonAsync(new Uri(webhook.Url, method), json);

    public Task<Answer> PostJsonAsync(Uri url, string json) => PostAsync(url, json, "application/json");

    public Task<Answer> PostFormAsync(Uri url, string form) => PostAsync(url, form, "application/x-www-form-urlencoded");

    public async Task<Answer> PostAsync(Uri url, string body, string contentType)
    {
        using var content = new StringContent(body);
        content.Headers.ContentType = new(contentType);
        using var response = await Http.PostAsync(url, content, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    public async Task<Answer> GetAsync(Uri url)
    {
        using var response = await Http.GetAsync(url, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _sockets.Dispose();
        await Host.DisposeAsync();
        await Application.DisposeAsync();
    }
}
