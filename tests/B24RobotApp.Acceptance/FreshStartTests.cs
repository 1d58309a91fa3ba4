using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>The app's data are gone: it learns from the ESB what that already holds.</summary>
public sealed class FreshStartTests
{
    [Fact]
    public async Task With_an_empty_data_directory_nothing_is_doubled()
    {
        await using var stage = await Stage.StartAsync(new StageOptions { Program = BuiltApp.Program, WithSampleData = true }, TestContext.Current.CancellationToken);
        await stage.InstallAsync(TestContext.Current.CancellationToken);
        stage.PlaceRobots();
        var contact = stage.Source.AddContact("Прежний", email: "former@example.com");
        var deals = Enumerable.Range(1, 60).Select(number => stage.Source.AddDeal($"Прежняя {number}", contactIds: contact)).ToList();
        foreach (var workflow in deals.ConvertAll(stage.Send))
        {
            await workflow.ResultAsync();
        }

        await stage.App.KillAsync();
        foreach (var folder in Directory.EnumerateDirectories(stage.DataDirectory))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(stage.DataDirectory))
        {
            File.Delete(file);
        }

        await stage.App.StartAsync(TestContext.Current.CancellationToken);
        var page = await stage.Source.OpenApplicationAsync(stage.Installation, 1, TestContext.Current.CancellationToken);
        Assert.Equal(200, page.Status);
        stage.Source.Update(Crm.Deal, deals[^1], new JsonObject { ["title"] = "Прежняя, обновлённая" });
        var results = new List<RobotResult>();
        foreach (var workflow in new[] { deals[0], deals[29], deals[^1] }.Select(stage.Send).ToList())
        {
            results.Add(await workflow.ResultAsync());
        }

        Assert.All(results, result => Assert.Equal("updated", result.Status));
        Assert.All(deals, deal => stage.OneEsbDealOf(deal));
        Assert.Equal("Прежняя, обновлённая", stage.OneEsbDealOf(deals[^1])["title"]?.ToString());
        Assert.Single(stage.Esb.List(Crm.Contact, new JsonObject { ["=originId"] = $"{contact}" }));
    }
}
