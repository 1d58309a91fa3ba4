using System.Net;
using B24RobotApp.Transfers.Audits;

namespace B24RobotApp.Tests.Api;

public sealed class AuditApiTests : ApiTestBase
{
    [Fact]
    public async Task Audits_are_for_administrators_alone()
    {
        await using var app = await StartAsync();
        await SignInAsync(app, isAdministrator: false);

        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/api/audits")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/audits", """{"connection":"esb"}""")).StatusCode);
    }

    [Fact]
    public async Task The_last_audit_of_each_connection_is_shown_with_words_for_what_was_found_and_another_may_be_asked_for()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var none = Assert.Single((await JsonAsync(app, "/api/audits")).EnumerateArray());
        var at = new DateTimeOffset(2026, 3, 16, 3, 0, 0, TimeSpan.Zero);
        await app.Get<AuditStore>().SaveAsync(
            (await app.PortalAsync()).Id,
            "esb",
            new AuditReport
            {
                Linked = 2, OnEsb = 1, Calls = 3, Counts = new Dictionary<AuditKind, int> { [AuditKind.Missing] = 1 }, Findings = [new AuditFinding(AuditKind.Missing, "deal", 15, 44)], StartedAt = at, FinishedAt = at,
            },
            Cancel);

        using var unknown = await PostAsync(app, "/api/audits", """{"connection":"nobody's"}""");
        using var wanted = await PostAsync(app, "/api/audits", """{"connection":"esb"}""");
        var shown = Assert.Single((await JsonAsync(app, "/api/audits")).EnumerateArray());

        Assert.Equal("esb", none.GetProperty("connection").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, none.GetProperty("finishedAt").ValueKind);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.Accepted), (unknown.StatusCode, wanted.StatusCode));
        Assert.True(shown.GetProperty("isWanted").GetBoolean());
        Assert.Equal((2, 1), (shown.GetProperty("linked").GetInt32(), shown.GetProperty("counts").GetProperty("missing").GetInt32()));
        var finding = Assert.Single(shown.GetProperty("findings").EnumerateArray());
        Assert.Equal(("missing", 44), (finding.GetProperty("kind").GetString(), finding.GetProperty("esbDealId").GetInt32()));
        Assert.Contains("15", finding.GetProperty("text").GetString(), StringComparison.Ordinal);
    }
}
