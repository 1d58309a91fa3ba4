using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Tests.Api;

public sealed class ApiTests : ApiTestBase
{
    private const string Profile = """{"schema":1,"name":{"ru":"Мой","en":"Mine"},"rules":[{"to":"title","from":"title"}]}""";

    [Fact]
    public async Task Nobody_comes_in_without_a_token_that_the_authorization_server_vouches_for()
    {
        await using var app = await StartAsync();
        var genuine = Bitrix24.Issue().Access;

        Assert.Equal(HttpStatusCode.Unauthorized, (await BeginAsync(app, Bitrix24Stub.Member, "made-up")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await BeginAsync(app, "fedcba9876543210fedcba9876543210", genuine)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await BeginAsync(app, "", "")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync("/api/profiles")).StatusCode);
    }

    [Fact]
    public async Task A_token_of_another_app_on_the_portal_is_none_of_ours()
    {
        await using var app = await StartAsync();
        await app.Portals.SaveCredentialsAsync((await app.PortalAsync()).Id, new(Bitrix24Stub.ClientId, new(Bitrix24Stub.ClientSecret)), Cancel);
        Bitrix24.NamedClientId = "local.aaaaaaaaaaaaaa.00000000";

        Assert.Equal(HttpStatusCode.Unauthorized, (await BeginAsync(app, Bitrix24Stub.Member, Bitrix24.Issue().Access)).StatusCode);
    }

    [Fact]
    public async Task A_session_ends_after_half_an_hour()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/profiles")).StatusCode);

        app.Clock.Advance(TimeSpan.FromMinutes(31));

        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetAsync("/api/profiles")).StatusCode);
    }

    [Fact]
    public async Task Who_is_no_administrator_sees_and_changes_nothing()
    {
        await using var app = await StartAsync();
        var session = await SignInAsync(app, isAdministrator: false);

        Assert.False(session.GetProperty("isAdministrator").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/profiles/default")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/tables/esb")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(app, "/api/profiles/mine", Profile)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/tables/esb", """{"entries":[],"resend":false}""")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.Http.DeleteAsync(new Uri("/api/tables/esb?kind=users&source=7", UriKind.Relative), Cancel)).StatusCode);
        foreach (var path in new[] { "suggest", "validate", "dry-run" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, $"/api/profiles/{path}", """{"connection":"esb","dealId":1}""")).StatusCode);
        }
    }

    [Fact]
    public async Task A_profile_is_saved_in_versions_and_compared()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);

        using var first = await PutAsync(app, "/api/profiles/mine", Profile);
        using var second = await PutAsync(app, "/api/profiles/mine", Profile.Replace("\"from\":\"title\"", "\"constant\":\"x\"", StringComparison.Ordinal));
        using var broken = await PutAsync(app, "/api/profiles/mine", """{"schema":9}""");
        using var taken = await PutAsync(app, "/api/profiles/default", Profile);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity, HttpStatusCode.Conflict], [first.StatusCode, second.StatusCode, broken.StatusCode, taken.StatusCode]);
        var list = await JsonAsync(app, "/api/profiles");
        Assert.Equal(["default 1 False", "invoices 1 False", "leads 1 False", "mine 2 True", "quotes 1 False", "smart-processes 1 False"], list.EnumerateArray().Select(row => $"{row.GetProperty("code")} {row.GetProperty("version")} {row.GetProperty("isOwn").GetBoolean()}"));
        Assert.Equal([2, 1], (await JsonAsync(app, "/api/profiles/mine/versions")).EnumerateArray().Select(version => version.GetProperty("version").GetInt32()));
        Assert.Equal("rules[title]", Assert.Single((await JsonAsync(app, "/api/profiles/mine/diff?from=1")).EnumerateArray()).GetProperty("path").GetString());
        Assert.Equal(Profile, (await JsonAsync(app, "/api/profiles/mine?version=1")).GetProperty("json").GetString());
    }

    [Fact]
    public async Task Nothing_of_another_portal_ever_answers()
    {
        await using var app = await StartAsync();
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        await app.Get<ProfileStore>().SaveAsync("theirs", Profile, other.Id, Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", owner: other.Id), Cancel);
        await app.Get<ValueTableStore>().SaveAsync(other.Id, "esb", [new("users", "7", "99")], Cancel);
        await app.Get<ValueTableStore>().SaveAsync(other.Id, "theirs", [new("users", "7", "99")], Cancel);
        await SignInAsync(app);

        Assert.DoesNotContain("theirs", (await JsonAsync(app, "/api/profiles")).EnumerateArray().Select(profile => profile.GetProperty("code").GetString()));
        Assert.Empty((await JsonAsync(app, "/api/tables/esb")).EnumerateArray());
        foreach (var path in new[] { "/api/profiles/theirs", "/api/profiles/theirs?version=1", "/api/profiles/theirs/versions", "/api/profiles/theirs/diff?from=1", "/api/tables/theirs" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync(path)).StatusCode);
        }

        foreach (var (path, body) in new[]
        {
            ("/api/profiles/suggest", """{"connection":"theirs"}"""), ("/api/profiles/validate", """{"connection":"esb","code":"theirs"}"""),
            ("/api/profiles/dry-run", """{"connection":"esb","code":"theirs","dealId":1}"""), ("/api/tables/theirs", """{"entries":[],"resend":false}"""),
        })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(app, path, body)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync(app, "/api/profiles/theirs", Profile)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.DeleteAsync(new Uri("/api/tables/esb?kind=users&source=7", UriKind.Relative), Cancel)).StatusCode);
        Assert.Single((await app.Get<ValueTableStore>().FindAsync(other.Id, "esb", Cancel)).Entries);
    }

    [Fact]
    public async Task An_entry_is_added_and_the_transfers_that_missed_it_begin_anew()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var id = await FailAsync(app, "Добавьте: b24robot profile table add --portal p --connection esb stages C1:NEW NEW --resend");
        var other = await FailAsync(app, "Добавьте: b24robot profile table add --portal p --connection esb stages C1:NEWER NEW --resend", 16);

        using var answer = await PostAsync(app, "/api/tables/esb", """{"entries":[{"kind":"stages","source":"C1:NEW","esb":"NEW","label":"Новая"}],"resend":true}""");
        using var wrong = await PostAsync(app, "/api/tables/esb", """{"entries":[{"kind":"stage","source":"1","esb":"2"}],"resend":false}""");

        Assert.Equal(1, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("resent").GetInt32());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        Assert.Equal("Новая", Assert.Single((await JsonAsync(app, "/api/tables/esb")).EnumerateArray()).GetProperty("label").GetString());
        Assert.Equal(TransferState.Failed, (await app.Transfers.FindAsync(other, Cancel))!.State);
        Assert.NotNull(await app.Transfers.FindAsync(id, Cancel));
    }
}
