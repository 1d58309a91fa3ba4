using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Tests.Api;

/// <summary>The app with one installed portal and one ESB, and a page that talks to its API.</summary>
[SuppressMessage("Design", "CA1051", Justification = "For the tests alone.")]
public abstract class ApiTestBase : IDisposable
{
    internal Bitrix24Stub Bitrix24 { get; } = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Bitrix24.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A transfer that failed with a text; its deal cannot be read at the stub, so that it stays.</summary>
    private protected static async Task<TransferId> FailAsync(TestApp app, string message, long deal = 15)
    {
        var transfer = Given.Transfer((await app.PortalAsync()).Id, deal, $"event-{deal}", "esb", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(transfer, Cancel);
        await app.Transfers.RecordOutcomeAsync(
            transfer.Id,
            new TransferOutcome { Status = OutcomeStatus.Failed, ErrorCode = "TABLE_MISSING", ErrorMessage = message, At = app.Clock.GetUtcNow() },
            [],
            null,
            B24RobotApp.Transfers.Storage.Durability.Full,
            Cancel);
        await app.Transfers.FinishAsync(
            transfer.Id, answered: true, new TransferAttempt { Number = 1, StartedAt = app.Clock.GetUtcNow(), EndedAt = app.Clock.GetUtcNow(), Step = "done" }, Cancel);
        return transfer.Id;
    }

    private protected async Task<TestApp> StartAsync()
    {
        var app = await TestApp.StartAsync(Bitrix24, new Dictionary<string, string?>
        {
            ["Esb:Connections:0:Code"] = "esb",
            ["Esb:Connections:0:WebhookUrl"] = $"{Bitrix24.Portal}rest/1/webhooksecret/",
            ["Esb:Connections:0:Portals:0"] = "127.0.0.1",
        });
        await app.InstallAsync(Bitrix24);
        return app;
    }

    private protected static Task<HttpResponseMessage> BeginAsync(TestApp app, string member, string token) =>
        app.PostAsync("/api/session", JsonContent.Create(new { memberId = member, accessToken = token, language = "ru" }));

    private protected async Task<JsonElement> SignInAsync(TestApp app, bool isAdministrator = true)
    {
        using var answer = await BeginAsync(app, Bitrix24Stub.Member, Bitrix24.Issue(isAdministrator ? 1 : 7, isAdministrator).Access);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var session = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        app.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.GetProperty("token").GetString());
        return session;
    }

    private protected static async Task<JsonElement> JsonAsync(TestApp app, string path)
    {
        using var answer = await app.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private protected static Task<HttpResponseMessage> PostAsync(TestApp app, string path, string json) =>
        app.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    private protected static Task<HttpResponseMessage> PutAsync(TestApp app, string path, string json) =>
        app.Http.PutAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"), Cancel);
}
