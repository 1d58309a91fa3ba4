using System.Net;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>What changes on a portal after the installation: people leave, application tokens are renewed, addresses move.</summary>
public sealed class ChangeTests(PartnerStage stage) : PartnerTests(stage), IClassFixture<PartnerStage>
{
    [Fact]
    public async Task When_the_installing_administrator_has_left_the_next_one_who_opens_the_app_takes_over()
    {
        var app = await InstallAsync(await AddPortalAsync());
        Assert.Equal(1, app.Robots[Stage.RobotCode].AuthUserId);
        app.Portal.FindUser(1)!.IsActive = false;

        var page = await app.Portal.OpenApplicationAsync(app, 2, Cancelled);

        Assert.Equal(200, page.Status);
        await StageExtensions.UntilAsync(() => app.Robots[Stage.RobotCode].AuthUserId == 2, "the robot's calls come in the new one's name");
        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    [Fact]
    public async Task A_call_that_comes_after_the_installing_administrator_has_left_waits_for_the_next_one()
    {
        var app = await InstallAsync(await AddPortalAsync());
        app.Portal.FindUser(1)!.IsActive = false;
        Stage.PlaceRobots(installation: app);
        var deal = AddDeal(app.Portal);
        var workflow = Stage.Send(app.Portal, deal);
        await StageExtensions.UntilAsync(() => Stage.StateOf(deal, app.Portal) == "parked", "the transfer is laid aside");
        await ComplaintAsync(app.Portal.Domain, "An administrator there has to open the app");

        await app.Portal.OpenApplicationAsync(app, 2, Cancelled);

        Assert.Equal("created", (await workflow.ResultAsync()).Status);
        Assert.Single(Stage.EsbDealsOf(deal, app.Portal, Stage.Esb));
    }

    [Fact]
    public async Task A_call_with_a_new_application_token_is_kept_verified_and_sent()
    {
        var app = await InstallAsync(await AddPortalAsync());
        app.Portal.RenewApplicationToken(app);
        Stage.Sandbox.OAuthServer.Journal.Clear();

        var first = await SendAsync(app);
        var second = await SendAsync(app);

        // The second call brings the token that the first one has proved.
        Assert.Equal(("created", "created"), (first.Status, second.Status));
        Assert.Single(Stage.Sandbox.OAuthServer.Journal.Entries, entry => entry.Method == "app.info");
    }

    [Fact]
    public async Task A_call_with_a_new_application_token_survives_a_kill_before_it_was_verified()
    {
        var app = await InstallAsync(await AddPortalAsync());
        app.Portal.RenewApplicationToken(app);
        var held = Stage.Sandbox.OAuthServer.Faults.Add(new FaultRule(FaultKind.Held, "app.info"));
        Stage.PlaceRobots(installation: app);
        var workflow = Stage.Send(app.Portal, AddDeal(app.Portal));
        await StageExtensions.UntilAsync(() => held.Struck > 0 && app.Portal.Automation.Calls[^1].Status == 200, "the call is kept and being verified");

        await Stage.App.KillAsync();
        Stage.Sandbox.OAuthServer.Faults.Clear();
        await Stage.App.StartAsync(Cancelled);

        Assert.Equal("created", (await workflow.ResultAsync()).Status);
        Assert.Single(Stage.EsbDealsOf(workflow.DealId, app.Portal, Stage.Esb));
    }

    [Fact]
    public async Task A_call_with_a_wrong_application_token_and_nothing_to_prove_itself_is_refused()
    {
        var (app, call) = await LastCallAsync();
        var before = Stage.TransferCount();
        call["event_token"] = "forged|A1|token";
        call["auth"]!["application_token"] = "0123456789abcdef0123456789abcdef";
        call["auth"]!.AsObject().Remove("access_token");

        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(RobotUrl, call)).Status);

        Assert.Equal(before, Stage.TransferCount());
        await ComplaintAsync(app.Portal.Domain, "its application token is not the portal's");
    }

    [Fact]
    public async Task A_call_with_a_wrong_application_token_and_a_forged_access_token_is_dropped()
    {
        var (app, call) = await LastCallAsync();
        var before = Stage.TransferCount();
        call["event_token"] = "forged|A1|token";
        call["auth"]!["application_token"] = "0123456789abcdef0123456789abcdef";
        call["auth"]!["access_token"] = new string('f', 70);

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(RobotUrl, call)).Status);

        await StageExtensions.UntilAsync(() => Stage.TransferCount() == before, "the call is dropped");
        await ComplaintAsync(app.Portal.Domain, "is dropped");
        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    [Fact]
    public async Task A_source_portal_that_moves_to_another_address_is_followed()
    {
        var app = await InstallAsync(await AddPortalAsync());
        var old = app.Portal.BaseUrl;
        var moved = await Stage.Sandbox.ChangeAddressAsync(app.Portal, cancellationToken: Cancelled);
        Assert.NotEqual(old, moved);

        var result = await SendAsync(app);

        Assert.Equal("created", result.Status);
        Assert.Equal(
            moved.AbsoluteUri, Stage.Ask("SELECT address FROM portals WHERE member_id = @Member", ("@Member", app.Portal.MemberId)));
        Assert.Contains(Stage.App.Output, line => line.Contains($"The portal is at {moved.Authority} from now on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_ESB_that_moves_to_another_address_is_followed()
    {
        var app = await InstallAsync(await AddPortalAsync());
        await Stage.Sandbox.ChangeAddressAsync(Stage.Esb, cancellationToken: Cancelled);

        Assert.Equal("created", (await SendAsync(app)).Status);
    }

    private Uri RobotUrl => new(Stage.App.Url, "robots/send-to-esb");

    /// <summary>A copy of a genuine call, to be changed.</summary>
    private async Task<(Sandbox.Portals.AppInstallation App, JsonObject Form)> LastCallAsync()
    {
        var app = await InstallAsync(await AddPortalAsync());
        await SendAsync(app);
        return (app, app.Portal.Automation.Calls[^1].Form.DeepClone().AsObject());
    }
}
