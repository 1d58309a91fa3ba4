using System.Globalization;
using System.Net;

namespace B24RobotApp.Sandbox.Tests.Rest;

public sealed class RequestTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync();

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    private Uri Echo => new(_sandbox.Source.CreateIncomingWebhook(1, "crm").Url, "test.echo");

    [Fact]
    public async Task A_form_with_brackets_and_a_json_body_mean_the_same()
    {
        var form = await _sandbox.PostFormAsync(Echo, "fields[TITLE]=%D0%94&ids[]=1&ids[]=2");
        var json = await _sandbox.PostJsonAsync(Echo, """{"fields":{"TITLE":"Д"},"ids":["1","2"]}""");

        Assert.Equal("""{"fields":{"TITLE":"Д"},"ids":["1","2"]}""", form.Result!.ToJsonString(Plain.Json));
        Assert.Equal(form.Result.ToJsonString(), json.Result!.ToJsonString());
    }

    [Fact]
    public async Task Json_keeps_its_types_and_a_form_knows_texts_only()
    {
        var json = await _sandbox.PostJsonAsync(Echo, """{"a":1,"b":true,"c":null,"d":1.5}""");
        var form = await _sandbox.PostFormAsync(Echo, "a=1&b=true&d=1.5");

        Assert.Equal("""{"a":1,"b":true,"c":null,"d":1.5}""", json.Result!.ToJsonString());
        Assert.Equal("""{"a":"1","b":"true","d":"1.5"}""", form.Result!.ToJsonString());
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("\"text\"")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    public async Task A_body_that_is_no_json_object_counts_as_no_parameters(string body)
    {
        var answer = await _sandbox.PostJsonAsync(Echo, body);

        Assert.Equal(200, answer.Status);
        Assert.Equal("[]", answer.Result!.ToJsonString());
    }

    [Fact]
    public async Task Query_and_body_are_put_together_and_the_body_wins()
    {
        var answer = await _sandbox.PostJsonAsync(new Uri(Echo + "?a=query&b=query"), """{"a":"body"}""");

        Assert.Equal("""{"a":"body","b":"query"}""", answer.Result!.ToJsonString());
    }

    [Fact]
    public async Task A_call_by_get_reads_its_parameters_from_the_query()
    {
        var answer = await _sandbox.GetAsync(new Uri(Echo + "?a[x]=1"));

        Assert.Equal("""{"a":{"x":"1"}}""", answer.Result!.ToJsonString());
    }

    [Theory]
    [InlineData("TEST.Echo")]
    [InlineData("test.echo.json")]
    [InlineData("test.echo/")]
    [InlineData("test.echo.json/")]
    public async Task A_method_is_found_in_any_case_with_a_suffix_and_a_slash(string method)
    {
        var answer = await _sandbox.PostJsonAsync(new Uri(Echo, method), "{}");

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task An_address_that_ends_in_xml_is_answered_in_xml()
    {
        var answer = await _sandbox.PostJsonAsync(new Uri(Echo, "test.echo.xml"), """{"a":"<1>","b":["x"]}""");

        Assert.Equal("text/xml; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.StartsWith("<response><result><a>&lt;1&gt;</a><b><item>x</item></b></result>", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_frameworks_own_parameters_never_reach_a_method()
    {
        var app = _sandbox.InstallApp();

        var answer = await _sandbox.CallAsync(app, "test.echo", """{"a":1,"state":"s","start":50,"auth_connector":"c"}""");

        Assert.Equal("""{"a":1}""", answer.Result!.ToJsonString());
    }

    [Fact]
    public async Task The_envelope_tells_the_time_in_the_servers_zone()
    {
        _sandbox.Source.Costs["test.echo"] = TimeSpan.FromSeconds(2);

        var answer = await _sandbox.PostJsonAsync(Echo, "{}");

        var time = answer.Json["time"]!;
        Assert.Equal("2026-03-02T12:00:00+03:00", time["date_start"]!.GetValue<string>());
        Assert.Equal("2026-03-02T12:00:02+03:00", time["date_finish"]!.GetValue<string>());
        Assert.Equal(2, time["duration"]!.GetValue<double>());
        Assert.Equal(2, time["processing"]!.GetValue<double>());
        Assert.Equal(2, time["operating"]!.GetValue<double>());
        Assert.Equal(time["start"]!.GetValue<double>() + 600, time["operating_reset_at"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_box_tells_no_operating_figures_and_no_application()
    {
        _sandbox.Source.Settings.IsCloud = false;

        var answer = await _sandbox.CallAsync(_sandbox.InstallApp(), "test.echo");

        Assert.Null(answer.Json["time"]!["operating"]);
        Assert.False(answer.Headers.ContainsKey("X-Bitrix-Rest-Application"));
    }

    [Fact]
    public async Task The_cloud_names_the_application_in_a_header()
    {
        var app = _sandbox.InstallApp();

        var answer = await _sandbox.CallAsync(app, "test.echo");

        Assert.Equal(app.ClientId, answer.Headers["X-Bitrix-Rest-Application"]);
    }

    [Fact]
    public async Task A_browser_may_call_from_a_frame()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, Echo);
        preflight.Headers.Add("Origin", "https://app.example.com");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type");

        using var response = await _sandbox.Http.SendAsync(preflight, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("content-type", response.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_that_moved_sends_on_from_its_old_address()
    {
        var old = new Uri(_sandbox.Source.BaseUrl, "rest/test.echo?a=1");

        var url = await _sandbox.Host.ChangeAddressAsync(_sandbox.Source, cancellationToken: TestContext.Current.CancellationToken);

        var answer = await _sandbox.PostJsonAsync(old, "{}");
        Assert.Equal(302, answer.Status);
        Assert.Equal(new Uri(url, "rest/test.echo?a=1").ToString(), answer.Headers["Location"]);
        Assert.Equal(200, (await _sandbox.CallAsync(_sandbox.InstallApp(), "test.echo")).Status);
    }

    [Theory]
    [InlineData("", 200)]
    [InlineData("User-Agent", 404)]
    [InlineData("Accept", 404)]
    [InlineData("Accept-Language", 404)]
    [InlineData("Referer", 404)]
    public async Task A_file_comes_with_its_name_but_only_to_a_client_that_says_all_about_itself(string missing, int status)
    {
        _sandbox.Source.Methods.Add("test.file", null, call =>
        {
            call.File = new B24RobotApp.Sandbox.Rest.RestFile("Счёт 1.pdf", "application/pdf", new byte[] { 1, 2, 3 });
            return null;
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Echo, "test.file"));
        foreach (var (name, value) in new[] { ("User-Agent", "Tests/1.0"), ("Accept", "*/*"), ("Accept-Language", "en"), ("Referer", _sandbox.Source.BaseUrl.ToString()) })
        {
            if (name != missing)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(
            "attachment; filename=\"____ 1.pdf\"; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82%201.pdf",
            answer.Content.Headers.NonValidated["Content-Disposition"].ToString());
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_cut_and_what_it_did_stays_done()
    {
        var done = 0;
        _sandbox.Source.Methods.Add("test.slow", null, _ => ++done);
        _sandbox.Source.Costs["test.slow"] = TimeSpan.FromSeconds(25);
        _sandbox.Source.Settings.RequestTimeLimit = TimeSpan.FromSeconds(60);
        var commands = string.Join(',', Enumerable.Range(0, 5).Select(number => string.Create(CultureInfo.InvariantCulture, $"\"c{number}\":\"test.slow\"")));

        var answer = await _sandbox.PostJsonAsync(new Uri(Echo, "batch"), $$$"""{"cmd":{{{{commands}}}}}""");

        Assert.Equal(504, answer.Status);
        Assert.Equal(3, done);
    }
}
