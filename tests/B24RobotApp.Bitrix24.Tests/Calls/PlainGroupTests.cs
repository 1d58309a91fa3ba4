using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using static B24RobotApp.Bitrix24.Tests.Calls.ClientFixture;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>Groups with a value that a batch cannot carry: one request per call, references filled in on our side.</summary>
public sealed class PlainGroupTests : IDisposable
{
    private readonly ClientFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Calls_go_one_by_one_and_what_refers_to_an_earlier_result_gets_its_value()
    {
        var group = _fixture.CallGroupAsync(
            Add("The user wrote $RESULT[c0][item] here"),
            Referring("crm.item.productrow.set", ("ownerId", ["item", "id"]), ("contacts", ["item", "contactIds"]), ("second", ["item", "contactIds", "1"])));

        var first = await _fixture.Portal.NextAsync();
        Assert.Equal("The user wrote $RESULT[c0][item] here", first.Body.GetProperty("fields").GetProperty("title").GetString());
        first.Answer("""{"result":{"item":{"id":15,"contactIds":[3,4]}}}""");
        var second = await _fixture.Portal.NextAsync();
        Assert.Equal("""{"ownerId":15,"contacts":[3,4],"second":4,"auth":"secretToken1"}""", second.Body.GetRawText());
        second.AnswerAll();

        Assert.All(await group, outcome => Assert.NotNull(outcome.Result));
    }

    [Theory]
    [InlineData("""{"result":{"item":[]}}""")]
    [InlineData("""{"result":{"item":{"ID":15}}}""")]
    [InlineData("""{"result":true}""")]
    [InlineData("""{"error":"ACCESS_DENIED","error_description":"no"}""")]
    public async Task What_refers_to_something_that_is_not_there_is_not_sent(string answer)
    {
        var group = _fixture.CallGroupAsync(Add("$result["), Referring("dependent", ("ownerId", ["item", "id"])), Read("independent"));

        (await _fixture.Portal.NextAsync()).Answer(answer);
        var next = await _fixture.Portal.NextAsync();
        Assert.Equal("independent", next.Method);
        next.AnswerAll();

        var outcomes = await group;
        Assert.Equal((FailureKind.NotExecuted, "NOT_RUN"), (outcomes[1].Failure!.Kind, outcomes[1].Failure!.Code));
        Assert.NotNull(outcomes[2].Result);
    }

    [Fact]
    public async Task A_list_index_beyond_the_end_leads_nowhere()
    {
        var group = _fixture.CallGroupAsync(Add("$result["), Referring("dependent", ("id", ["1"])));

        (await _fixture.Portal.NextAsync()).Answer("""{"result":[7]}""");

        Assert.Equal("NOT_RUN", (await group)[1].Failure!.Code);
    }

    [Fact]
    public async Task A_call_whose_outcome_is_unknown_is_told_apart_from_those_that_were_not_sent()
    {
        var group = _fixture.CallGroupAsync(Add("$result["), Referring("dependent", ("id", ["item"])));

        (await _fixture.Portal.NextAsync()).Answer("<html>", 502);

        Assert.Equal([FailureKind.OutcomeUnknown, FailureKind.NotExecuted], (await group).Select(outcome => outcome.Failure!.Kind));
        Assert.Equal(1, _fixture.Portal.Received);
    }

    [Fact]
    public async Task Each_of_its_requests_takes_a_permit_of_its_own()
    {
        using var fixture = new ClientFixture(new() { RequestsPerSecond = 1, Burst = 1, RequestTimeout = TimeSpan.FromHours(1) })
        {
            Portal = { AnswerWith = exchange => exchange.Success() },
        };

        await fixture.RunAsync(fixture.CallGroupAsync(Add("$result["), Read("b"), Read("c")));

        Assert.True(fixture.Clock.GetUtcNow() >= fixture.Clock.Start.AddSeconds(2));
    }

    private static Call Add(string title) =>
        new("crm.item.add", new JsonObject { ["fields"] = new JsonObject { ["title"] = title } }, Writes: true);

    private static Call Referring(string method, params (string Name, string[] Path)[] references) =>
        new(method, new JsonObject(references.Select(reference =>
            KeyValuePair.Create(reference.Name, (JsonNode?)JsonValue.Create(new ResultReference(0, reference.Path))))), Writes: true);
}
