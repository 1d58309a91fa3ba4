using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Rest;

public sealed class AuthenticationTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync();

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    private Uri Method(string name) => new(_sandbox.Source.BaseUrl, $"rest/{name}");

    [Fact]
    public async Task Without_a_token_or_with_garbage_nobody_is_found()
    {
        var without = await _sandbox.PostJsonAsync(Method("test.echo"), "{}");
        var garbage = await _sandbox.PostJsonAsync(Method("test.echo"), """{"auth":"garbage"}""");

        Assert.Equal((401, "NO_AUTH_FOUND"), (without.Status, without.Error));
        Assert.Equal((401, "NO_AUTH_FOUND"), (garbage.Status, garbage.Error));
    }

    [Fact]
    public async Task A_method_that_does_not_exist_is_said_so_before_anybody_is_asked_who_he_is()
    {
        var answer = await _sandbox.PostJsonAsync(Method("no.such.method"), "{}");

        Assert.Equal((404, "ERROR_METHOD_NOT_FOUND"), (answer.Status, answer.Error));
        Assert.Null(answer.Json["time"]);
    }

    [Fact]
    public async Task A_token_dies_after_an_hour_of_the_portals_clock()
    {
        var token = _sandbox.Token(_sandbox.InstallApp());

        _sandbox.Clock.Advance(TimeSpan.FromSeconds(3599));
        var alive = await _sandbox.PostJsonAsync(Method("test.echo"), $$"""{"auth":"{{token}}"}""");
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(1));
        var dead = await _sandbox.PostJsonAsync(Method("test.echo"), $$"""{"auth":"{{token}}"}""");

        Assert.Equal(200, alive.Status);
        Assert.Equal((401, "expired_token"), (dead.Status, dead.Error));
    }

    [Fact]
    public async Task A_token_of_another_portal_is_worth_nothing()
    {
        var token = _sandbox.Token(_sandbox.InstallApp());

        var answer = await _sandbox.PostJsonAsync(new Uri(_sandbox.Esb.BaseUrl, "rest/test.echo"), $$"""{"auth":"{{token}}"}""");

        Assert.Equal("NO_AUTH_FOUND", answer.Error);
    }

    [Theory]
    [InlineData("auth")]
    [InlineData("access_token")]
    public async Task A_token_is_taken_from_the_query_too(string name)
    {
        var token = _sandbox.Token(_sandbox.InstallApp());

        var answer = await _sandbox.GetAsync(new Uri(Method("test.echo") + $"?{name}={token}&a=1"));

        Assert.Equal("""{"a":"1"}""", answer.Result!.ToJsonString());
    }

    [Theory]
    [InlineData(PortalGeneration.Newest, 200)]
    [InlineData(PortalGeneration.Older, 401)]
    public async Task A_bearer_header_is_read_by_newer_portals_only(PortalGeneration generation, int status)
    {
        _sandbox.Source.Settings.Generation = generation;
        using var request = new HttpRequestMessage(HttpMethod.Get, Method("test.echo"));
        request.Headers.Authorization = new("Bearer", _sandbox.Token(_sandbox.InstallApp()));

        using var response = await _sandbox.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_missing_scope_is_refused()
    {
        var app = _sandbox.InstallApp("bizproc");
        var webhook = _sandbox.Source.CreateIncomingWebhook(1, "im");

        var byApp = await _sandbox.CallAsync(app, "test.crm");
        var byWebhook = await _sandbox.CallAsync(webhook, "test.crm");

        Assert.Equal((403, "insufficient_scope"), (byApp.Status, byApp.Error));
        Assert.Equal((403, "insufficient_scope"), (byWebhook.Status, byWebhook.Error));
    }

    [Fact]
    public async Task A_wrong_secret_or_another_users_number_are_invalid_credentials()
    {
        var webhook = _sandbox.Source.CreateIncomingWebhook(1, "crm");

        var secret = await _sandbox.PostJsonAsync(Method("1/0123456789abcdef/test.echo"), "{}");
        var user = await _sandbox.PostJsonAsync(Method($"7/{webhook.Secret}/test.echo"), "{}");

        Assert.Equal((403, "INVALID_CREDENTIALS"), (secret.Status, secret.Error));
        Assert.Equal((403, "INVALID_CREDENTIALS"), (user.Status, user.Error));
    }

    [Fact]
    public async Task A_deleted_webhook_is_refused()
    {
        var webhook = _sandbox.Source.CreateIncomingWebhook(1, "crm");
        _sandbox.Source.DeleteIncomingWebhook(webhook);

        Assert.Equal("INVALID_CREDENTIALS", (await _sandbox.CallAsync(webhook, "test.echo")).Error);
    }

    [Fact]
    public async Task A_dismissed_user_takes_his_tokens_and_webhooks_with_him()
    {
        var app = _sandbox.InstallApp();
        var webhook = _sandbox.Source.CreateIncomingWebhook(7, "crm");
        _sandbox.Source.FindUser(7)!.IsActive = false;

        Assert.Equal("authorization_error", (await _sandbox.CallAsync(app, "test.echo", userId: 7)).Error);
        Assert.Equal("authorization_error", (await _sandbox.CallAsync(webhook, "test.echo")).Error);
    }

    [Fact]
    public async Task A_user_whom_the_application_was_not_opened_for_has_no_access_and_an_administrator_has()
    {
        var app = _sandbox.InstallApp();
        app.AllowedUserIds = new HashSet<long> { 12 };

        var user = await _sandbox.CallAsync(app, "test.echo", userId: 7);

        Assert.Equal((403, "user_access_error"), (user.Status, user.Error));
        Assert.Equal(200, (await _sandbox.CallAsync(app, "test.echo", userId: 1)).Status);
    }

    [Fact]
    public async Task Without_the_subscription_there_is_no_rest()
    {
        var app = _sandbox.InstallApp();
        _sandbox.Source.Settings.HasRestAccess = false;

        var answer = await _sandbox.CallAsync(app, "test.echo");

        Assert.Equal((403, "ACCESS_DENIED"), (answer.Status, answer.Error));
        Assert.Contains("commercial plans", answer.Json["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_that_is_switched_off_is_not_found()
    {
        var app = _sandbox.InstallApp();
        var token = _sandbox.Token(app);
        app.IsActive = false;

        var answer = await _sandbox.PostJsonAsync(Method("test.echo"), $$"""{"auth":"{{token}}"}""");

        Assert.Equal((403, "APPLICATION_NOT_FOUND"), (answer.Status, answer.Error));
    }
}
