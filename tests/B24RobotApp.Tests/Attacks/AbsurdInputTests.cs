using System.Net;
using System.Text;
using B24RobotApp.Tests.Api;

namespace B24RobotApp.Tests.Attacks;

/// <summary>Whatever a session sends to any address of the API, the answer is one of the app's own and never a crash.</summary>
public sealed class AbsurdInputTests : ApiTestBase
{
    public static TheoryData<string, string> Bodies => new()
    {
        { "nothing", "" },
        { "null", "null" },
        { "a list", "[]" },
        { "a text", "\"x\"" },
        { "a number too big", """{"dealId":1e999,"connection":"esb","code":9e99,"mode":9}""" },
        { "texts where lists are wanted", """{"connection":"esb","keys":"x","webhooks":"x","entries":"x","filter":"x","properties":"x"}""" },
        { "nothing in lists", """{"connection":"esb","keys":[null],"webhooks":[null],"entries":[null],"filter":{"stages":[null],"ids":null},"properties":{"fields":[null],"title":null}}""" },
        { "half a character", """{"connection":"\ud800","code":"\ud800","name":"\ud800","webhooks":["\ud800"],"clientId":"\ud800","clientSecret":"\ud800","keys":["\ud800"]}""" },
        { "zero characters", """{"connection":"esb\u0000","code":"\u0000","name":"\u0000","profile":"\u0000","keys":["\u0000"],"entries":[{"kind":"users","source":"\u0000","esb":"\u0000"}]}""" },
        { "a document in depth", $$"""{"connection":"esb","json":"{{new string('[', 20_000)}}"}""" },
        { "depth", new string('[', 20_000) },
        { "a body in depth", string.Concat(Enumerable.Repeat("{\"filter\":", 200)) + "1" + new string('}', 200) },
        { "properties in depth", $$$"""{"connection":"esb","dealId":1,"json":"{\"schema\":1,\"rules\":[]}","properties":{"a":{{{new string('[', 50)}}}{{{new string(']', 50)}}}}}""" },
        { "SQL and markup", """{"connection":"' OR 1=1 --","code":"'; DROP TABLE transfers; --","name":"<script>alert(1)</script>","keys":["' OR '1'='1"],"filter":{"stages":["%' OR 1=1 --"]}}""" },
        { "dates out of time", """{"connection":"esb","receivedFrom":"0001-01-01T00:00:00+14:00","receivedBefore":"9999-12-31T23:59:59-14:00","filter":{"createdFrom":"0001-01-01T00:00:00Z","createdBefore":"9999-12-31T23:59:59Z"}}""" },
    };

    public static TheoryData<string> Ids => ["..%2f..%2fetc%2fpasswd", "%27%20OR%201%3D1--", "%ED%A0%80", "-1", "99999999999999999999999", "%3Cscript%3E", new string('x', 3000)];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task An_absurd_body_is_refused_wherever_it_is_sent(string what, string body)
    {
        await using var app = await StartAsync();
        await SignInAsync(app);

        foreach (var operation in ApiOperations.Read(await JsonAsync(app, "/api/openapi.json")).Where(operation => operation.Changes))
        {
            using var request = new HttpRequestMessage(operation.Method, ApiOperations.Fill(operation.Path, name => name == "id" ? "1" : "esb"));
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await app.Http.SendAsync(request, Cancel);

            Assert.True((int)answer.StatusCode < 500 || answer.StatusCode == HttpStatusCode.BadGateway, $"{what} at {operation}: {answer.StatusCode}");
        }

        Assert.DoesNotContain(" ERR ", app.Log, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task An_absurd_name_finds_nothing(string id)
    {
        await using var app = await StartAsync();
        await SignInAsync(app);

        foreach (var operation in ApiOperations.Read(await JsonAsync(app, "/api/openapi.json")).Where(operation => operation.HasParameters))
        {
            using var request = new HttpRequestMessage(operation.Method, ApiOperations.Fill(operation.Path, _ => id) + $"?version={id}&from=1&to={id}&kind={id}&source={id}");
            request.Content = operation.Changes ? new StringContent("{}", Encoding.UTF8, "application/json") : null;
            using var answer = await app.Http.SendAsync(request, Cancel);

            Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{operation}: {answer.StatusCode}");
        }

        Assert.DoesNotContain(" ERR ", app.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/transfers?text=%25' OR 1=1 --&item=1&most=2147483647&before=-9223372036854775808")]
    [InlineData("/api/transfers?text=%00&state=done&state=done")]
    [InlineData("/api/transfers?text=%ED%A0%80")]
    [InlineData("/api/transfers/export?text=_%25%5C")]
    [InlineData("/api/transfers/summary?days=-2147483648")]
    [InlineData("/api/transfers?most=99999999999999999999")]
    [InlineData("/api/transfers?before=x&item=1e5")]
    [InlineData("/api/profiles/default?version=-2147483648")]
    [InlineData("/api/profiles/default/diff?from=2147483647&to=-1")]
    public async Task Absurd_questions_have_answers(string path)
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        await FailAsync(app, "a transfer");

        using var answer = await app.GetAsync(path);

        Assert.True((int)answer.StatusCode < 500, answer.StatusCode.ToString());
        Assert.DoesNotContain("a transfer", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain(" ERR ", app.Log, StringComparison.Ordinal);
    }
}
