using System.Text.Json;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.CatchUp;

/// <summary>What is learnt of robots and their stages, when the app listened, and what people decided.</summary>
public abstract class LearningContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    private PortalId _portal;

    public override async ValueTask InitializeAsync() => _portal = (await InstallAsync()).Id;

    [Fact]
    public async Task A_stage_is_known_after_its_first_call_with_settings_delay_and_time_out()
    {
        await CallAsync(7, """{"mode":["skip"]}""", delay: TimeSpan.FromMinutes(10), timeout: TimeSpan.FromHours(1));
        Restart();

        var stage = Assert.Single(await Stores.RobotStages.ListAsync(_portal, Cancel));
        Assert.Equal(("send_to_esb", 2, "C5:UC_SEND", 5L, "main", """{"mode":["skip"]}"""), (stage.RobotCode, stage.EntityTypeId, stage.Stage, stage.CategoryId, stage.Connection, stage.Properties));
        Assert.Equal((TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), 1L), (stage.Delay, stage.Timeout, stage.Calls));
        Assert.Equal("C5:UC_SEND", Assert.Single(await Stores.Transfers.ListAsync(new TransferQuery(), Cancel)).Stage);
    }

    [Fact]
    public async Task Values_that_differ_from_deal_to_deal_are_told_from_settings()
    {
        await CallAsync(7, """{"deal_title":["А"],"comment":["всем"],"mode":["update"]}""");
        Assert.Equal(["deal_title", "comment"], (await StageAsync()).Unproven);
        await CallAsync(8, """{"deal_title":["Б"],"comment":["всем"],"mode":["update"]}""");

        var stage = await StageAsync();
        Assert.Equal(["deal_title"], stage.LeftOut);
        Assert.Equal("""{"comment":["всем"],"mode":["update"]}""", Unescaped(stage.CommonProperties));
        Assert.Empty(stage.Unproven);
    }

    [Fact]
    public async Task A_setting_that_was_changed_in_the_designer_counts_again_after_ten_calls()
    {
        await CallAsync(1, """{"comment":["раньше"],"mode":["update"]}""");
        for (var deal = 2; deal <= 11; deal++)
        {
            await CallAsync(deal, """{"comment":["теперь"],"mode":["skip"]}""");
            Assert.Equal(deal < 11 ? ["comment"] : [], (await StageAsync()).LeftOut);
        }

        // Choices are never a deal's own.
        Assert.Equal("""{"comment":["теперь"],"mode":["skip"]}""", Unescaped((await StageAsync()).CommonProperties));
    }

    [Fact]
    public async Task The_same_deal_again_proves_nothing_about_others_and_another_attempt_is_no_other_call()
    {
        await CallAsync(1, """{"comment":["а"]}""");
        await CallAsync(2, """{"comment":["б"]}""");
        for (var i = 0; i < 20; i++)
        {
            await CallAsync(2, """{"comment":["б"]}""");
        }

        Assert.Equal(["comment"], (await StageAsync()).LeftOut);
        Assert.Equal(22, (await StageAsync()).Calls);
        var transfer = (await Stores.Transfers.ListAsync(new TransferQuery { Most = 1 }, Cancel))[0];
        await ReadAsync(transfer.Request, TimeSpan.Zero);
        Assert.Equal(22, (await StageAsync()).Calls);
    }

    [Theory]
    [InlineData("workflow-1", 3, true)]
    [InlineData("workflow-1", -1, true)]
    [InlineData("workflow-1", -30, false)]
    [InlineData("", 3, false)]
    public void A_robot_calls_from_the_stage_on_which_its_deal_stood_when_it_called(string workflow, int secondsAfterMove, bool isLearnt)
    {
        var call = Given.Transfer() with { WorkflowId = workflow };
        var item = JsonElement.Parse($$"""{"stageId":"NEW","categoryId":"0","movedTime":"{{Given.Now.AddSeconds(-secondsAfterMove):yyyy-MM-ddTHH:mm:sszzz}}"}""");

        var sighting = StageSighting.Of(call, item)!;

        Assert.Equal(("NEW", 0L), (sighting.Stage, sighting.CategoryId));
        Assert.Equal(isLearnt ? TimeSpan.FromSeconds(Math.Max(0, secondsAfterMove)) : null, sighting.Delay);
        Assert.Null(StageSighting.Of(call, JsonElement.Parse("""{"id":1}""")));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(30, false)]
    public void A_quote_does_not_tell_when_it_was_moved_and_must_not_have_changed_since_the_call(int secondsAfterCall, bool isLearnt)
    {
        var item = JsonElement.Parse($$"""{"stageId":"DRAFT","updatedTime":"{{Given.Now.AddSeconds(secondsAfterCall):yyyy-MM-ddTHH:mm:sszzz}}"}""");

        Assert.Equal(isLearnt ? TimeSpan.Zero : null, StageSighting.Of(Given.Transfer(), item)!.Delay);
    }

    [Fact]
    public async Task Learning_costs_no_commit_of_its_own()
    {
        using var database = TestStorage.Make();
        var stores = database.Stores(Clock);
        var portal = await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        var call = Given.Transfer(portal.Id);
        await stores.Transfers.TryAddAsync(call, Cancel);
        var (commits, writes) = (database.Open().Commits, database.Open().Writes);

        await stores.Transfers.RecordReadAsync(call.Id, "x", null, "default@1", new StageSighting(call, "NEW", 0, TimeSpan.Zero), Cancel);

        Assert.Single(await stores.RobotStages.ListAsync(portal.Id, Cancel));
        Assert.Equal((commits + 1, writes + 1), (database.Open().Commits, database.Open().Writes));
    }

    [Fact]
    public async Task Templates_are_kept_with_their_stage()
    {
        await Stores.RobotStages.SaveTemplateAsync(_portal, new StageTemplate(12, 2, "NEW", Given.Now), Cancel);
        await Stores.RobotStages.SaveTemplateAsync(_portal, new StageTemplate(12, 2, "UC_SEND", Given.Now.AddHours(1)), Cancel);
        await Stores.RobotStages.SaveTemplateAsync(_portal, new StageTemplate(13, 147, "DT147_9:NEW", Given.Now), Cancel);
        Restart();

        Assert.Equal([new StageTemplate(12, 2, "UC_SEND", Given.Now.AddHours(1)), new StageTemplate(13, 147, "DT147_9:NEW", Given.Now)], await Stores.RobotStages.TemplatesAsync(_portal, Cancel));
    }

    [Fact]
    public async Task A_gap_lies_between_the_last_word_of_one_life_and_the_first_of_the_next()
    {
        Assert.Empty(await Stores.Listening.GapsAsync(Cancel));
        await Stores.Listening.BeginAsync(Cancel);
        Clock.Advance(TimeSpan.FromMinutes(90));
        await Stores.Listening.ContinueAsync(Cancel);
        Restart();
        Clock.Advance(TimeSpan.FromHours(1));

        // Nobody has begun to listen: the gap goes on.
        var stopped = Given.Now.AddMinutes(90);
        Assert.Equal([new Gap(stopped, Given.Now.AddMinutes(150))], await Stores.Listening.GapsAsync(Cancel));
        await Stores.Listening.BeginAsync(Cancel);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Stores.Listening.ContinueAsync(Cancel);

        Assert.Equal([new Gap(stopped, Given.Now.AddMinutes(150))], await Stores.Listening.GapsAsync(Cancel));
    }

    [Fact]
    public async Task Of_a_long_gap_the_last_month_is_looked_at_and_of_old_ones_nothing()
    {
        await Stores.Listening.BeginAsync(Cancel);
        Clock.Advance(TimeSpan.FromDays(100));
        await Stores.Listening.BeginAsync(Cancel);
        Assert.Equal([new Gap(Given.Now.AddDays(70), Given.Now.AddDays(100))], await Stores.Listening.GapsAsync(Cancel));
        await Stores.Listening.ContinueAsync(Cancel);

        for (var day = 0; day < 15; day++)
        {
            Clock.Advance(TimeSpan.FromDays(1));
            await Stores.Listening.ContinueAsync(Cancel);
        }

        Assert.Empty(await Stores.Listening.GapsAsync(Cancel));
    }

    [Fact]
    public async Task A_person_is_asked_until_somebody_says_otherwise_and_a_no_is_remembered()
    {
        var other = await InstallAsync(2);
        Assert.Equal(CatchUpMode.Ask, await Stores.Choices.ModeAsync(_portal, Cancel));
        await Stores.Choices.SaveModeAsync(_portal, CatchUpMode.Send, Cancel);
        await Stores.Choices.DismissAsync(_portal, 1, ["a", "b"], Cancel);
        await Stores.Choices.DismissAsync(_portal, 7, ["b"], Cancel);
        Restart();

        Assert.Equal(CatchUpMode.Send, await Stores.Choices.ModeAsync(_portal, Cancel));
        Assert.Equal(["a", "b"], (await Stores.Choices.DismissedAsync(_portal, Cancel)).Order());
        Assert.Equal(CatchUpMode.Ask, await Stores.Choices.ModeAsync(other.Id, Cancel));
        Assert.Empty(await Stores.Choices.DismissedAsync(other.Id, Cancel));
        await Stores.Choices.SaveModeAsync(_portal, CatchUpMode.Ask, Cancel);
        Assert.Equal(CatchUpMode.Ask, await Stores.Choices.ModeAsync(_portal, Cancel));
    }

    [Fact]
    public async Task What_was_learnt_of_a_portal_goes_with_it()
    {
        await CallAsync(7, "{}");
        await Stores.RobotStages.SaveTemplateAsync(_portal, new StageTemplate(12, 2, "NEW", Given.Now), Cancel);
        await Stores.Choices.SaveModeAsync(_portal, CatchUpMode.Send, Cancel);
        await Stores.Choices.DismissAsync(_portal, 1, ["a"], Cancel);
        await Stores.Portals.UninstallAsync(_portal, Given.Now, Cancel);

        await Stores.Eraser.EraseDueAsync(Clock.GetUtcNow(), Cancel);

        Assert.Empty(await Stores.RobotStages.ListAsync(_portal, Cancel));
        Assert.Empty(await Stores.RobotStages.TemplatesAsync(_portal, Cancel));
        Assert.Empty(await Stores.Choices.DismissedAsync(_portal, Cancel));
        Assert.Equal(CatchUpMode.Ask, await Stores.Choices.ModeAsync(_portal, Cancel));
    }

    private static string Unescaped(string json) => System.Text.RegularExpressions.Regex.Unescape(json);

    private async Task<RobotStage> StageAsync() => Assert.Single(await Stores.RobotStages.ListAsync(_portal, Cancel));

    private async Task CallAsync(long deal, string properties, TimeSpan? delay = null, TimeSpan? timeout = null)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        var now = Clock.GetUtcNow();
        var call = Given.Transfer(_portal, deal, receivedAt: now, properties: properties) with { TimesOutAt = timeout is { } wait ? now + wait : null };
        await Stores.Transfers.TryAddAsync(call, Cancel);
        await ReadAsync(call, delay ?? TimeSpan.Zero);
    }

    private Task ReadAsync(NewTransfer call, TimeSpan delay) =>
        Stores.Transfers.RecordReadAsync(call.Id, "x", null, "default@1", new StageSighting(call, "C5:UC_SEND", 5, delay), Cancel);
}
