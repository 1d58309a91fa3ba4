using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>Portals differ by age: the same job between two of the newest and between two older ones.</summary>
public sealed class GenerationTests
{
    [Theory]
    [InlineData(PortalGeneration.Newest)]
    [InlineData(PortalGeneration.Older)]
    public async Task The_main_way_works_between_portals_of_a_generation(PortalGeneration generation)
    {
        await using var stage = await StartAsync(generation);
        var contact = stage.Source.AddContact("Поколение", phone: "+7 495 321-00-11");
        var deal = stage.Source.AddDeal("Поколение", rows: Crm.Rows, contactIds: contact);

        var result = await stage.SendToEndAsync(deal, new JsonObject { ["fields"] = new JsonArray("UF_CRM_ESB_PROJECT=Проект ЕСБ", "UF_CRM_ESB_KEYWORDS=слово") });

        Assert.Equal(("created", ""), (result.Status, result.ErrorMessage));
        stage.Esb.Crm.Settings.KnowsOriginalNames = true;
        var arrived = stage.OneEsbDealOf(deal);
        Assert.Equal("Проект ЕСБ", arrived["UF_CRM_ESB_PROJECT"]?.ToString());
        Assert.Equal($"{deal}", arrived["UF_CRM_SOURCE_DEAL_ID"]?.ToString());
        Assert.Equal(2, stage.EsbRowsOf(result.EsbDealId).Count);
        Assert.Single(arrived["contactIds"]!.AsArray());
        Assert.Equal($"created;{result.EsbDealId};", stage.Source.Run(() => stage.Source.Crm.FieldText(deal, Stage.ResultField)));
        Assert.Empty(stage.App.Complaints);
    }

    [Fact]
    public async Task A_workflow_that_is_locked_says_423_and_is_answered_again_until_it_takes_the_answer()
    {
        await using var stage = await StartAsync(PortalGeneration.Older);
        stage.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(3);
        var deal = stage.Source.AddDeal("Заперт");

        var result = await stage.SendToEndAsync(deal);
        await stage.Source.WhenIdleAsync();

        Assert.Equal("created", result.Status);
        Assert.True(stage.Source.Journal.Calls("bizproc.event.send").Count > 1, "The first answer was refused.");
        Assert.Contains(stage.Source.Journal.Entries.SelectMany(entry => entry.Calls), call => call is { Method: "bizproc.event.send", Error: "423" });
        Assert.Single(stage.Source.AppComments(deal));
        stage.OneEsbDealOf(deal);
    }

    private static async Task<Stage> StartAsync(PortalGeneration generation)
    {
        var stage = await Stage.StartAsync(
            new StageOptions { Program = BuiltApp.Program, WithSampleData = true, SettingsOf = sandbox => Age(sandbox, generation) }, TestContext.Current.CancellationToken);
        await stage.InstallAsync(TestContext.Current.CancellationToken);
        stage.PlaceRobots();
        await stage.EsbReadyAsync();
        return stage;
    }

    /// <summary>Makes all portals as old as that before the app sees them; there are no settings to it.</summary>
    private static Dictionary<string, string> Age(SandboxHost sandbox, PortalGeneration generation)
    {
        foreach (var portal in sandbox.Portals.Values)
        {
            portal.Settings.Generation = generation;
            portal.Crm.Settings.KnowsOriginalNames = generation == PortalGeneration.Newest;
            portal.Settings.RobotTokens = generation == PortalGeneration.Newest ? RobotTokens.Both : RobotTokens.AccessOnly;
        }

        return [];
    }
}
