using System.Net;
using System.Text.Json;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Tests.Api;

public sealed class PortalHealthApiTests : ApiTestBase
{
    [Fact]
    public async Task Access_is_told_with_its_end_and_what_is_missing()
    {
        await using var app = await StartAsync();
        await SignInAsync(app, isAdministrator: false);
        var portal = await app.PortalAsync();
        var owner = new TokenOwner(portal.MemberId, portal.InstallerUserId);
        var stored = (await app.Get<TokenStore>().FindAsync(owner, Cancel))!;
        async Task<string?> StateAsync() => (await JsonAsync(app, "/api/health")).GetProperty("access").GetProperty("state").GetString();

        Assert.Equal(portal.HasCredentials ? "lasting" : "withoutKeys", await StateAsync());
        Assert.Equal(stored.ExpiresAt, (await JsonAsync(app, "/api/health")).GetProperty("access").GetProperty("until").GetDateTimeOffset(), TimeSpan.FromSeconds(1));

        await app.Portals.SaveCredentialsAsync(portal.Id, new ApplicationCredentials(Bitrix24Stub.ClientId, new ClientSecret(Bitrix24Stub.ClientSecret)), Cancel);
        Assert.Equal("lasting", await StateAsync());

        await app.Get<TokenStore>().SaveAsync(owner, stored with { Refresh = null }, Cancel);
        Assert.Equal("brief", await StateAsync());

        await app.Get<TokenStore>().SaveAsync(owner, stored with { Refresh = null, ExpiresAt = app.Clock.GetUtcNow().AddMinutes(-1) }, Cancel);
        Assert.Equal("ended", await StateAsync());

        await app.Portals.SetStateAsync(portal.Id, PortalState.Disconnected, "PAYMENT_REQUIRED", Cancel);
        var disconnected = (await JsonAsync(app, "/api/health")).GetProperty("access");
        Assert.Equal(("disconnected", "PAYMENT_REQUIRED"), (disconnected.GetProperty("state").GetString(), disconnected.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task The_queue_is_that_of_the_portal_alone()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        var mine = (await app.PortalAsync()).Id;
        var at = app.Clock.GetUtcNow();
        await FailAsync(app, "Нет таблицы");
        Assert.Equal(JsonValueKind.Null, (await JsonAsync(app, "/api/health")).GetProperty("queue").GetProperty("oldestAt").ValueKind);

        // Nobody takes them up: the dispatcher is not told of them.
        await app.Transfers.TryAddAsync(Given.Transfer(other.Id, 1, "event-1", "esb", at.AddHours(-2)), Cancel);
        await app.Transfers.TryAddAsync(Given.Transfer(mine, 21, "event-21", "esb", at.AddHours(-1)), Cancel);
        await app.Transfers.TryAddAsync(Given.Transfer(mine, 22, "event-22", "esb", at), Cancel);
        var queue = (await JsonAsync(app, "/api/health")).GetProperty("queue");

        Assert.Equal((2, 0, 1), (queue.GetProperty("waiting").GetInt32(), queue.GetProperty("running").GetInt32(), queue.GetProperty("failed").GetInt32()));
        Assert.Equal(at.AddHours(-1), queue.GetProperty("oldestAt").GetDateTimeOffset(), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task An_ESB_that_does_not_answer_and_one_that_is_paused_are_told_and_another_portals_are_not()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", owner: other.Id) with { Name = "Чужой" }, Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("own", owner: (await app.PortalAsync()).Id), Cancel);
        await app.Get<ConnectionPauses>().PauseAsync("own", Cancel);
        for (var i = 0; i < 4; i++)
        {
            app.Get<Circuits>().LearnOfEsb("esb", TransferId.New(app.Clock.GetUtcNow()), new Bitrix24Exception(FailureKind.NotExecuted, "esb", "crm.item.add", "HTTP_502", "Bad gateway"));
        }

        var text = (await JsonAsync(app, "/api/health")).GetRawText();
        var esbs = JsonDocument.Parse(text).RootElement.GetProperty("esbs").EnumerateArray().ToList();

        Assert.DoesNotContain("Чужой", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([true, false], esbs.Select(esb => esb.GetProperty("isShared").GetBoolean()));
        Assert.Contains("HTTP_502", esbs[0].GetProperty("outage").GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, esbs[1].GetProperty("outage").ValueKind);
        Assert.NotEqual(JsonValueKind.Null, esbs[1].GetProperty("pausedAt").ValueKind);
    }

    [Fact]
    public async Task Execution_time_is_told_of_the_portal_itself_and_of_its_own_ESBs_but_not_of_the_hosts_which_others_use_too()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var portal = await app.PortalAsync();
        using var esb = new WebhookStub();
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("own", esb.Webhook(7), portal.Id) with { Webhooks = [esb.Webhook(7), esb.Webhook(8)] }, Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("shared", esb.Webhook(9), null, "127.0.0.1"), Cancel);
        foreach (var code in (string[])["own", "shared"])
        {
            var connection = (await app.Get<ConnectionStore>().FindAsync(code, Cancel))!;
            await app.Get<EsbPortals>().CallAsync(connection, new Call("crm.item.list", []));
        }

        var esbs = (await JsonAsync(app, "/api/health")).GetProperty("esbs").EnumerateArray().ToDictionary(load => load.GetProperty("host").GetString() + load.GetProperty("isShared"));
        var own = esbs[esb.Host + "False"];
        var shared = esbs[esb.Host + "True"];

        var method = Assert.Single(own.GetProperty("methods").EnumerateArray());
        Assert.Equal(("crm.item.list", 12.3, 480), (method.GetProperty("name").GetString(), method.GetProperty("seconds").GetDouble(), method.GetProperty("limit").GetInt32()));
        Assert.Equal(1, method.GetProperty("webhook").GetInt32());
        Assert.Equal(0, own.GetProperty("waiting").GetInt32());
        Assert.Empty(shared.GetProperty("methods").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, shared.GetProperty("waiting").ValueKind);

        // Both stand before one bucket, which is the portal's.
        Assert.Equal(own.GetProperty("requests").GetRawText(), shared.GetProperty("requests").GetRawText());
        app.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Empty((await JsonAsync(app, "/api/health")).GetProperty("esbs").EnumerateArray().SelectMany(load => load.GetProperty("methods").EnumerateArray()));
    }

    [Fact]
    public async Task The_robot_is_told_with_the_time_of_the_last_look_and_what_the_portal_said_against_it()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var registration = app.Get<Registration>();
        await registration.ReconcileAsync((await app.PortalAsync()).Id, Cancel);
        var good = (await JsonAsync(app, "/api/health")).GetProperty("robot");
        Bitrix24.Refuses = method => method == "bizproc.robot.list" ? (403, "ACCESS_DENIED") : null;
        await registration.ReconcileAsync((await app.PortalAsync()).Id, Cancel);
        var bad = (await JsonAsync(app, "/api/health")).GetProperty("robot");

        Assert.Equal((true, false), (good.GetProperty("isRegistered").GetBoolean(), bad.GetProperty("isRegistered").GetBoolean()));
        Assert.Contains("ACCESS_DENIED", bad.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_session_nothing_is_told()
    {
        await using var app = await StartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync("/api/health")).StatusCode);
    }
}
