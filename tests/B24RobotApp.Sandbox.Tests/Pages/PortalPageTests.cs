using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Pages;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Pages;

/// <summary>A portal's pages as they leave the server. What a browser makes of them is tested in one.</summary>
public sealed partial class PortalPageTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    private SandboxPortal Source => _sandbox.Source;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync(new SandboxOptions { WithSampleData = true, ControlPort = 0 });

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Theory]
    [InlineData("crm/deal/kanban/category/0/")]
    [InlineData("crm/deal/kanban/category/4/")]
    [InlineData("crm/deal/details/0/?category=0")]
    [InlineData("crm/deal/details/1/")]
    [InlineData("crm/deal/details/1/?tab=products")]
    [InlineData("crm/deal/details/1/?tab=timeline")]
    [InlineData("crm/deal/details/1/?tab=robots&IFRAME=Y")]
    [InlineData("crm/deal/recyclebin/")]
    [InlineData("crm/deal/automation/0/?add=setField&stage=NEW")]
    [InlineData("devops/")]
    public async Task A_page_holds_no_text_of_the_other_language_and_loads_nothing_from_elsewhere(string path)
    {
        Source.Settings.Language = "en";
        var answer = await _sandbox.GetAsync(new Uri(Source.BaseUrl, path));

        Assert.Equal((200, "text/html; charset=utf-8"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Contains("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'self'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.All(Loaded().Matches(answer.Text), loaded => Assert.StartsWith("/", loaded.Groups[1].Value, StringComparison.Ordinal));
        Assert.All(PortalTexts.All.Where(text => text.Russian.Length > 12), text => Assert.DoesNotContain(WebUtility.HtmlEncode(text.Russian), answer.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_text_is_there_in_both_languages() => Assert.All(PortalTexts.All, text =>
    {
        Assert.NotEqual("", text.Russian);
        Assert.NotEqual("", text.English);
        Assert.DoesNotMatch(Cyrillic(), text.English);
    });

    [Theory]
    [InlineData("crm/deal/details/999/", 404, "Такой сделки нет")]
    [InlineData("crm/deal/kanban/category/77/", 404, "Такой воронки нет")]
    [InlineData("crm/deal/details/1/?tab=app_5", 404, "Такой вкладки нет")]
    [InlineData("marketplace/app/77/", 404, "Такого приложения на портале нет")]
    [InlineData("nowhere/", 404, "Такой страницы здесь нет")]
    public async Task What_is_not_there_is_said_so(string path, int status, string says)
    {
        var answer = await _sandbox.GetAsync(new Uri(Source.BaseUrl, path));

        Assert.Equal(status, answer.Status);
        Assert.Contains(says, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_people_wrote_is_text_and_no_markup()
    {
        var deal = Source.Run(() => Source.Crm.AddDeal("<script>alert('x')</script>", "NEW", 0));
        Source.Run(() => Source.Crm.AddComment(2, deal, "[b]bold[/b] [url=https://a.example/]here[/url] <img src=x> https://b.example/?a=1&b=2."));

        var board = (await _sandbox.GetAsync(new Uri(Source.BaseUrl, "crm/deal/kanban/category/0/"))).Text;
        var timeline = (await _sandbox.GetAsync(new Uri(Source.BaseUrl, $"crm/deal/details/{deal}/?tab=timeline"))).Text;

        Assert.DoesNotContain("<script>alert", board, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert", board, StringComparison.Ordinal);
        Assert.Contains("<strong>bold</strong> <a href=\"https://a.example/\" target=\"_blank\" rel=\"noopener noreferrer\">here</a> &lt;img src=x&gt;", timeline, StringComparison.Ordinal);
        Assert.Contains("href=\"https://b.example/?a=1&amp;b=2\"", timeline, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://app.localhost:8080")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task A_form_that_comes_from_another_page_is_refused(string? origin)
    {
        var answer = await PostAsync("crm/deal/details/2/stage", "stage=WON", origin);

        Assert.Equal(403, answer.Status);
        Assert.Equal("NEW", Source.Run(() => Source.Crm.FindDeal(2))!.StageId);
    }

    [Fact]
    public async Task A_deal_is_moved_by_the_boards_form()
    {
        var answer = await PostAsync("crm/deal/details/2/stage", "stage=PREPARATION&back=%2Fcrm%2Fdeal%2Fkanban%2Fcategory%2F0%2F", Own);

        Assert.Equal((303, "/crm/deal/kanban/category/0/"), (answer.Status, answer.Headers["Location"]));
        Assert.Equal("PREPARATION", Source.Run(() => Source.Crm.FindDeal(2))!.StageId);
    }

    [Fact]
    public async Task Only_administrators_set_up_robots_and_applications()
    {
        Source.BrowserUserId = 7;

        Assert.Equal(403, (await _sandbox.GetAsync(new Uri(Source.BaseUrl, "devops/"))).Status);
        Assert.Equal(403, (await PostAsync("devops/application", "name=x", Own)).Status);
        Assert.Equal(403, (await PostAsync("crm/deal/automation/0/save", "type=comment&text=x&stage=NEW", Own)).Status);
        Assert.Empty(Source.Applications);
    }

    [Fact]
    public async Task The_card_is_saved_again_and_the_application_deleted_by_forms()
    {
        var app = _sandbox.InstallApp();
        await _sandbox.CallAsync(app, "bizproc.robot.add", $$"""{"CODE":"r","HANDLER":"{{_sandbox.Application.Url}}robot","NAME":"Robot"}""");
        await _sandbox.CallAsync(app, "event.bind", $$"""{"event":"ONAPPUNINSTALL","handler":"{{_sandbox.Application.Url}}gone"}""");

        await PostAsync($"devops/application/{app.Id}/save", "", Own);
        Assert.Empty(app.Robots);

        await PostAsync($"devops/application/{app.Id}/delete", "clean=Y", Own);
        await Source.WhenIdleAsync();
        Assert.Empty(Source.Applications);
        Assert.Equal("1", Assert.Single(_sandbox.Application.At("/gone")).Form["data"]!["CLEAN"]!.ToString());
    }

    [Fact]
    public async Task A_webhook_is_deleted_by_its_form()
    {
        var webhook = Source.CreateIncomingWebhook(1, "crm");

        Assert.Equal(303, (await PostAsync($"devops/webhook/{webhook.Id}/delete", "", Own)).Status);
        Assert.Equal(404, (await PostAsync($"devops/webhook/{webhook.Id}/delete", "", Own)).Status);
        Assert.Empty(Source.Webhooks);
    }

    [Fact]
    public async Task A_frame_that_stands_in_a_form_keeps_its_own_apart_and_holds_the_fields_of_a_real_portal()
    {
        var app = _sandbox.InstallApp();
        var page = (await _sandbox.GetAsync(new Uri(Source.BaseUrl, $"marketplace/app/{app.Id}/"))).Text;

        var form = Template().Match(page).Groups[1].Value;
        Assert.Equal(
            ["AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE", "member_id", "status", "PLACEMENT"],
            FieldName().Matches(form).Select(name => name.Groups[1].Value));
        var knowledge = JsonNode.Parse(WebUtility.HtmlDecode(Knowledge().Match(page).Groups[1].Value))!;
        Assert.Equal(
            ["LANG", "DOMAIN", "PROTOCOL", "PATH", "AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "MEMBER_ID", "FIRST_RUN", "IS_ADMIN", "INSTALL", "USER_OPTIONS", "APP_OPTIONS", "PLACEMENT", "PLACEMENT_OPTIONS"],
            knowledge["init"]!.AsObject().Select(field => field.Key));
        Assert.Equal("""{"USER_OPTIONS":[],"APP_OPTIONS":[],"PLACEMENT_OPTIONS":[]}""", new JsonObject
        {
            ["USER_OPTIONS"] = knowledge["init"]!["USER_OPTIONS"]!.DeepClone(),
            ["APP_OPTIONS"] = knowledge["init"]!["APP_OPTIONS"]!.DeepClone(),
            ["PLACEMENT_OPTIONS"] = knowledge["init"]!["PLACEMENT_OPTIONS"]!.DeepClone(),
        }.ToJsonString());
    }

    [Fact]
    public async Task A_frames_questions_are_answered_for_whom_it_was_opened_and_only_for_frames_that_are_open()
    {
        var app = _sandbox.InstallApp();
        Source.BrowserUserId = 7;
        var page = (await _sandbox.GetAsync(new Uri(Source.BaseUrl, $"marketplace/app/{app.Id}/"))).Text;
        var session = Session().Match(page).Groups[1].Value;
        Source.BrowserUserId = 1;

        var tokens = await PostAsync($"sandbox/frame/{session}/access_refresh", "{}", Own, "application/json");
        var options = await PostAsync($"sandbox/frame/{session}/set_option", """{"options":[{"name":"a","value":"b"}]}""", Own, "application/json");
        var unknown = await PostAsync("sandbox/frame/0123456789abcdef/access_refresh", "{}", Own, "application/json");

        Assert.Equal(7, _sandbox.Host.OAuthServer.Issued.Single(issued => issued.AccessToken == tokens.Json["access_token"]!.ToString()).UserId);
        Assert.Equal("access_denied", options.Error);
        Assert.Equal(404, unknown.Status);
    }

    private string Own => Source.BaseUrl.GetLeftPart(UriPartial.Authority);

    private async Task<Answer> PostAsync(string path, string body, string? origin, string contentType = "application/x-www-form-urlencoded")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Source.BaseUrl, path)) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new(contentType);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }
        using var response = await _sandbox.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    [GeneratedRegex("(?:<script[^>]* src|<link rel=\"stylesheet\" href|<img[^>]* src)=\"([^\"]*)\"")]
    private static partial Regex Loaded();

    [GeneratedRegex("[А-Яа-я]")]
    private static partial Regex Cyrillic();

    [GeneratedRegex("<template>(.*?)</template>", RegexOptions.Singleline)]
    private static partial Regex Template();

    [GeneratedRegex("type=\"hidden\" name=\"([^\"]+)\"")]
    private static partial Regex FieldName();

    [GeneratedRegex("data-frame=\"([^\"]+)\"")]
    private static partial Regex Knowledge();

    [GeneratedRegex("appframe_layout_([0-9a-f]{32})")]
    private static partial Regex Session();
}
