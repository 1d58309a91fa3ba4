using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Alerts;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Monitoring;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Data.Sqlite;
using WireMock.Server;
using RequestBuilder = WireMock.RequestBuilders.Request;
using ResponseBuilder = WireMock.ResponseBuilders.Response;

namespace B24RobotApp.Tests.Alerts;

public sealed class AlertTests : IDisposable
{
    private readonly Bitrix24Stub _bitrix24 = new();
    private readonly WireMockServer _receiver = WireMockServer.Start();
    private readonly ConcurrentQueue<JsonObject> _received = new();
    private int _status = 200;

    public AlertTests() => _receiver.Given(RequestBuilder.Create().UsingPost()).RespondWith(ResponseBuilder.Create().WithCallback(request =>
    {
        if (_status == 200)
        {
            _received.Enqueue(JsonNode.Parse(request.Body!)!.AsObject());
        }

        return new WireMock.ResponseMessage { StatusCode = _status };
    }));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IEnumerable<string> Said => _received.Select(message => $"{message["event"]} {message["kind"]}");

    public void Dispose()
    {
        _bitrix24.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public async Task A_portal_that_is_lost_is_told_once_whatever_restarts_come_and_once_more_when_it_is_back()
    {
        var first = await StartAsync();
        await first.InstallAsync(_bitrix24);
        var portal = await first.PortalAsync();
        await first.Portals.SetStateAsync(portal.Id, PortalState.Disconnected, "invalid_grant", Cancel);
        await JudgeAsync(first, times: 3);
        await first.StopAsync();

        await using (var second = await StartAsync(folder: first.Folder))
        {
            await JudgeAsync(second, times: 3);
            Assert.Equal(["problem portal_disconnected"], Said);

            await second.Portals.SetStateAsync(portal.Id, PortalState.Connected, null, Cancel);
            await JudgeAsync(second, times: 3);
        }

        Directory.Delete(first.Folder, recursive: true);
        Assert.Equal(["problem portal_disconnected", "solved portal_disconnected"], Said);
        Assert.Equal(portal.Address.Authority, (string?)_received.First()["portal"]);
        Assert.Contains("An administrator of the portal has to open the app.", (string?)_received.First()["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_is_down_hears_of_it_when_it_is_back_and_once()
    {
        await using var app = await StartAsync();
        await app.InstallAsync(_bitrix24);
        await app.Portals.SetStateAsync((await app.PortalAsync()).Id, PortalState.Disconnected, "invalid_grant", Cancel);
        _status = 503;
        await JudgeAsync(app, times: 3);
        _status = 200;

        await JudgeAsync(app, times: 3);

        Assert.Equal(["problem portal_disconnected"], Said);
        Assert.Single(app.Log.Split('\n'), line => line.Contains("does not take alerts (HTTP 503)", StringComparison.Ordinal));
        Assert.DoesNotContain("alerts-secret", app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_is_refused_is_told_to_the_host_and_to_the_administrator_whose_it_is()
    {
        using var esb = new WebhookStub();
        await using var app = await StartAsync();
        await app.InstallAsync(_bitrix24);
        var portal = await app.PortalAsync();
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", esb.Webhook(1), portal.Id), Cancel);
        var circuits = app.Get<Circuits>();
        var transfer = TransferId.New(app.Clock.GetUtcNow());
        circuits.LearnOfEsb("theirs", transfer, new Bitrix24Exception(FailureKind.Disconnected, esb.Host, "crm.item.add", "INVALID_CREDENTIALS", "The webhook is gone."));
        await JudgeAsync(app, times: 2);
        circuits.LearnOfEsb("theirs", transfer, null);

        await JudgeAsync(app, times: 2);

        Assert.Equal(["problem webhook_refused", "solved webhook_refused"], Said);
        var notes = _bitrix24.CallsOf("im.notify.system.add").Where(call => call.Parameters["TAG"]!.ToString().Contains("alert", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, notes.Count);
        Assert.Equal(notes[0].Parameters["TAG"]!.ToString(), notes[1].Parameters["TAG"]!.ToString());
        Assert.Contains("не принимает вебхук", notes[0].Parameters["MESSAGE"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("снова принимает сделки", notes[1].Parameters["MESSAGE"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_refused_before_a_restart_is_not_taken_for_well_until_a_deal_arrives()
    {
        using var esb = new WebhookStub();
        var first = await StartAsync();
        await first.InstallAsync(_bitrix24);
        await first.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", esb.Webhook(1), (await first.PortalAsync()).Id), Cancel);
        first.Get<Circuits>().LearnOfEsb(
            "theirs", TransferId.New(first.Clock.GetUtcNow()), new Bitrix24Exception(FailureKind.Disconnected, esb.Host, "crm.item.add", "INVALID_CREDENTIALS", "The webhook is gone."));
        await JudgeAsync(first);
        await first.StopAsync();

        await using (var second = await StartAsync(folder: first.Folder))
        {
            await JudgeAsync(second, times: 3);
            Assert.Equal(["problem webhook_refused"], Said);

            second.Get<Circuits>().LearnOfEsb("theirs", TransferId.New(second.Clock.GetUtcNow()), null);
            await JudgeAsync(second);
        }

        Directory.Delete(first.Folder, recursive: true);
        Assert.Equal(["problem webhook_refused", "solved webhook_refused"], Said);
    }

    [Fact]
    public async Task Transfers_that_are_due_for_too_long_are_told_but_not_those_of_a_paused_connection()
    {
        using var esb = new WebhookStub();
        await using var app = await StartAsync();
        await app.InstallAsync(_bitrix24);
        var portal = await app.PortalAsync();
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", esb.Webhook(1), portal.Id), Cancel);
        await app.Get<ConnectionStore>().PauseAsync("theirs", app.Clock.GetUtcNow(), Cancel);
        await app.Transfers.TryAddAsync(Given.Transfer(portal.Id, 15, "late", "theirs", app.Clock.GetUtcNow() - TimeSpan.FromHours(1)), Cancel);
        await JudgeAsync(app);
        Assert.Empty(_received);

        await app.Get<ConnectionStore>().ResumeAsync("theirs", Cancel);
        await JudgeAsync(app, times: 2);

        Assert.Equal(["problem queue_overdue"], Said);
        Assert.Contains(portal.Address.Authority, (string?)_received.First()["textRu"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_nearly_full_is_told_once_and_so_is_that_it_has_room_again()
    {
        var first = await StartAsync(("Alerts:FreeDiskBytes", long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await JudgeAsync(first, times: 2);
        await first.StopAsync();

        await using (var second = await StartAsync(first.Folder, ("Alerts:FreeDiskBytes", "1")))
        {
            await JudgeAsync(second, times: 2);
        }

        Directory.Delete(first.Folder, recursive: true);
        Assert.Equal(["problem disk_low", "solved disk_low"], Said);
    }

    [Fact]
    public async Task A_database_that_takes_no_writes_is_told_though_it_cannot_be_noted_there()
    {
        await using var app = await StartAsync();
        await app.InstallAsync(_bitrix24);
        await JudgeAsync(app);
        using (var other = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "b24robot.sqlite3")}"))
        {
            other.Open();
            using var hold = other.BeginTransaction(deferred: false);
            await JudgeAsync(app);
            Assert.Equal(["problem store_read_only"], Said);
        }

        await JudgeAsync(app, times: 2);

        Assert.Equal(["problem store_read_only", "solved store_read_only"], Said);
    }

    private static async Task JudgeAsync(TestApp app, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            await app.Get<AlertBook>().JudgeAsync(await app.Get<WorkReader>().ReadAsync(Cancel), Cancel);
        }
    }

    private Task<TestApp> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    private Task<TestApp> StartAsync(string? folder, params (string Key, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value);
        all["Alerts:WebhookUrl"] = $"{_receiver.Url}/alerts-secret";
        all.TryAdd("Alerts:FreeDiskBytes", "0");
        return TestApp.StartAsync(_bitrix24, all, folder);
    }
}
