using System.Text.RegularExpressions;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Portals;
using Xunit;

namespace B24RobotApp.Transfers.Tests.CatchUp;

/// <summary>What facts mean, and that all that is said of them is said in both languages.</summary>
public sealed partial class CandidateJudgeTests
{
    private static readonly DateTimeOffset Entered = Given.Now.AddHours(-1);

    private static readonly StayFacts Moved = new()
    {
        Robot = new RobotStage
        {
            Portal = new PortalId(1),
            RobotCode = "send_to_esb",
            EntityTypeId = 2,
            Stage = "UC_SEND",
            Connection = "main",
            Properties = """{"mode":["update"],"comment":["для всех"]}""",
            Calls = 20,
            Delay = TimeSpan.Zero,
            FirstCalledAt = Given.Now.AddDays(-90),
            LastCalledAt = Given.Now.AddHours(-2),
        },
        Gap = new Gap(Given.Now.AddMinutes(-90), Given.Now.AddMinutes(-5)),
        Now = Given.Now,
        EnteredAt = Entered,
        Entry = new StageEntry(41, StageEntryType.Moved, 7, Entered, 0, "UC_SEND"),
        HasEarlierStage = true,
        CurrentStage = "UC_SEND",
        CreatedAt = Entered.AddDays(-3),
    };

    private static StayFacts Created => Moved with { HasEarlierStage = false, Entry = Moved.Entry! with { Type = StageEntryType.Created }, CreatedAt = Entered };

    internal static TheoryData<string, StayFacts, CatchUpVerdict, CatchUpSign[]> Facts => new()
    {
        { "it came from another stage and nothing speaks against it", Moved, CatchUpVerdict.Likely, [CatchUpSign.CameFromAnotherStage] },
        { "its workflow waits", Moved with { WorkflowWaits = true }, CatchUpVerdict.Likely, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage] },
        { "no workflow waits", Moved with { WorkflowWaits = false }, CatchUpVerdict.Unlikely, [CatchUpSign.NoWorkflowWaits, CatchUpSign.CameFromAnotherStage] },
        { "no workflow waits, but the robot's time is over", Moved with { WorkflowWaits = false, Robot = Moved.Robot with { Timeout = TimeSpan.FromMinutes(30) } }, CatchUpVerdict.Likely, [CatchUpSign.CameFromAnotherStage] },
        { "no workflow waits, and the robot's time is not over", Moved with { WorkflowWaits = false, Robot = Moved.Robot with { Timeout = TimeSpan.FromHours(2) } }, CatchUpVerdict.Unlikely, [CatchUpSign.NoWorkflowWaits, CatchUpSign.CameFromAnotherStage] },
        { "it moved on, which ends its workflow", Moved with { WorkflowWaits = false, LeftAt = Given.Now, CurrentStage = "WON" }, CatchUpVerdict.Doubtful, [CatchUpSign.CameFromAnotherStage, CatchUpSign.MovedOn] },
        { "it was created there, and nobody tells of workflows", Created, CatchUpVerdict.Doubtful, [CatchUpSign.CreatedOnStage] },
        { "it was created there, and its workflow waits", Created with { WorkflowWaits = true }, CatchUpVerdict.Likely, [CatchUpSign.WorkflowWaits, CatchUpSign.CreatedOnStage] },
        { "it was imported: created there, and no workflow waits", Created with { WorkflowWaits = false }, CatchUpVerdict.Unlikely, [CatchUpSign.NoWorkflowWaits, CatchUpSign.CreatedOnStage] },
        { "it was imported with its old dates", Created with { CreatedAt = Entered.AddYears(-1) }, CatchUpVerdict.Unlikely, [CatchUpSign.OlderThanItsHistory] },
        { "it was created on a final stage", Created with { Entry = Created.Entry! with { Type = StageEntryType.Ended } }, CatchUpVerdict.Doubtful, [CatchUpSign.CreatedOnStage] },
        { "an older portal forgot its earlier stages", Moved with { HasEarlierStage = false }, CatchUpVerdict.Likely, [CatchUpSign.CameFromAnotherStage] },
        { "it is known by its workflow alone", Moved with { Entry = null, HasEarlierStage = false, WorkflowWaits = true }, CatchUpVerdict.Likely, [CatchUpSign.WorkflowWaits] },
        { "it is on the ESB", Moved with { EsbId = 701 }, CatchUpVerdict.Doubtful, [CatchUpSign.CameFromAnotherStage, CatchUpSign.OnEsb] },
        { "it is on the ESB, and its workflow waits", Moved with { EsbId = 701, WorkflowWaits = true }, CatchUpVerdict.Likely, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage, CatchUpSign.OnEsb] },
        { "it is on the ESB, perhaps by this call, and would be made anew", Moved with { EsbId = 701, WorkflowWaits = true, Robot = Moved.Robot with { Properties = """{"mode":["create"]}""" } }, CatchUpVerdict.Doubtful, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage, CatchUpSign.OnEsb] },
        { "it was sent since", Moved with { SentSince = "done", WorkflowWaits = true }, CatchUpVerdict.Unlikely, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage, CatchUpSign.SentSince] },
        { "the app was listening", Moved with { Gap = Moved.Gap with { From = Entered.AddMinutes(1) } }, CatchUpVerdict.Doubtful, [CatchUpSign.CameFromAnotherStage, CatchUpSign.WasListening] },
        { "the app was listening, and a workflow waits for something", Moved with { Gap = Moved.Gap with { To = Entered.AddMinutes(-1) }, WorkflowWaits = true }, CatchUpVerdict.Doubtful, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage, CatchUpSign.WasListening] },
        { "the robot's delay leads into the gap", Moved with { EnteredAt = Given.Now.AddHours(-3), Robot = Moved.Robot with { Delay = TimeSpan.FromHours(2) } }, CatchUpVerdict.Likely, [CatchUpSign.CameFromAnotherStage] },
        { "the robot was not seen for two months", Moved with { Robot = Moved.Robot with { LastCalledAt = Given.Now.AddDays(-60) } }, CatchUpVerdict.Doubtful, [CatchUpSign.CameFromAnotherStage, CatchUpSign.RobotNotSeenLately] },
        { "the robot called for 3 of 20", Moved with { Before = (3, 20) }, CatchUpVerdict.Doubtful, [CatchUpSign.CameFromAnotherStage, CatchUpSign.RobotCallsForSome] },
        { "the robot called for 19 of 20", Moved with { Before = (19, 20) }, CatchUpVerdict.Likely, [CatchUpSign.CameFromAnotherStage, CatchUpSign.RobotCallsForAll] },
        { "too few came before to say anything", Moved with { Before = (0, 4) }, CatchUpVerdict.Likely, [CatchUpSign.CameFromAnotherStage] },
        { "the settings were seen once", Moved with { WorkflowWaits = true, Robot = Moved.Robot with { Calls = 1 } }, CatchUpVerdict.Doubtful, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage, CatchUpSign.SettingsOfOneItem] },
        { "a setting differs from deal to deal", Moved with { WorkflowWaits = true, Robot = Moved.Robot with { Varying = ["comment"] } }, CatchUpVerdict.Doubtful, [CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage, CatchUpSign.SettingsLeftOut] },
    };

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Facts.Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Facts_mean_what_is_written_here(int number)
    {
        var (name, facts, verdict, signs) = Facts.ElementAt(number).Data;

        var judged = CandidateJudge.Judge(facts);

        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {judged.Verdict}");
        Assert.Equal((name, verdict), (name, judged.Verdict));
        Assert.Equal(signs, judged.Reasons.Select(reason => reason.Sign));
    }

    [Fact]
    public void Every_sign_is_among_the_cases()
    {
        var seen = Facts.SelectMany(row => row.Data.Item4).ToHashSet();

        Assert.Equal(Enum.GetValues<CatchUpSign>(), seen.Order());
    }

    [Theory]
    [InlineData("ru")]
    [InlineData("en")]
    public void Every_sign_and_verdict_has_a_text_of_its_own_in_each_language(string language)
    {
        var texts = new CatchUpTexts(language);
        var detailed = Facts.SelectMany(row => CandidateJudge.Judge(row.Data.Item2).Reasons).Distinct().ToList();

        Assert.All(detailed, reason => Assert.Contains(reason.Detail, texts.Of(reason), StringComparison.Ordinal));
        string[] all =
        [
            .. Enum.GetValues<CatchUpSign>().Select(sign => texts.Of(new CatchUpReason(sign, "7"))), .. Enum.GetValues<CatchUpVerdict>().Select(texts.Verdict),
            texts.WaysOut(Stuck()), texts.WaysOut(Stuck() with { EndsAt = Given.Now }), texts.WaysOut(Stuck() with { IsBehindAnswer = true }), texts.Ended(), texts.NotStuck(),
        ];
        Assert.All(all, text => Assert.Equal(language == "ru", Cyrillic().IsMatch(text)));
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Matches(language == "ru" ? "Передвиньте.*завершите.*Задайте" : "Move.*end the workflow.*Set", texts.WaysOut(Stuck()));
        Assert.Matches(language == "ru" ? "Передвиньте.*завершите.*Задайте" : "Move.*end the workflow.*Set", texts.WaysOut(Stuck() with { IsBehindAnswer = true }));
        static StuckWorkflow Stuck() => new() { Id = "", EntityTypeId = 2, ItemId = 1, Title = "", Stage = "", Since = Given.Now };
    }

    [GeneratedRegex("[а-яё]", RegexOptions.IgnoreCase)]
    private static partial Regex Cyrillic();
}
