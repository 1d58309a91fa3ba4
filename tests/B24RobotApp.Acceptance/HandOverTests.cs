using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>The server is replaced by another one, twice, while robots call steadily; the socket is held by whoever started it, as systemd does. A portal posts each call once, so one that is refused is lost.</summary>
[Collection(Alone.Name)]
public sealed class HandOverTests(HandOverTests.Fixture fixture) : StageTests(fixture), IClassFixture<HandOverTests.Fixture>
{
    public sealed class Fixture : StageFixture
    {
        // Longer than a portal waits for an answer.
        protected override StageOptions Options => base.Options with { Settings = new Dictionary<string, string>(Impatient) { ["Bitrix24__RequestTimeout"] = "00:00:12" } };
    }

    [Fact]
    public async Task No_call_is_refused_while_one_server_takes_over_from_another()
    {
        await Stage.App.KillAsync();
        await using var socket = new HeldSocket(Stage.App.Url.Port);
        await socket.StartAsync(Stage, Cancelled);
        await using var calls = await SteadyCalls.BeginAsync(Stage, Cancelled);

        List<long> downtimes = [];
        for (var times = 0; times < 2; times++)
        {
            // A request under way that the ESB does not answer: the old server waits for it longer than a portal waits for an answer.
            var hang = Esb.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.add", count: 1));
            await StageExtensions.UntilAsync(() => hang.Struck == 1, "a request hangs");
            var began = TimeProvider.System.GetTimestamp();
            Assert.Equal(0, await socket.StopAsync(Cancelled));
            await socket.StartAsync(Stage, Cancelled);
            downtimes.Add((long)TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
            await calls.MoreAnsweredAsync();
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{await calls.EndAsync()}, over 2 restarts of {string.Join(" and ", downtimes)} ms");
        await socket.StopAsync(Cancelled);
    }
}
