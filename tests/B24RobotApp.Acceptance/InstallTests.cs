using System.Net;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>Both ways to install, and what must not pass for an installation. Every test has a partner's portal of its own.</summary>
public sealed class InstallTests(PartnerStage stage) : PartnerTests(stage), IClassFixture<PartnerStage>
{
    [Fact]
    public async Task The_page_installs_without_client_id_and_secret_and_asks_for_them()
    {
        var portal = await AddPortalAsync();
        var app = portal.SaveLocalApplication(Stage.Card(isScriptOnly: false));

        var page = await portal.OpenApplicationAsync(app, 1, Cancelled);

        Assert.Equal(200, page.Status);
        Assert.Contains($"frame-ancestors {portal.BaseUrl.GetLeftPart(UriPartial.Authority)}", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.False(page.Headers.ContainsKey("X-Frame-Options"));
        Assert.Contains("/ui/install.js", page.Body, StringComparison.Ordinal);
        Assert.True(app.Robots.ContainsKey(Stage.RobotCode));
        Assert.Equal(["ONAPPUNINSTALL", "ONAPPUPDATE"], app.Events.Select(binding => binding.Event).Order(StringComparer.Ordinal));

        // A transfer works all the same: the robot's call brings tokens.
        portal.FinishInstallation(app);
        Assert.Equal("created", (await SendAsync(app)).Status);

        var wrong = await Stage.EnterCredentialsAsync(app, app.ClientId, "not the secret", Cancelled);
        Assert.Equal(422, wrong.Status);
        Assert.Contains("Сервер авторизации не принял эти ключи", JsonNode.Parse(wrong.Body)!["detail"]!.ToString(), StringComparison.Ordinal);
        var right = await Stage.EnterCredentialsAsync(app, app.ClientId, app.ClientSecret, Cancelled);
        Assert.Equal((204, ""), right);
        Assert.NotEqual("", Stage.Ask("SELECT client_secret_protected FROM portals WHERE member_id = @Member", ("@Member", portal.MemberId)));
    }

    [Fact]
    public async Task A_script_only_card_installs_by_the_portals_callback()
    {
        var portal = await AddPortalAsync();
        var app = portal.SaveLocalApplication(Stage.Card(isScriptOnly: true));

        await StageExtensions.UntilAsync(() => app.Robots.ContainsKey(Stage.RobotCode), "the robot is registered");

        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    [Fact]
    public async Task A_card_without_an_installation_path_installs_when_the_app_is_opened()
    {
        var portal = await AddPortalAsync();
        var app = portal.SaveLocalApplication(Stage.Card(isScriptOnly: false) with { InstallUrl = null });

        var page = await portal.OpenApplicationAsync(app, 1, Cancelled);

        Assert.Equal(200, page.Status);
        await StageExtensions.UntilAsync(() => app.Robots.ContainsKey(Stage.RobotCode), "the robot is registered");
        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    [Fact]
    public async Task A_portal_with_an_authorization_server_of_its_own_is_refused()
    {
        await using var forgery = await SandboxHost.StartAsync(new SandboxOptions(), Cancelled);
        var fake = forgery.Portals["source"];
        var before = PortalCount();
        var app = fake.SaveLocalApplication(Stage.Card(isScriptOnly: false));

        var page = await fake.OpenApplicationAsync(app, 1, Cancelled);

        Assert.Equal(403, page.Status);
        Assert.Contains("Этому порталу приложение не доверяет", page.Body, StringComparison.Ordinal);
        Assert.Equal(before, PortalCount());
        await ComplaintAsync(fake.Domain, "its authorization server", "Bitrix24:OAuthServers");
        Assert.Empty(fake.Journal.Entries);
        Assert.Empty(forgery.OAuthServer.Journal.Entries);
    }

    [Fact]
    public async Task A_portal_that_hides_its_own_authorization_server_behind_the_real_ones_name_is_refused()
    {
        await using var forgery = await SandboxHost.StartAsync(new SandboxOptions(), Cancelled);
        var fake = forgery.Portals["source"];
        var before = PortalCount();
        var frame = fake.CreateFrame(fake.SaveLocalApplication(Stage.Card(isScriptOnly: false)), 1);
        frame.Fields["SERVER_ENDPOINT"] = Stage.Sandbox.OAuthServer.RestEndpoint.AbsoluteUri;

        var (status, _) = await PostAsync(frame.Url, frame.Fields);

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal(before, PortalCount());
        await ComplaintAsync(fake.Domain, "does not vouch for its token");
        Assert.Empty(fake.Journal.Entries);
    }

    [Fact]
    public async Task A_genuine_token_of_one_portal_installs_no_other()
    {
        // The attacker's own portal is genuine; he claims to be the victim.
        var attacker = await AddPortalAsync();
        var victim = await InstallAsync(await AddPortalAsync());
        var hash = TokenHash(victim.Portal);
        var frame = attacker.CreateFrame(attacker.SaveLocalApplication(Stage.Card(isScriptOnly: false)), 1);
        var address = new Uri(frame.Url.AbsoluteUri.Replace(Uri.EscapeDataString(attacker.Domain), Uri.EscapeDataString(victim.Portal.Domain), StringComparison.Ordinal));
        frame.Fields["member_id"] = victim.Portal.MemberId;

        var (claimed, _) = await PostAsync(address, frame.Fields);
        var (own, _) = await PostAsync(frame.Url, frame.Fields);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (claimed, own));
        await ComplaintAsync(victim.Portal.Domain, "its token belongs to another portal");
        await ComplaintAsync(attacker.Domain, "its token belongs to another member id");
        Assert.Equal(hash, TokenHash(victim.Portal));
        Assert.Equal("created", (await SendAsync(victim)).Status);
    }

    [Fact]
    public async Task A_robot_that_the_portal_forgot_is_back_when_the_app_is_opened()
    {
        var app = await InstallAsync(await AddPortalAsync());
        app.Portal.Settings.ForgottenOnSave = ForgottenOnSave.All;
        app.Portal.SaveCardAgain(app);
        Assert.Empty(app.Robots);

        var page = await app.Portal.OpenApplicationAsync(app, 1, Cancelled);

        Assert.Equal(200, page.Status);
        await StageExtensions.UntilAsync(() => app.Robots.ContainsKey(Stage.RobotCode) && app.Events.Count == 2, "robot and events are back");
        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    [Fact]
    public async Task A_robot_that_the_portal_forgot_is_back_when_the_app_starts()
    {
        var app = await InstallAsync(await AddPortalAsync());
        app.Portal.Settings.ForgottenOnSave = ForgottenOnSave.All;
        app.Portal.SaveCardAgain(app);

        await Stage.App.KillAsync();
        await Stage.App.StartAsync(Cancelled);

        await StageExtensions.UntilAsync(() => app.Robots.ContainsKey(Stage.RobotCode) && app.Events.Count == 2, "robot and events are back");
        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    [Fact]
    public async Task An_uninstall_finishes_what_is_under_way_and_takes_no_more_calls()
    {
        var app = await InstallAsync(await AddPortalAsync());
        var portal = app.Portal;
        var held = Stage.Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.add", count: 1));
        Stage.PlaceRobots(installation: app);
        var deal = AddDeal(portal);
        Stage.Send(portal, deal);
        await StageExtensions.UntilAsync(() => held.Struck > 0, "the deal is being written");
        var call = portal.Automation.Calls[^1];

        await portal.DeleteApplicationAsync(app, clean: true);
        Assert.Equal("uninstalled", State(portal));
        held.Release();
        await StageExtensions.UntilAsync(() => Stage.StateOf(deal, portal) is "done" or "parked", "the transfer ends");

        Assert.Single(Stage.EsbDealsOf(deal, portal, Stage.Esb));
        Assert.Equal("uninstalled", State(portal));
        call.Form["event_token"] = "another|A1|token";
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(call.Handler, call.Form)).Status);
    }

    private string PortalCount() => Stage.Ask("SELECT COUNT(*) FROM portals")!;

    private string? TokenHash(SandboxPortal portal) =>
        Stage.Ask("SELECT application_token_hash FROM portals WHERE member_id = @Member", ("@Member", portal.MemberId));

    private string? State(SandboxPortal portal) => Stage.Ask("SELECT state FROM portals WHERE member_id = @Member", ("@Member", portal.MemberId));
}
