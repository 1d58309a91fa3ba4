using System.Net;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Acceptance;

/// <summary>Exactly one deal, whatever happens to a request or its answer.</summary>
public sealed class OnceTests(OnceTests.Fixture fixture) : StageTests(fixture), IClassFixture<OnceTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task A_call_that_the_queue_delivers_twice_is_one_transfer()
    {
        var deal = Source.AddDeal("Дважды", rows: Crm.Rows);
        Source.Faults.Add(new FaultRule(FaultKind.DuplicateDelivery, "send_to_esb", count: 1));

        var result = await Stage.SendToEndAsync(deal);
        await Source.WhenIdleAsync();

        Assert.Equal("created", result.Status);
        Assert.Equal(2, Source.Automation.Calls[^1].Posts);
        Stage.OneEsbDealOf(deal);
        Assert.Single(Source.AppComments(deal));
    }

    [Fact]
    public async Task A_call_that_comes_again_when_all_is_over_is_answered_200_and_does_nothing()
    {
        var deal = Source.AddDeal("Ещё раз, потом");
        await Stage.SendToEndAsync(deal);
        await Source.WhenIdleAsync();
        var before = Esb.Journal.RequestCount;

        var call = Source.Automation.Calls[^1];
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Handler)
        {
            Content = new StringContent(PhpForm.Build(call.Form), new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
        using var answer = await http.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await StageExtensions.UntilAsync(
            () => Stage.App.Output.Any(line => line.Contains($"call for deal {deal} again", StringComparison.Ordinal)), "the app has noticed the repetition");
        Assert.Equal(before, Esb.Journal.RequestCount);
        Stage.OneEsbDealOf(deal);
    }

    /// <summary>What happens to the request that creates the deal with its rows.</summary>
    public static TheoryData<FaultKind, string> CreateFaults => new(
        (FaultKind.ResetBefore, "crm.item.productrow.set"),
        (FaultKind.ResetAfter, "crm.item.productrow.set"),
        (FaultKind.BadGatewayBefore, "crm.item.productrow.set"),
        (FaultKind.BadGatewayAfter, "crm.item.productrow.set"),
        (FaultKind.InternalErrorAfter, "crm.item.productrow.set"),
        (FaultKind.Hang, "crm.item.productrow.set"));

    [Theory]
    [MemberData(nameof(CreateFaults))]
    public async Task A_create_whose_answer_is_lost_makes_one_deal(FaultKind fault, string method)
    {
        var deal = Source.AddDeal($"Создание: {fault}", rows: Crm.Rows);
        var rule = Esb.Faults.Add(new FaultRule(fault, method, count: 1));

        var result = await Stage.SendToEndAsync(deal);

        Assert.Equal(1, rule.Struck);
        AssertOne(deal, result);
    }

    [Theory]
    [InlineData(FaultKind.ResetAfter)]
    [InlineData(FaultKind.Hang)]
    public async Task A_client_whose_create_loses_its_answer_is_made_once(FaultKind fault)
    {
        var email = $"once-{fault}@example.com";
        var contact = Source.AddContact("Единственный", email: email);
        var deal = Source.AddDeal($"Клиент: {fault}", rows: Crm.Rows, contactIds: contact);

        // The first item that is added is the contact.
        var rule = Esb.Faults.Add(new FaultRule(fault, "crm.item.add", count: 1));
        var result = await Stage.SendToEndAsync(deal);

        Assert.Equal(1, rule.Struck);
        AssertOne(deal, result);
        Assert.Single(Esb.List(Crm.Contact, new JsonObject { ["=originId"] = $"{contact}" }));
    }

    [Theory]
    [InlineData(FaultKind.ResetBefore, "crm.item.productrow.list")]
    [InlineData(FaultKind.BadGatewayBefore, "bizproc.event.send")]
    [InlineData(FaultKind.ResetAfter, "bizproc.event.send")]
    public async Task A_source_that_breaks_off_is_asked_and_told_again_once(FaultKind fault, string method)
    {
        var deal = Source.AddDeal($"Источник: {fault} {method}", rows: Crm.Rows);
        var rule = Source.Faults.Add(new FaultRule(fault, method, count: 1));

        var result = await Stage.SendToEndAsync(deal);
        await Source.WhenIdleAsync();

        Assert.Equal(1, rule.Struck);
        AssertOne(deal, result);
        await StageExtensions.UntilAsync(() => Source.AppComments(deal).Count > 0, "the timeline has its entry");
        Assert.Single(Source.AppComments(deal));
    }

    [Fact]
    public async Task Rows_too_many_for_a_batch_arrive_once_also_when_their_request_is_cut_off()
    {
        var rows = new JsonArray([.. Enumerable.Range(1, 120).Select(number => new JsonObject
        {
            ["productName"] = $"Позиция {number}", ["price"] = number, ["quantity"] = 2, ["taxRate"] = 20, ["taxIncluded"] = "Y", ["sort"] = number,
        })]);
        var deal = Source.AddDeal("Много позиций", rows: rows);
        var rule = Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.productrow.set", count: 1));

        var result = await Stage.SendToEndAsync(deal);

        Assert.Equal(1, rule.Struck);
        Assert.Equal("created", result.Status);
        Assert.Equal("120", result.Values["products_sent"]?.ToString());
        var arrived = Stage.OneEsbDealOf(deal)["id"]!.GetValue<long>();
        var first = Esb.Call("crm.item.productrow.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = arrived },
            ["start"] = 100,
        })!["productRows"]!.AsArray();
        Assert.Equal(20, first.Count);
    }

    [Fact]
    public async Task Text_that_looks_like_batch_syntax_arrives_as_it_is()
    {
        const string Title = "Скидка $result[c0][item][id] и $total[c1] & 100 % + #1 = да";
        var deal = Source.AddDeal(Title, rows: Crm.Rows);

        await Stage.SendToEndAsync(deal);

        Assert.Equal(Title, Stage.OneEsbDealOf(deal)["title"]?.ToString());
    }

    private void AssertOne(long deal, RobotResult result)
    {
        Assert.Equal(("created", "", ""), (result.Status, result.ErrorCode, result.ErrorMessage));
        var arrived = Stage.OneEsbDealOf(deal);
        Assert.Equal(arrived["id"]!.GetValue<long>(), result.EsbDealId);
        Assert.Equal(2, Stage.EsbRowsOf(result.EsbDealId).Count);
    }
}
