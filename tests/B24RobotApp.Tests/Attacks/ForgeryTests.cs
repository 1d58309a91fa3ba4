using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Api;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Queue;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Tests.Attacks;

/// <summary>People with something genuine in their hands who want more than it gives them, and people with nothing who want the app to ask for them.</summary>
public sealed class ForgeryTests : ApiTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_employee_cannot_play_robot_with_his_own_access_token()
    {
        await using var app = await StartAsync();

        // His token is genuine, any script in the portal's frame has it; a robot's call it does not make, since the portal has not signed its event token.
        using var answer = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(
            Bitrix24, Bitrix24.Issue(userId: 5, isAdministrator: false), ("auth[application_token]", "made-up"), ("event_token", "forged"), ("properties[title]", "mine")));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Eventually.Async(() => app.Log.Contains("is dropped", StringComparison.Ordinal), Limit, Cancel);
        Assert.Empty(await app.Transfers.ListAsync(new TransferQuery(), Cancel));
    }

    [Fact]
    public async Task A_call_that_is_not_believed_yet_may_not_be_big()
    {
        await using var app = await StartAsync();
        Bitrix24.OAuthIsDown = true;

        using var doubtful = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(
            Bitrix24, ("made-up", "made-up"), ("auth[application_token]", "made-up"), ("properties[comment]", new string('x', 1_000_000))));
        using var genuine = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(Bitrix24, null, ("properties[comment]", new string('x', 1_000_000))));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, doubtful.StatusCode);
        Assert.Equal(HttpStatusCode.OK, genuine.StatusCode);
        Assert.Single(await app.Transfers.ListAsync(new TransferQuery(), Cancel));
    }

    [Fact]
    public async Task Whoever_names_a_portal_that_is_not_allowed_makes_the_app_ask_nobody()
    {
        await using var app = await TestApp.StartAsync(Bitrix24);

        using var page = await app.PostAsync(Posts.Frame("/install", "evil.example"), Posts.FrameBody(Bitrix24, Bitrix24.Issue()));
        using var installed = await app.PostAsync("/events", Posts.Event(Bitrix24, "ONAPPINSTALL", Bitrix24.Issue(), ("auth[domain]", "evil.example")));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (page.StatusCode, installed.StatusCode));
        Assert.Empty(Bitrix24.OAuthRequests);
        Assert.Empty(Bitrix24.Calls);
    }

    [Fact]
    public async Task A_text_too_long_for_a_token_is_handed_on_to_nobody()
    {
        await using var app = await StartAsync();
        var asked = Bitrix24.OAuthRequests.Count;

        using var answer = await BeginAsync(app, Bitrix24Stub.Member, new string('x', 100_000));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(asked, Bitrix24.OAuthRequests.Count);
    }

    [Fact]
    public async Task A_flood_of_forged_pages_reaches_the_authorization_server_a_few_at_a_time()
    {
        await using var app = await StartAsync();
        Bitrix24.OAuthHolds = new TaskCompletionSource();

        var flood = Enumerable.Range(0, 200).Select(number => app.OpenAsync("/app", Bitrix24, ($"forged-{number}", "forged"))).ToList();
        await Eventually.Async(() => flood.Count(page => page.IsCompleted) >= 100, Limit, Cancel);
        var reached = Bitrix24.MostOAuthAtOnce;
        Bitrix24.OAuthHolds.SetResult();
        var statuses = (await Task.WhenAll(flood)).Select(answer => answer.StatusCode).ToList();

        Assert.InRange(reached, 1, 16);
        Assert.DoesNotContain(HttpStatusCode.OK, statuses);
        Assert.DoesNotContain(HttpStatusCode.InternalServerError, statuses);
    }

    [Fact]
    public async Task A_bearer_ends_with_the_app_on_its_portal()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/me")).StatusCode);

        using var deleted = await app.PostAsync("/events", Posts.Event(Bitrix24, "ONAPPUNINSTALL"));

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        foreach (var operation in ApiOperations.Read(await JsonAsync(app, "/api/openapi.json")).Where(operation => !operation.Changes && !operation.HasParameters))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync(operation.Path)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await BeginAsync(app, Bitrix24Stub.Member, Bitrix24.Issue().Access)).StatusCode);
    }

    [Fact]
    public async Task Nothing_else_that_the_app_has_signed_is_a_bearer()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var bearer = app.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        var cipher = app.Get<IDataProtectionProvider>().CreateProtector("another purpose").Protect(bearer);
        await using var elsewhere = await StartAsync();
        await SignInAsync(elsewhere);
        var stranger = elsewhere.Http.DefaultRequestHeaders.Authorization!.Parameter!;

        foreach (var token in new[] { cipher, stranger, bearer[..^1] + (bearer[^1] == 'A' ? 'B' : 'A'), bearer + "A", "", "null", new string('A', 8000) })
        {
            app.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync("/api/me")).StatusCode);
        }

        app.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync($"/api/me?access_token={bearer}")).StatusCode);
    }

    [Fact]
    public async Task A_user_who_was_an_administrator_is_none_any_more_with_his_next_session()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);

        // What he has in hand is good for half an hour at most.
        var session = await SignInAsync(app, isAdministrator: false);

        Assert.False(session.GetProperty("isAdministrator").GetBoolean());
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/transfers/retry", "{}")).StatusCode);
    }

    [Fact]
    public async Task What_a_body_says_of_its_sender_is_passed_over()
    {
        await using var app = await StartAsync();

        using var answer = await app.PostAsync("/api/session", JsonContent.Create(new
        {
            memberId = Bitrix24Stub.Member, accessToken = Bitrix24.Issue(7, isAdministrator: false).Access, language = "ru", isAdministrator = true, userId = 1, administrator = "Y",
        }));

        var session = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.False(session.GetProperty("isAdministrator").GetBoolean());
        Assert.Equal(7, session.GetProperty("userId").GetInt64());
    }

    [Fact]
    public async Task An_event_of_a_portal_that_deleted_the_app_makes_the_app_call_nobody()
    {
        await using var app = await StartAsync();

        // What the installation has set going comes to its end: the stub is no ESB that could be made ready.
        await Eventually.Async(() => app.Log.Contains("is not ready", StringComparison.Ordinal), TimeSpan.FromSeconds(30), Cancel);
        using var deleted = await app.PostAsync("/events", Posts.Event(Bitrix24, "ONAPPUNINSTALL"));
        var calls = Bitrix24.Calls.Count;

        using var update = await app.PostAsync("/events", Posts.Event(Bitrix24, "ONAPPUPDATE"));
        app.Clock.Advance(TimeSpan.FromHours(12));
        using var ready = await app.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(calls, Bitrix24.Calls.Count);
        Assert.Equal(B24RobotApp.Transfers.Portals.PortalState.Uninstalled, (await app.PortalAsync()).State);
    }

    [Fact]
    public async Task An_altered_or_replayed_call_of_another_portal_is_not_this_portals()
    {
        await using var app = await StartAsync();
        await app.Portals.SaveInstallationAsync(Given.Installation(2, applicationToken: "token-of-the-other"), Cancel);

        // Each portal's token speaks for that portal alone, whatever else the call says.
        using var theirToken = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(Bitrix24, null, ("auth[application_token]", "token-of-the-other")));
        using var theirName = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(Bitrix24, null, ("auth[member_id]", Given.Member(2).Value)));
        using var theirEvent = await app.PostAsync("/events", Posts.Event(Bitrix24, "ONAPPUNINSTALL", null, ("auth[member_id]", Given.Member(2).Value)));

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [theirToken.StatusCode, theirName.StatusCode, theirEvent.StatusCode]);
        Assert.Empty(await app.Transfers.ListAsync(new TransferQuery(), Cancel));
        Assert.All(await app.Portals.ListAsync(Cancel), portal => Assert.Equal(B24RobotApp.Transfers.Portals.PortalState.Connected, portal.State));
    }

    [Fact]
    public async Task Who_comes_and_who_is_refused_is_in_the_log()
    {
        await using var app = await StartAsync();

        await BeginAsync(app, Bitrix24Stub.Member, "made-up");
        await SignInAsync(app, isAdministrator: false);
        using var forbidden = await PostAsync(app, "/api/transfers/retry", "{}");

        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Contains($"A session in the name of the portal with the member id {Bitrix24Stub.Member} is refused", app.Log, StringComparison.Ordinal);
        Assert.Contains("User 7 of 127.0.0.1", app.Log, StringComparison.Ordinal);
        Assert.Contains("is forbidden POST", app.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up", app.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(app.Http.DefaultRequestHeaders.Authorization!.Parameter!, app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connections_name_without_measure_is_not_kept_as_it_is()
    {
        await using var app = await StartAsync();

        using var answer = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(Bitrix24, null, ("properties[connection]", new string('x', 1_000_000))));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(100, Assert.Single(await app.Transfers.ListAsync(new TransferQuery(), Cancel)).Request.Connection.Length);
    }

    [Fact]
    public async Task Calls_in_the_names_of_portals_that_do_not_exist_leave_nothing_behind()
    {
        await using var app = await StartAsync();

        for (var number = 100; number < 1100; number++)
        {
            using var answer = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(Bitrix24, ("a", "b"), ("auth[member_id]", Given.Member(number).Value)));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.Empty(await app.Transfers.ListAsync(new TransferQuery(), Cancel));
        Assert.Single(await app.Portals.ListAsync(Cancel));
        Assert.Empty(Bitrix24.OAuthRequests.Skip(1));
    }

    [Theory]
    [InlineData("127.0.0.1", "xn--bitrix24-8i7b.ru")]
    [InlineData("*.bitrix24.ru", "bitrix24.ru.evil.example")]
    [InlineData("*.bitrix24.ru", "evilbitrix24.ru")]
    [InlineData("*.bitrix24.ru", "acme.bitrix24.ru@evil.example")]
    [InlineData("*.bitrix24.ru", "acme.bitrix24.ru%2f.evil.example")]
    [InlineData("*.bitrix24.ru", "acme.bitrix24.ru#.evil.example")]
    [InlineData("*.bitrix24.ru", "acme.bitrix24.ru?.evil.example")]
    [InlineData("*.bitrix24.ru", "acme.bitrix24.ru\\.evil.example")]
    [InlineData("*.bitrix24.ru", "аcme.bitrix24.ru")]
    [InlineData("*.bitrix24.ru", "[::1]")]
    [InlineData("*.bitrix24.ru", "2130706433")]
    public async Task A_host_that_only_looks_allowed_installs_nothing(string allowed, string domain)
    {
        await using var app = await TestApp.StartAsync(Bitrix24, new() { ["Bitrix24:AllowedPortals:0"] = allowed });

        using var page = await app.PostAsync(Posts.Frame("/install", domain, isHttps: true), Posts.FrameBody(Bitrix24, Bitrix24.Issue()));
        using var installed = await app.PostAsync("/events", Posts.Event(Bitrix24, "ONAPPINSTALL", Bitrix24.Issue(), ("auth[domain]", domain)));

        Assert.True((int)page.StatusCode is 400 or 403, page.StatusCode.ToString());
        Assert.True((int)installed.StatusCode is 400 or 403, installed.StatusCode.ToString());
        Assert.Empty(await app.Portals.ListAsync(Cancel));
        Assert.Empty(Bitrix24.Calls);
        Assert.Empty(Bitrix24.OAuthRequests);
        Assert.EndsWith("frame-ancestors 'none'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }
}
