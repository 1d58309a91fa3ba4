using System.Net;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Tests.Install;

public sealed class RegistrationTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Bitrix24Stub _bitrix24 = new();

    public void Dispose() => _bitrix24.Dispose();

    // Trap 15.
    [Fact]
    public async Task A_robot_that_the_portal_forgot_is_back_when_the_app_is_opened()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.Robots.Clear();
        _bitrix24.Events.Clear();

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("send_to_esb", _bitrix24.Robots.Keys);
        Assert.Equal(2, _bitrix24.Events.Count);
    }

    // Trap 15.
    [Fact]
    public async Task A_robot_that_the_portal_forgot_is_back_after_a_few_hours_without_anybodys_doing()
    {
        // With client id and secret, or the portal could not be asked after the hour that a token lives.
        await using var app = await TestApp.StartAsync(_bitrix24, new()
        {
            ["Bitrix24:Applications:0:ClientId"] = Bitrix24Stub.ClientId,
            ["Bitrix24:Applications:0:ClientSecret"] = Bitrix24Stub.ClientSecret,
            ["Bitrix24:Applications:0:Portal"] = _bitrix24.Portal.Authority,
        });
        await app.InstallAsync(_bitrix24);
        await QuietAsync(app);
        _bitrix24.Robots.Clear();

        // Once, and not while the app is asking: a request's patience is measured by the same clock.
        app.Clock.Advance(TimeSpan.FromMinutes(181));

        await Eventually.Async(() => _bitrix24.Robots.ContainsKey("send_to_esb"), Limit, TestContext.Current.CancellationToken);
    }

    // Trap 16.
    [Fact]
    public async Task A_robot_that_stands_as_it_should_is_left_alone()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue());

        Assert.Equal(2, _bitrix24.CallsOf("bizproc.robot.add").Count); // Each robot once.
        Assert.Empty(_bitrix24.CallsOf("bizproc.robot.update"));
    }

    [Fact]
    public async Task When_the_apps_address_changes_robots_and_handlers_follow_at_the_next_start()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        await app.StopAsync();

        await using var moved = await TestApp.StartAsync(_bitrix24, new() { ["App:PublicUrl"] = "https://new.example.com/robot" }, app.Folder);

        await Eventually.Async(
            () => _bitrix24.Robots["send_to_esb"]["HANDLER"]!.GetValue<string>() == "https://new.example.com/robot/robots/send-to-esb",
            Limit,
            TestContext.Current.CancellationToken);
        await Eventually.Async(
            () => _bitrix24.Events.Count == 2 && _bitrix24.Events.Keys.All(binding => binding.Handler == "https://new.example.com/robot/events"),
            Limit,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_robot_offers_the_connections_that_the_portal_may_use_and_the_first_by_itself()
    {
        var settings = Connection(0, "esb", "Head office", "127.0.0.1")
            .Concat(Connection(1, "other", "Not for this portal", "acme.bitrix24.ru"))
            .Concat(Connection(2, "second", "Branch", "127.0.0.1"))
            .ToDictionary();
        await using var app = await TestApp.StartAsync(_bitrix24, settings);

        await app.InstallAsync(_bitrix24);

        var connection = _bitrix24.Robots["send_to_esb"]["PROPERTIES"]!["connection"]!;
        Assert.Equal(["esb", "second"], connection["Options"]!.AsObject().Select(option => option.Key));
        Assert.Equal("Head office", connection["Options"]!["esb"]!.GetValue<string>());
        Assert.Equal("esb", connection["Default"]!.GetValue<string>());
        Assert.Equal("обновить", _bitrix24.Robots["send_to_esb"]["PROPERTIES"]!["mode"]!["Options"]!["update"]!.GetValue<string>());
        Assert.Equal(["default", "invoices", "leads", "quotes", "smart-processes"], _bitrix24.Robots["send_to_esb"]["PROPERTIES"]!["profile"]!["Options"]!.AsObject().Select(option => option.Key));
    }

    // Trap 42.
    [Fact]
    public async Task A_plan_without_automation_still_tells_when_the_app_is_deleted()
    {
        _bitrix24.Refuses = method => method.StartsWith("bizproc.", StringComparison.Ordinal) ? (404, "ERROR_METHOD_NOT_FOUND") : null;
        await using var app = await TestApp.StartAsync(_bitrix24);

        await app.InstallAsync(_bitrix24);

        Assert.Contains(_bitrix24.Events.Keys, binding => binding.Event == "ONAPPUNINSTALL");
        Assert.Contains("its plan has no automation", app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_portal_cannot_do_now_is_tried_again_soon()
    {
        _bitrix24.Refuses = method => method == "bizproc.robot.add" ? (503, "OVERLOAD_LIMIT") : null;
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        await Eventually.Async(() => _bitrix24.CallsOf("bizproc.robot.add").Count >= 2, Limit, TestContext.Current.CancellationToken);
        Assert.Empty(_bitrix24.Robots);

        _bitrix24.Refuses = _ => null;

        await Eventually.Async(
            () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(10));
                return _bitrix24.Robots.ContainsKey("send_to_esb");
            },
            Limit,
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_installing_administrator_has_left_the_next_one_who_opens_the_app_takes_over(bool isDismissed)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        var tokens = _bitrix24.Issue(userId: 1);
        await app.InstallAsync(_bitrix24, tokens);
        if (isDismissed)
        {
            _bitrix24.Dismissed[1] = true;
        }
        else
        {
            // Nobody entered client id and secret, so nothing renews it.
            _bitrix24.Expire(tokens.Access);
        }

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue(userId: 2));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, (await app.PortalAsync()).InstallerUserId);
        Assert.Equal(2, _bitrix24.Robots["send_to_esb"]["AUTH_USER_ID"]!.GetValue<long>());
    }

    [Fact]
    public async Task While_the_installing_administrator_is_there_another_one_takes_nothing_over()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue(userId: 2));

        Assert.Equal(1, (await app.PortalAsync()).InstallerUserId);
    }

    [Fact]
    public async Task An_employee_who_opens_the_app_sees_it_and_changes_nothing()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.Dismissed[1] = true;

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue(userId: 5, isAdministrator: false));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, (await app.PortalAsync()).InstallerUserId);
        Assert.DoesNotContain("data-ticket", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disconnected_portal_comes_back_when_an_administrator_opens_the_app()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        await app.Portals.SetStateAsync((await app.PortalAsync()).Id, PortalState.Disconnected, "invalid_grant", TestContext.Current.CancellationToken);

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue());

        Assert.Equal(PortalState.Connected, (await app.PortalAsync()).State);
    }

    [Fact]
    public async Task A_card_without_an_installation_path_installs_when_the_app_is_opened()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(PortalState.Connected, (await app.PortalAsync()).State);
        Assert.Contains("send_to_esb", _bitrix24.Robots.Keys);
    }

    /// <summary>The reconciliation that follows an installation in the background is over.</summary>
    private async Task QuietAsync(TestApp app)
    {
        await Eventually.Async(() => _bitrix24.CallsOf("bizproc.robot.list").Count >= 2, Limit, TestContext.Current.CancellationToken);
        await Eventually.Async(() => _bitrix24.CallsOf("event.get").Count >= 2, Limit, TestContext.Current.CancellationToken);
        Assert.NotNull(await app.PortalAsync());
    }

    private Dictionary<string, string?> Connection(int index, string code, string name, string portal) => new()
    {
        [$"Esb:Connections:{index}:Code"] = code,
        [$"Esb:Connections:{index}:Name"] = name,
        [$"Esb:Connections:{index}:WebhookUrl"] = $"{_bitrix24.Portal}rest/1/webhooksecret{index}/",
        [$"Esb:Connections:{index}:Portals:0"] = portal,
    };
}
