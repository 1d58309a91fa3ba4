using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Sendings;

namespace B24RobotApp.Tests.Api;

public sealed class SendingApiTests : ApiTestBase
{
    [Fact]
    public async Task Sendings_are_for_administrators_alone()
    {
        await using var app = await StartAsync();
        await SignInAsync(app, isAdministrator: false);

        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/api/sendings")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/sendings/preview", """{"connection":"esb"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/sendings", """{"connection":"esb"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/sendings/1/cancel", "")).StatusCode);
    }

    [Fact]
    public async Task A_sending_is_shown_with_its_progress_and_stopped_and_another_portals_is_neither()
    {
        await using var app = await StartAsync();
        var sendings = app.Get<SendingStore>();
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        var ours = await sendings.AddAsync((await app.PortalAsync()).Id, "esb", new SendingFilter { Stages = ["NEW"] }, 1, 7, Cancel);
        var theirs = await sendings.AddAsync(other.Id, "esb", new SendingFilter(), 1, 9, Cancel);
        await SignInAsync(app);

        var shown = Assert.Single((await JsonAsync(app, "/api/sendings")).EnumerateArray());
        using var stopped = await PostAsync(app, $"/api/sendings/{ours}/cancel", "");
        using var foreign = await PostAsync(app, $"/api/sendings/{theirs}/cancel", "");

        Assert.Equal((ours, 7, "NEW"), (shown.GetProperty("id").GetInt64(), shown.GetProperty("total").GetInt32(), shown.GetProperty("filter").GetProperty("stages")[0].GetString()));
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (stopped.StatusCode, foreign.StatusCode));
        Assert.Equal((SendingState.Cancelled, SendingState.Running), ((await sendings.FindAsync(ours, Cancel))!.State, (await sendings.FindAsync(theirs, Cancel))!.State));
    }

    [Fact]
    public async Task A_connection_that_the_portal_does_not_have_is_refused_and_what_the_portal_says_against_it_is_told()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);

        using var unknown = await PostAsync(app, "/api/sendings", """{"connection":"nobody's"}""");
        using var empty = await PostAsync(app, "/api/sendings/preview", """{"connection":"esb","filter":{"stages":null,"ids":[]}}""");
        Bitrix24.Refuses = method => method == "crm.item.list" ? (400, "INVALID_ARG_VALUE") : null;
        using var silent = await PostAsync(app, "/api/sendings/preview", """{"connection":"esb","filter":{"stages":["NEW"]}}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.OK, empty.StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, silent.StatusCode);
        Assert.Contains("INVALID_ARG_VALUE", (await silent.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await app.Get<SendingStore>().ListAsync(null, Cancel));
    }
}
