using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Journal;

namespace B24RobotApp.Sandbox.Tests.Journal;

public sealed class JournalTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync();

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_call_is_written_down_with_its_caller_and_parameters_but_no_credential()
    {
        var app = _sandbox.InstallApp();
        var webhook = _sandbox.Source.CreateIncomingWebhook(7, "crm");

        await _sandbox.CallAsync(app, "test.echo", """{"a":1}""");
        await _sandbox.CallAsync(webhook, "test.fail");

        var entries = _sandbox.Source.Journal.Entries;
        Assert.Equal([("test.echo", 200, null), ("test.fail", 400, "NOT_FOUND")], entries.Select(entry => (entry.Method, entry.Status, entry.Error)));
        Assert.Equal([$"app {app.ClientId} as user 1", $"webhook {webhook.Id} of user 7"], entries.Select(entry => entry.Caller));
        Assert.Equal("""{"a":1}""", entries[0].Parameters!.ToJsonString());
        Assert.DoesNotContain(webhook.Secret, string.Concat(entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_is_one_request_and_its_sub_calls_are_told_apart()
    {
        await _sandbox.CallAsync(_sandbox.InstallApp(), "batch", """{"cmd":{"a":"test.item","b":"test.echo?id=$result[a][item][id]","c":"test.fail"}}""");

        var entry = Assert.Single(_sandbox.Source.Journal.Entries);
        Assert.Equal([("a", "test.item", null), ("b", "test.echo", null), ("c", "test.fail", "NOT_FOUND")], entry.Calls.Select(call => (call.Key, call.Method, call.Error)));
        Assert.Equal("""{"id":15}""", entry.Calls[1].Parameters!.ToJsonString());
        Assert.Equal((1, 3), (_sandbox.Source.Journal.RequestCount, _sandbox.Source.Journal.CallCount));
    }

    [Fact]
    public async Task A_fault_that_struck_is_named_and_a_cut_connection_has_no_status()
    {
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.ResetAfter, count: 1));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _sandbox.CallAsync(_sandbox.InstallApp(), "test.echo"));
        await Eventually.HoldsAsync(() => _sandbox.Source.Journal.RequestCount == 1);

        Assert.Equal(("ResetAfter", 0), (_sandbox.Source.Journal.Entries[0].Fault, _sandbox.Source.Journal.Entries[0].Status));
    }

    [Fact]
    public async Task A_defect_of_the_sandbox_looks_like_an_error_of_the_portal_and_is_named()
    {
        _sandbox.Source.Methods.Add("test.break", null, _ => throw new InvalidOperationException("broken"));

        var answer = await _sandbox.CallAsync(_sandbox.InstallApp(), "test.break");

        Assert.Equal((500, "INTERNAL_SERVER_ERROR"), (answer.Status, answer.Error));
        Assert.Contains("broken", _sandbox.Source.Journal.Entries[0].Defect, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_last_requests_are_kept_and_all_are_counted()
    {
        var journal = new RequestJournal(10);
        for (var i = 0; i < 20; i++)
        {
            journal.Add(new JournalEntry { Time = default, Method = $"m{i}", Calls = [new("a", "x", null, null)] });
        }

        Assert.Equal((5, "m15", 20), (journal.Entries.Count, journal.Entries[0].Method, journal.RequestCount));
    }
}
