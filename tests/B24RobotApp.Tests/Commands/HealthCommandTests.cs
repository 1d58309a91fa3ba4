using B24RobotApp.Commands;
using WireMock.Server;
using RequestBuilder = WireMock.RequestBuilders.Request;
using ResponseBuilder = WireMock.ResponseBuilders.Response;

namespace B24RobotApp.Tests.Commands;

public sealed class HealthCommandTests
{
    [Fact]
    public async Task It_says_whether_the_server_takes_calls()
    {
        var (ready, full, gone) = ((0, "", ""), (0, "", ""), (0, "", ""));
        string url;
        using (var server = WireMockServer.Start())
        {
            url = server.Url!;
            Answer(server, 200, "ready");
            ready = await RunAsync(url);
            server.Reset();
            Answer(server, 503, "The database takes no writes.");
            full = await RunAsync(url);
        }

        gone = await RunAsync(url);
        var wrong = await RunAsync("ftp");

        Assert.Equal(ExitCodes.WrongUse, wrong.Code);
        Assert.Equal((ExitCodes.Done, "ready", ""), ready);
        Assert.Equal((ExitCodes.ToActOn, $"{url}/ is not ready: 503 The database takes no writes."), (full.Item1, full.Item3));
        Assert.Equal(ExitCodes.ToActOn, gone.Item1);
        Assert.StartsWith($"No server answers at {url}/. Name another address by --url", gone.Item3, StringComparison.Ordinal);
    }

    private static void Answer(WireMockServer server, int status, string word) =>
        server.Given(RequestBuilder.Create().WithPath("/health/ready")).RespondWith(ResponseBuilder.Create().WithStatusCode(status).WithBody(word));

    private static async Task<(int Code, string Output, string Error)> RunAsync(string url)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(["health", "--url", url], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString().TrimEnd(), error.ToString().TrimEnd());
    }
}
