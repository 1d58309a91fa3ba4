using System.Net;
using B24RobotApp.Acceptance.Staging;

namespace B24RobotApp.Acceptance;

/// <summary>Three servers behind a balancer are replaced one after the other while robots call steadily. A portal posts each call once, so one that is refused is lost.</summary>
[Collection(Alone.Name)]
public sealed class RollingUpgradeTests(RollingUpgradeTests.Fixture fixture) : IClassFixture<RollingUpgradeTests.Fixture>
{
    public sealed class Fixture : SharedServers;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_call_is_refused_and_nothing_done_twice_while_one_server_after_the_other_is_replaced()
    {
        var stage = fixture.Stage;
        var created = stage.Esb.Journal.Calls("crm.item.add").Count;
        await using var calls = await SteadyCalls.BeginAsync(stage, Cancelled, TimeSpan.FromMilliseconds(50));

        List<long> times = [];
        foreach (var server in fixture.Group.Servers)
        {
            var began = TimeProvider.System.GetTimestamp();
            Assert.Equal(0, await server.EndAsync(Cancelled));
            times.Add((long)TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
            await server.StartAsync(Cancelled);
            await calls.MoreAnsweredAsync();
        }

        var figures = await calls.EndAsync();
        var answers = stage.Source.Journal.Calls("bizproc.event.send").Count;
        TestContext.Current.TestOutputHelper!.WriteLine($"{figures}, {answers} answers; servers took {string.Join(", ", times)} ms to end");
        Assert.All(calls.Workflows, workflow => Assert.Equal("created", RobotResult.Of(workflow).Status));
        Assert.Equal(0, fixture.Group.Balancer.Unanswered);
        Assert.Equal(calls.Workflows.Count, answers);
        Assert.Equal(calls.Workflows.Count, stage.Esb.Journal.Calls("crm.item.add").Count - created);
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_says_so_at_once_and_still_takes_calls()
    {
        var server = fixture.Group.Servers[0];
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

        var ending = server.EndAsync(Cancelled);
        List<(HttpStatusCode Ready, HttpStatusCode Call)> answers = [];
        while (answers.Count < 5)
        {
            using var ready = await http.GetAsync(new Uri(server.Url, "health/ready"), Cancelled);
            using var nothing = new FormUrlEncodedContent([]);

            // Nobody's call: that it is looked at and refused is enough.
            using var call = await http.PostAsync(new Uri(server.Url, "robots/send-to-esb"), nothing, Cancelled);
            answers.Add((ready.StatusCode, call.StatusCode));
        }

        Assert.Equal(0, await ending);
        await server.StartAsync(Cancelled);
        Assert.All(answers.Skip(1), answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Ready));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.BadRequest, answer.Call));
    }
}
