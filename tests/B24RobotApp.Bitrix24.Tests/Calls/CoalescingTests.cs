using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using static B24RobotApp.Bitrix24.Tests.Calls.ClientFixture;

namespace B24RobotApp.Bitrix24.Tests.Calls;

public sealed class CoalescingTests : IDisposable
{
    private readonly ClientFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_idle_client_sends_a_call_at_once_and_plain()
    {
        var call = _fixture.CallAsync("crm.item.get");

        var request = await _fixture.Portal.NextAsync();
        Assert.Equal("/rest/crm.item.get", request.Address.AbsolutePath);
        Assert.Equal("""{"id":1,"auth":"secretToken1"}""", request.Body.GetRawText());
        request.AnswerAll();
        Assert.Equal("crm.item.get", (await call).Result.GetString());
    }

    [Fact]
    public async Task A_lone_group_leaves_at_once_as_a_batch_of_its_calls()
    {
        var group = _fixture.CallGroupAsync(Read("crm.item.get"), Read("crm.item.productrow.list"));

        var request = await _fixture.Portal.NextAsync();
        Assert.Equal(["crm.item.get?id=1", "crm.item.productrow.list?id=1"], request.Commands);
        Assert.Equal(0, request.Body.GetProperty("halt").GetInt32());
        request.AnswerAll();
        Assert.Equal(["crm.item.get", "crm.item.productrow.list"], (await group).Select(outcome => outcome.GetOrThrow().Result.GetString()));
    }

    [Fact]
    public async Task Calls_that_come_while_a_request_is_under_way_leave_together_when_it_is_back()
    {
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        var others = new[] { _fixture.CallAsync("b"), _fixture.CallAsync("c"), _fixture.CallAsync("d") };

        underWay.AnswerAll();

        var batch = await _fixture.Portal.NextAsync();
        Assert.Equal(["b?id=1", "c?id=1", "d?id=1"], batch.Commands);
        batch.AnswerAll();
        Assert.Equal("a", (await first).Result.GetString());
        Assert.Equal(["b", "c", "d"], (await Task.WhenAll(others)).Select(result => result.Result.GetString()));
        Assert.Equal(2, _fixture.Portal.Received);
    }

    [Fact]
    public async Task A_call_that_waited_alone_travels_plain()
    {
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        var second = _fixture.CallAsync("b");

        underWay.AnswerAll();

        var request = await _fixture.Portal.NextAsync();
        Assert.Equal("b", request.Method);
        request.AnswerAll();
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task Groups_share_a_batch_whole_or_not_at_all()
    {
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        var groups = new[] { Group("b", 30), Group("c", 30), Group("d", 20) };

        underWay.AnswerAll();

        var batch = await _fixture.Portal.NextAsync();
        Assert.Equal(30, batch.CallCount);
        Assert.All(batch.Commands, command => Assert.StartsWith("b", command, StringComparison.Ordinal));
        batch.AnswerAll();
        batch = await _fixture.Portal.NextAsync();
        Assert.Equal(50, batch.CallCount);
        batch.AnswerAll();
        await first;
        Assert.Equal(
            Enumerable.Range(0, 30).Select(i => $"c{i}"),
            (await groups[1]).Select(outcome => outcome.GetOrThrow().Result.GetString()));

        Task<IReadOnlyList<CallOutcome>> Group(string name, int size) =>
            _fixture.CallGroupAsync([.. Enumerable.Range(0, size).Select(i => Read($"{name}{i}"))]);
    }

    [Fact]
    public async Task A_batch_holds_no_more_than_the_portal_can_do_in_half_of_the_time_out()
    {
        var first = _fixture.CallAsync("slow");
        (await _fixture.Portal.NextAsync()).AnswerAll(secondsEach: 4);
        await first;
        var underWay = _fixture.CallAsync("a");
        var blocking = await _fixture.Portal.NextAsync();
        var calls = Enumerable.Range(0, 5).Select(_ => _fixture.CallAsync("slow")).ToList();

        blocking.AnswerAll();

        // 15 seconds hold three calls of four.
        var batch = await _fixture.Portal.NextAsync();
        Assert.Equal(3, batch.CallCount);
        batch.AnswerAll(secondsEach: 4);
        batch = await _fixture.Portal.NextAsync();
        Assert.Equal(2, batch.CallCount);
        batch.AnswerAll(secondsEach: 4);
        await Task.WhenAll([underWay, .. calls]);
    }

    [Fact]
    public async Task Batches_shrink_when_the_portal_is_too_slow_to_answer_them()
    {
        var sizes = new List<int>();
        for (var round = 0; round < 3; round++)
        {
            var blocking = _fixture.CallAsync("a");
            var underWay = await _fixture.Portal.NextAsync();
            var calls = Enumerable.Range(0, 50).Select(_ => _fixture.CallAsync("slow")).ToList();
            underWay.AnswerAll();
            await blocking;
            await DropAsync(calls, sizes);
        }

        Assert.Equal(50, sizes[0]);
        Assert.True(sizes[^1] <= 13, $"The last batch still had {sizes[^1]} calls.");

        // Leaves one batch unanswered until it times out, then answers the rest of the calls.
        async Task DropAsync(List<Task<CallResult>> calls, List<int> sizes)
        {
            var batch = await _fixture.Portal.NextAsync();
            sizes.Add(batch.CallCount);
            _fixture.Portal.AnswerWith = exchange => exchange.Success(secondsEach: 30.0 / sizes[^1]);
            await _fixture.RunAsync(Task.WhenAll(calls.Select(call => call.ContinueWith(_ => 0, TaskScheduler.Default))));
            _fixture.Portal.AnswerWith = _ => null;
            while (_fixture.Portal.HasMore)
            {
                await _fixture.Portal.NextAsync();
            }
        }
    }

    [Fact]
    public async Task Calls_that_no_batch_can_carry_travel_plain_and_take_turns_with_the_others()
    {
        var underWay = _fixture.CallAsync("a");
        var blocking = await _fixture.Portal.NextAsync();
        Task[] calls =
        [
            Plain("p1"), Plain("p2"), Plain("p3"), _fixture.CallAsync("b1"), _fixture.CallAsync("b2"), _fixture.CallAsync("b3"),
        ];

        blocking.AnswerAll();

        var order = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            var request = await _fixture.Portal.NextAsync();
            order.Add(request.IsBatch ? string.Join('+', request.Commands.Select(command => command.Split('?')[0])) : request.Method);
            request.AnswerAll();
        }

        await Task.WhenAll([underWay, .. calls]);
        Assert.Equal(["p1", "b1+b2+b3", "p2", "p3"], order);

        Task<CallResult> Plain(string method) =>
            _fixture.Client.CallAsync(new Call(method, new JsonObject { ["text"] = "$result[c0]" }), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_request_that_hangs_does_not_hold_up_a_call_that_comes_after_it()
    {
        var hanging = _fixture.CallAsync("hangs");
        await _fixture.Portal.NextAsync();
        var second = _fixture.CallAsync("b");
        Assert.Equal(1, _fixture.Portal.Received);

        // At two requests a second one more is worth it after half a second.
        _fixture.Clock.Advance(TimeSpan.FromMilliseconds(500));

        var request = await _fixture.Portal.NextAsync();
        Assert.Equal("b", request.Method);
        request.AnswerAll();
        await second;
        Assert.False(hanging.IsCompleted);
    }

    [Fact]
    public async Task As_many_requests_are_under_way_as_the_portals_latency_calls_for()
    {
        var first = _fixture.CallAsync("first");
        var slow = await _fixture.Portal.NextAsync();
        _fixture.Clock.Advance(TimeSpan.FromSeconds(3));
        slow.AnswerAll();
        await first;

        // Three seconds at two requests a second: six are needed for the rate to be used, the seventh keeps it so.
        var calls = new List<Task<CallResult>>();
        for (var i = 0; i < 7; i++)
        {
            calls.Add(_fixture.CallAsync($"m{i}"));
            Assert.Equal($"m{i}", (await _fixture.Portal.NextAsync()).Method);
        }

        calls.Add(_fixture.CallAsync("waits"));
        calls.Add(_fixture.CallAsync("waits"));
        _fixture.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(8, _fixture.Portal.Received);

        _fixture.Clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(2, (await _fixture.Portal.NextAsync()).CallCount);
    }

    [Fact]
    public async Task No_more_than_sixteen_requests_are_under_way_however_slow_the_portal_is()
    {
        var calls = new List<Task<CallResult>>();
        for (var i = 0; i < 40; i++)
        {
            calls.Add(_fixture.CallAsync("hangs"));
            _fixture.Clock.Advance(TimeSpan.FromSeconds(0.6));
            while (_fixture.Portal.Received < Math.Min(i + 1, 16))
            {
                await Task.Yield();
            }
        }

        Assert.Equal(16, _fixture.Portal.MostOpen);
        Assert.Equal(16, _fixture.Portal.Received);
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_cancel_what_was_sent()
    {
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        using var patience = new CancellationTokenSource();
        var impatient = _fixture.Client.CallAsync(Write("b"), patience.Token);
        var patient = _fixture.CallAsync("c");
        underWay.AnswerAll();
        await first;
        var batch = await _fixture.Portal.NextAsync();

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        batch.AnswerAll();
        Assert.Equal("c", (await patient).Result.GetString());
    }

    [Fact]
    public async Task A_call_whose_caller_gives_up_while_it_waits_is_not_sent()
    {
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        using var patience = new CancellationTokenSource();
        var impatient = _fixture.Client.CallAsync(Write("b"), patience.Token);
        var patient = _fixture.CallAsync("c");

        await patience.CancelAsync();
        underWay.AnswerAll();

        var request = await _fixture.Portal.NextAsync();
        Assert.Equal("c", request.Method);
        request.AnswerAll();
        await Task.WhenAll(first, patient);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
    }

    [Fact]
    public async Task A_reference_to_a_call_that_does_not_stand_before_it_is_refused_since_it_would_be_a_strangers()
    {
        var reference = new Call("b", new JsonObject { ["id"] = JsonValue.Create(new ResultReference(1, "item", "id")) });

        await Assert.ThrowsAsync<ArgumentException>(() => _fixture.CallGroupAsync(Read("a"), reference));
        await Assert.ThrowsAsync<ArgumentException>(() => _fixture.Client.CallAsync(reference, TestContext.Current.CancellationToken));
        Assert.Equal(0, _fixture.Portal.Received);
    }

    [Fact]
    public async Task What_surrounds_the_caller_who_starts_the_loop_does_not_follow_the_calls_of_others()
    {
        var scope = new AsyncLocal<string?>();
        var seen = new List<string?>();
        _fixture.Credential.OnAuthorize = () => seen.Add(scope.Value);
        scope.Value = "first caller";
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        scope.Value = "second caller";
        var second = _fixture.CallAsync("b");

        underWay.AnswerAll();
        (await _fixture.Portal.NextAsync()).AnswerAll();

        await Task.WhenAll(first, second);
        Assert.Equal([null, null], seen);
    }

    [Fact]
    public async Task One_loop_alone_waits_for_the_bucket_however_many_calls_come()
    {
        var limits = new PortalLimits { RequestsPerSecond = 1, Burst = 1, RequestTimeout = TimeSpan.FromHours(1) };
        using var fixture = new ClientFixture(limits) { Portal = { AnswerWith = exchange => exchange.Success() } };
        await fixture.CallAsync("takes the only permit");
        var calls = Enumerable.Range(0, 500).Select(i => fixture.CallAsync($"m{i}")).ToList();

        await fixture.RunAsync(Task.WhenAll(calls));

        // Ten full batches, one a second. Had more loops stood in line, they would have left with less.
        Assert.Equal(11, fixture.Portal.Received);
        Assert.InRange(fixture.Clock.GetUtcNow() - fixture.Clock.Start, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11));
    }

    [Fact]
    public async Task A_read_that_shared_a_lost_batch_with_writes_was_not_executed_and_the_writes_are_unknown()
    {
        var first = _fixture.CallAsync("a");
        var underWay = await _fixture.Portal.NextAsync();
        var read = _fixture.CallAsync("crm.item.get");
        var write = _fixture.CallAsync("crm.item.add", writes: true);
        var readGroup = _fixture.CallGroupAsync(Read("r1"), Read("r2"));
        var mixedGroup = _fixture.CallGroupAsync(Read("r1"), Write("w2"));
        underWay.AnswerAll();
        await first;

        (await _fixture.Portal.NextAsync()).Answer("<html>Bad gateway</html>", 502);

        Assert.Equal((FailureKind.NotExecuted, "crm.item.get"), await FailureOfAsync(read));
        Assert.Equal((FailureKind.OutcomeUnknown, "crm.item.add"), await FailureOfAsync(write));
        Assert.Equal((FailureKind.NotExecuted, "r1"), await FailureOfAsync(readGroup));
        Assert.Equal((FailureKind.OutcomeUnknown, "r1"), await FailureOfAsync(mixedGroup));

        static async Task<(FailureKind, string)> FailureOfAsync(Task task)
        {
            var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => task);
            return (failure.Kind, failure.Method);
        }
    }
}
