using System.Net;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Tests.Api;

/// <summary>Test deals that the sandbox does not bring about.</summary>
public sealed class SetupApiTests : ApiTestBase
{
    [Fact]
    public async Task A_test_that_failed_when_its_deal_stood_already_is_shown_with_its_problem_and_deleted_all_the_same()
    {
        using var esb = new WebhookStub();
        await using var app = await StartAsync();
        await SignInAsync(app);
        var portal = await app.PortalAsync();
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("own", owner: portal.Id) with { Webhooks = [esb.Webhook(7)] }, Cancel);
        var test = NewTransfer.WithoutRobot(portal.Id, 15, "own", 1, "test 1", app.Clock.GetUtcNow(), TimeSpan.FromHours(1));
        await app.Transfers.TryAddAsync(test, Cancel);
        var outcome = Given.Outcome(OutcomeStatus.Failed, 701, "ROWS_INCOMPLETE", "Товары не дошли.") with { EsbDealUrl = $"http://{esb.Host}/crm/deal/details/701/" };
        await app.Transfers.RecordOutcomeAsync(test.Id, outcome, [], null, Durability.Full, Cancel);
        await app.Transfers.FinishAsync(test.Id, answered: true, Given.Attempt(), Cancel);

        var shown = (await JsonAsync(app, "/api/setup")).GetProperty("test");
        using var deleted = await app.Http.DeleteAsync(new Uri($"/api/setup/tests/{test.Id.Value}", UriKind.Relative), Cancel);

        Assert.Equal(("failed", 701, true), (shown.GetProperty("state").GetString(), shown.GetProperty("esbId").GetInt32(), shown.GetProperty("isThere").GetBoolean()));
        Assert.Contains("Товары не дошли.", shown.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Fact]
    public async Task A_test_on_a_paused_connection_says_that_it_is_paused()
    {
        using var esb = new WebhookStub();
        await using var app = await StartAsync();
        await SignInAsync(app);
        var portal = await app.PortalAsync();
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("own", owner: portal.Id) with { Webhooks = [esb.Webhook(7)] }, Cancel);
        await app.Get<ConnectionPauses>().PauseAsync("own", Cancel);
        var test = NewTransfer.WithoutRobot(portal.Id, 15, "own", 1, "test 1", app.Clock.GetUtcNow(), TimeSpan.FromHours(1));
        await app.Transfers.TryAddAsync(test, Cancel);

        var paused = (await JsonAsync(app, "/api/setup")).GetProperty("test");
        await app.Get<ConnectionPauses>().ResumeAsync(portal.Id, "own", Cancel);
        var resumed = (await JsonAsync(app, "/api/setup")).GetProperty("test");

        Assert.Equal(("queued", app.Clock.GetUtcNow().ToUnixTimeMilliseconds()), (paused.GetProperty("state").GetString(), paused.GetProperty("pausedAt").GetDateTimeOffset().ToUnixTimeMilliseconds()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, resumed.GetProperty("pausedAt").ValueKind);
    }

    [Fact]
    public async Task A_transfer_of_a_robot_is_no_test_whatever_its_event_token_says()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var transfer = Given.Transfer((await app.PortalAsync()).Id, 15, "test 1", "esb", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(transfer, Cancel);
        await app.Transfers.RecordOutcomeAsync(transfer.Id, Given.Outcome(), [], null, Durability.Full, Cancel);

        using var answer = await app.Http.DeleteAsync(new Uri($"/api/setup/tests/{transfer.Id.Value}", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
