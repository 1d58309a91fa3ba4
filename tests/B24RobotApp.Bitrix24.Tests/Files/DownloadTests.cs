using System.Text;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.Tests.Calls;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace B24RobotApp.Bitrix24.Tests.Files;

public sealed class DownloadTests : IDisposable
{
    private const string Secret = "s3cr3t";

    private readonly WireMockServer _server = WireMockServer.Start();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CapturedLogs _logs = new();
    private readonly MemoryStream _target = new();

    private string Link => $"{_server.Url}/rest/crm.controller.item.getFile.json?auth={Secret}&token=crm%7Cabc";

    public void Dispose()
    {
        _server.Stop();
        _http.Dispose();
        _logs.Dispose();
        _target.Dispose();
    }

    [Fact]
    public async Task A_file_is_asked_for_with_the_headers_that_a_portal_demands_and_the_link_as_it_is()
    {
        Answer(Response.Create().WithHeader("Content-Disposition", "attachment; filename*=utf-8''%D0%A1.txt").WithBody("abc"));
        _http.DefaultRequestHeaders.Add("Accept", "application/json");

        var file = await DownloadAsync();

        var request = Assert.Single(_server.LogEntries).RequestMessage;
        Assert.Equal(("С.txt", 3, "abc"), (file.Name, file.Length, Encoding.UTF8.GetString(_target.ToArray())));
        Assert.Matches("^B24RobotApp/[0-9.]+$", request.Headers!["User-Agent"][0]);
        Assert.Equal("*/*", request.Headers["Accept"][0]);
        Assert.Contains("en-US", request.Headers["Accept-Language"][0], StringComparison.Ordinal);
        Assert.Equal(_server.Url + "/", request.Headers["Referer"][0]);
        Assert.EndsWith($"?auth={Secret}&token=crm|abc", request.AbsoluteUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        Answer(Response.Create().WithHeader("Content-Disposition", "attachment; filename=a.txt").WithBody(""));

        Assert.Equal(new DownloadedFile("a.txt", 0), await DownloadAsync());
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task A_file_above_the_limit_is_not_taken_but_named(int length, bool isTooLarge)
    {
        Answer(Response.Create().WithHeader("Content-Disposition", "attachment; filename=a.txt").WithBody(new string('x', length)));

        var file = await DownloadAsync(longest: 10);

        Assert.Equal((isTooLarge, "a.txt"), (file.IsTooLarge, file.Name));
    }

    [Fact]
    public async Task A_file_that_does_not_say_its_length_is_cut_at_the_limit()
    {
        await using var portal = new RawPortal(socket => RawPortal.SendAsync(
            socket,
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=a.txt\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n"));

        Assert.True((await NewClient(portal.Address).DownloadAsync(
            new FileLink(portal.Address + "x"), _target, 10, TestContext.Current.CancellationToken)).IsTooLarge);
    }

    [Theory]
    [InlineData(401, """{"error":"expired_token","error_description":"The token s3cr3t is old"}""", FailureKind.Refused, "expired_token")]
    [InlineData(403, """{"error":"ACCESS_DENIED","error_description":"no"}""", FailureKind.Refused, "ACCESS_DENIED")]
    [InlineData(503, """{"error":"QUERY_LIMIT_EXCEEDED"}""", FailureKind.NotExecuted, "QUERY_LIMIT_EXCEEDED")]
    [InlineData(200, """{"result":null}""", FailureKind.Refused, "NO_FILE")]
    [InlineData(200, """{"error":"bad s3cr3t code"}""", FailureKind.Refused, "NO_FILE")]
    [InlineData(404, "<html>404</html>", FailureKind.Refused, "HTTP_404")]
    [InlineData(502, "<html>502</html>", FailureKind.NotExecuted, "HTTP_502")]
    public async Task What_is_no_file_is_told_by_its_code(int status, string body, FailureKind kind, string code)
    {
        Answer(Response.Create().WithStatusCode(status).WithBody(body));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => DownloadAsync());

        Assert.Equal((kind, code), (failure.Kind, failure.Code));
        AssertSecret(failure);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        Answer(Response.Create().WithStatusCode(302).WithHeader("Location", $"{_server.Url}/elsewhere"));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => DownloadAsync());

        Assert.Equal((FailureKind.Refused, "HTTP_302"), (failure.Kind, failure.Code));
        Assert.Single(_server.LogEntries);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("https://evil.example/rest/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//evil.example/x")]
    public async Task A_link_to_another_host_is_refused_unasked(string link)
    {
        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(
            () => NewClient(_server.Url!).DownloadAsync(new FileLink(link), _target, 10, TestContext.Current.CancellationToken));

        Assert.Equal((FailureKind.Refused, "LINK_ELSEWHERE"), (failure.Kind, failure.Code));
        Assert.Empty(_server.LogEntries);
    }

    [Fact]
    public async Task A_download_that_breaks_is_none()
    {
        await using var portal = new RawPortal(async socket =>
        {
            await RawPortal.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=a.txt\r\nContent-Length: 1000\r\n\r\nhalf");
            RawPortal.Reset(socket);
        });

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(
            () => NewClient(portal.Address).DownloadAsync(new FileLink($"{portal.Address}x?auth={Secret}"), _target, 5000, TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.NotExecuted, failure.Kind);
        AssertSecret(failure);
    }

    private void AssertSecret(Bitrix24Exception failure)
    {
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
        Assert.All(_logs.Lines, line => Assert.DoesNotContain(Secret, line, StringComparison.Ordinal));
    }

    private void Answer(IResponseBuilder response) => _server.Given(Request.Create().UsingGet()).RespondWith(response);

    private Task<DownloadedFile> DownloadAsync(long longest = 1000) =>
        NewClient(_server.Url!).DownloadAsync(new FileLink(Link), _target, longest, TestContext.Current.CancellationToken);

    private PortalClient NewClient(string portal) =>
        new PortalClients(_http, new PortalLimits(), TimeProvider.System, _logs).For(new TestCredential(portal.TrimEnd('/') + "/"));
}
