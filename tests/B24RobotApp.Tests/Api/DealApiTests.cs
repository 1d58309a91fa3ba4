using System.Net;

namespace B24RobotApp.Tests.Api;

public sealed class DealApiTests : ApiTestBase
{
    [Fact]
    public async Task A_deal_that_the_portal_does_not_show_to_the_visitor_is_not_shown_and_not_sent()
    {
        await using var app = await StartAsync();
        await FailAsync(app, "a", 15);
        await SignInAsync(app);

        // The stub knows no deals, as a portal does not of those that a user may not see.
        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/api/deals/15")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/deals/15/send", """{"connection":"esb"}""")).StatusCode);
    }
}
