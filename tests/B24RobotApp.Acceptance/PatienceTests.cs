using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>What passes is waited for: an ESB that is down, limits that are reached, tokens that have expired. And the waiting has an end.</summary>
public sealed class PatienceTests(PatienceTests.Fixture fixture) : StageTests(fixture), IClassFixture<PatienceTests.Fixture>
{
    private readonly Relay _relay = fixture.Relay;
    private readonly ShiftedClock _clock = fixture.Clock;

    public sealed class Fixture : StageFixture
    {
        /// <summary>The portals' clocks: ten minutes behind, so that execution time which they give back after ten minutes comes back within seconds.</summary>
        internal ShiftedClock Clock { get; } = new(TimeSpan.FromSeconds(-595));

        /// <summary>The line to the ESB.</summary>
        internal Relay Relay { get; private set; } = null!;

        protected override StageOptions Options => base.Options with
        {
            Clock = Clock,
            SettingsOf = ByRelay,
            Settings = new Dictionary<string, string>(Impatient) { ["Transfers__GiveUpAfter"] = "00:00:45" },
        };

        private Dictionary<string, string> ByRelay(SandboxHost sandbox)
        {
            var webhook = sandbox.Portals["esb"].CreateIncomingWebhook(1, "crm", "user_basic").Url;
            Relay = new Relay(webhook);
            Relay.Join();
            return new Dictionary<string, string> { ["Esb__Connections__0__WebhookUrl"] = Relay.Url.AbsoluteUri };
        }
    }

    [Fact]
    public async Task An_ESB_that_is_down_for_a_while_gets_the_deal_when_it_is_back()
    {
        var deal = Source.AddDeal("ЕСБ недоступен", rows: Crm.Rows);
        await _relay.CutAsync();
        Workflow workflow;
        try
        {
            workflow = Stage.Send(deal);
            await UntilOutputAsync("put off");
        }
        finally
        {
            _relay.Join();
        }

        var result = await workflow.ResultAsync();

        Assert.Equal("created", result.Status);
        Assert.Equal(2, Stage.EsbRowsOf(Stage.OneEsbDealOf(deal)["id"]!.GetValue<long>()).Count);
    }

    [Fact]
    public async Task An_ESB_that_stays_down_is_given_up_in_time_and_the_robot_is_answered()
    {
        var deal = Source.AddDeal("ЕСБ не вернулся", rows: Crm.Rows);
        await _relay.CutAsync();
        RobotResult result;
        try
        {
            result = await Stage.SendToEndAsync(deal);
        }
        finally
        {
            _relay.Join();
        }

        Assert.Equal(("failed", "ConnectionRefused"), (result.Status, result.ErrorCode));
        Assert.Contains("Сделку не удалось передать за отведённое время", result.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("повторите передачу", result.ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(Stage.EsbDealsOf(deal));
    }

    [Fact]
    public async Task An_expired_token_is_renewed_once_however_many_transfers_meet_it()
    {
        // Two hours later on the portal, and its robots bring no tokens of their own.
        _clock.Offset += TimeSpan.FromHours(2);
        Source.Settings.RobotTokens = RobotTokens.None;
        try
        {
            var workflows = Enumerable.Range(1, 20).Select(number => Stage.Send(Source.AddDeal($"Просрочено {number}"))).ToList();
            foreach (var workflow in workflows)
            {
                Assert.Equal("created", (await workflow.ResultAsync()).Status);
            }
        }
        finally
        {
            Source.Settings.RobotTokens = RobotTokens.Both;
        }

        Assert.Single(Stage.Sandbox.OAuthServer.Journal.Entries, entry => entry.Method == "token.refresh_token");
        Assert.Contains(Source.Journal.Entries, entry => entry.Error == "expired_token");
    }

    [Fact]
    public async Task Too_many_requests_are_a_matter_of_seconds_and_of_nobody_else()
    {
        var deal = Source.AddDeal("Слишком часто", rows: Crm.Rows);
        var atSource = Source.Faults.Add(new FaultRule(FaultKind.QueryLimitExceeded, count: 1));
        var atEsb = Esb.Faults.Add(new FaultRule(FaultKind.QueryLimitExceeded, count: 1));

        var result = await Stage.SendToEndAsync(deal);

        Assert.Equal((1, 1), (atSource.Struck, atEsb.Struck));
        Assert.Equal("created", result.Status);
        Stage.OneEsbDealOf(deal);
        Assert.Equal("1", Stage.Ask("SELECT attempt FROM transfers WHERE item_id = @Deal", ("@Deal", deal)));
    }

    private Task UntilOutputAsync(string words) => StageExtensions.UntilAsync(
        () => Stage.App.Output.Skip(LinesBefore).Any(line => line.Contains(words, StringComparison.Ordinal)), $"the app says «{words}»");
}
