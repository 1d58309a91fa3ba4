using System.Net;
using B24RobotApp.Tests.Infrastructure;

namespace B24RobotApp.Tests.Health;

public sealed class HealthTests
{
    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    public async Task A_server_that_works_says_so(string path, string expected)
    {
        using var bitrix24 = new Bitrix24Stub();
        await using var app = await TestApp.StartAsync(bitrix24);
        await app.InstallAsync(bitrix24);

        using var response = await app.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
