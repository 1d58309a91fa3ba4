using System.Text.Json;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using static B24RobotApp.Bitrix24.Tests.Calls.ClientFixture;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>What becomes of a portal's answer, in all the forms that PHP and gateways give it.</summary>
public sealed class OutcomeTests : IDisposable
{
    private readonly ClientFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Each_call_of_a_batch_has_its_own_outcome_a_result_an_error_or_not_run()
    {
        var outcomes = await AnswerGroupAsync(
            4,
            """
            {"result":{"result":{"c0":{"item":{"id":5}},"c3":null},"result_error":{"c1":{"error":"ACCESS_DENIED","error_description":"Access denied."}},
             "result_total":{"c0":"7"},"result_next":{"c0":50},"result_time":[]},"time":{"duration":0.1}}
            """);

        Assert.Equal(5, outcomes[0].GetOrThrow().Result.GetProperty("item").GetProperty("id").GetInt32());
        Assert.Equal((7, 50), (outcomes[0].Result!.Total, outcomes[0].Result!.Next));
        Assert.Equal((FailureKind.Refused, "ACCESS_DENIED", "Access denied."), Seen(outcomes[1]));
        Assert.Equal("m1", outcomes[1].Failure!.Method);
        Assert.Throws<Bitrix24Exception>(() => outcomes[1].GetOrThrow());
        Assert.Equal((FailureKind.NotExecuted, "NOT_RUN"), (outcomes[2].Failure!.Kind, outcomes[2].Failure!.Code));
        Assert.Equal(JsonValueKind.Null, outcomes[3].GetOrThrow().Result.ValueKind);
    }

    [Fact]
    public async Task Maps_without_entries_come_as_lists()
    {
        var outcomes = await AnswerGroupAsync(
            2,
            """
            {"result":{"result":[],"result_error":{"c0":{"error":"insufficient_scope","error_description":""},"c1":{"error":"insufficient_scope"}},
             "result_total":[],"result_next":[],"result_time":[]}}
            """);

        Assert.All(outcomes, outcome => Assert.Equal(FailureKind.Refused, outcome.Failure!.Kind));

        outcomes = await AnswerGroupAsync(2, """{"result":{"result":{"c0":1,"c1":2},"result_error":[]}}""");
        Assert.All(outcomes, outcome => Assert.Null(outcome.Result!.Total));
    }

    [Theory]
    [InlineData("""{"error":"NOT_FOUND","error_description":"Not found"}""", "NOT_FOUND", "Not found")]
    [InlineData("""{"error":100,"error_description":"Could not find value"}""", "100", "Could not find value")]
    [InlineData("""{"error":0,"error_description":"x"}""", "0", "x")]
    [InlineData("""{"error":"","error_description":"No fields to update."}""", "", "No fields to update.")]
    [InlineData("""{"error":"Method is not allowed for batch usage"}""", "Method is not allowed for batch usage", "The portal gave no description.")]
    [InlineData("\"just a text\"", "", "just a text")]
    public async Task An_error_of_a_sub_call_has_a_code_in_whatever_form_it_comes(string error, string code, string description)
    {
        var outcomes = await AnswerGroupAsync(2, $$$$"""{"result":{"result":{"c0":1},"result_error":{"c1":{{{{error}}}}}}}""");

        Assert.Equal((FailureKind.Refused, code, description), Seen(outcomes[1]));
    }

    [Theory]
    [InlineData(400, """{"error":"ERROR_CORE","error_description":"Something"}""", "ERROR_CORE", "Something")]
    [InlineData(400, """{"error":100,"error_description":"Could not find value"}""", "100", "Could not find value")]
    [InlineData(400, """{"error":0,"error_description":""}""", "0", "")]
    [InlineData(400, """{"error":"","error_description":"No fields to update."}""", "", "No fields to update.")]
    [InlineData(200, """{"error":"ERROR_CORE","error_description":"Placement already bound"}""", "ERROR_CORE", "Placement already bound")]
    [InlineData(200, """{"result":true,"error":"ERROR_CORE","error_description":"Both"}""", "ERROR_CORE", "Both")]
    [InlineData(403, "<html>Forbidden</html>", "HTTP_403", "The portal answered with HTTP status 403 and no readable body.")]
    public async Task An_error_of_a_single_call_is_found_in_the_body_before_the_status(int status, string body, string code, string description)
    {
        var failure = await FailAsync(writes: true, exchange => exchange.Answer(body, status));

        Assert.Equal((FailureKind.Refused, code, description), (failure.Kind, failure.Code, failure.Description));
        Assert.Equal(("crm.item.add", "acme.bitrix24.test"), (failure.Method, failure.PortalHost));
    }

    [Theory]
    [InlineData(502, "<html><body>502 Bad Gateway</body></html>")]
    [InlineData(504, "")]
    [InlineData(500, """{"error":"INTERNAL_SERVER_ERROR","error_description":"Internal server error"}""")]
    [InlineData(200, """{"result":{"item":{"id":5,"ti""")]
    [InlineData(200, "")]
    [InlineData(200, "Fatal error: Allowed memory size of 268435456 bytes exhausted")]
    [InlineData(200, "[]")]
    [InlineData(200, "null")]
    [InlineData(200, "{}")]
    public async Task An_answer_that_says_nothing_leaves_a_write_unknown_and_a_read_not_executed(int status, string body)
    {
        Assert.Equal(FailureKind.OutcomeUnknown, (await FailAsync(writes: true, exchange => exchange.Answer(body, status))).Kind);
        Assert.Equal(FailureKind.NotExecuted, (await FailAsync(writes: false, exchange => exchange.Answer(body, status))).Kind);
    }

    [Theory]
    [InlineData("""{"result":true}""")]
    [InlineData("""{"result":[]}""")]
    [InlineData("""{"result":{"item":1}}""")]
    public async Task An_answer_to_a_batch_that_is_none_leaves_its_writes_unknown(string body)
    {
        var group = _fixture.CallGroupAsync(Read("a"), Write("b"));
        (await _fixture.Portal.NextAsync()).Answer(body);

        Assert.Equal(FailureKind.OutcomeUnknown, (await Assert.ThrowsAsync<Bitrix24Exception>(() => group)).Kind);
    }

    [Theory]
    [InlineData("\ufeff{\"result\":5}")]
    [InlineData("""{"result":5,"error":null}""")]
    [InlineData("""{"result":5,"time":[]}""")]
    [InlineData("""{"result":5,"time":{"duration":-1,"operating":"0.5","operating_reset_at":"x"}}""")]
    [InlineData("""{"result":5,"time":{"duration":1e300,"operating":1e300,"operating_reset_at":1e300}}""")]
    [InlineData("""{"result":5,"time":{"duration":null,"operating":-3,"operating_reset_at":-1}}""")]
    public async Task A_result_with_odd_surroundings_is_a_result(string body)
    {
        var call = _fixture.CallAsync("crm.item.add", writes: true);
        (await _fixture.Portal.NextAsync()).Answer(body);

        Assert.Equal(5, (await call).Result.GetInt32());
    }

    [Theory]
    [InlineData("""{"result":[],"total":123,"next":50}""", 123, 50)]
    [InlineData("""{"result":[],"total":"123","next":"50"}""", 123, 50)]
    [InlineData("""{"result":[],"total":0}""", 0, null)]
    [InlineData("""{"result":[]}""", null, null)]
    public async Task A_list_tells_how_many_there_are_and_where_the_next_page_begins(string body, int? total, int? next)
    {
        var call = _fixture.CallAsync("crm.item.list");
        (await _fixture.Portal.NextAsync()).Answer(body);

        var result = await call;
        Assert.Equal((total, next), (result.Total, result.Next));
    }

    [Fact]
    public async Task A_call_that_failed_because_of_a_defect_does_not_leave_its_caller_waiting()
    {
        var call = _fixture.CallAsync("a");
        (await _fixture.Portal.NextAsync()).Break(new InvalidOperationException("defect"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => call);
    }

    [Fact]
    public async Task The_figures_of_a_batch_are_learnt_per_method()
    {
        await AnswerGroupAsync(
            2,
            """
            {"result":{"result":{"c0":1,"c1":2},"result_error":[],"result_time":{"c0":{"duration":1,"operating":3.5},"c1":{"duration":2,"operating":7.25}}}}
            """);

        Assert.Equal(3.5, _fixture.Client.OperatingSecondsUsed("m0"));
        Assert.Equal(7.25, _fixture.Client.OperatingSecondsUsed("m1"));
    }

    private static (FailureKind Kind, string Code, string Description) Seen(CallOutcome outcome) =>
        (outcome.Failure!.Kind, outcome.Failure.Code, outcome.Failure.Description);

    private async Task<IReadOnlyList<CallOutcome>> AnswerGroupAsync(int size, string body)
    {
        var group = _fixture.CallGroupAsync([.. Enumerable.Range(0, size).Select(i => Read($"m{i}"))]);
        (await _fixture.Portal.NextAsync()).Answer(body);
        return await group;
    }

    private async Task<Bitrix24Exception> FailAsync(bool writes, Action<PortalExchange> answer)
    {
        var call = _fixture.CallAsync("crm.item.add", writes);
        answer(await _fixture.Portal.NextAsync());
        return await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
    }
}
