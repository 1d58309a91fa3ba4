using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Rate;

/// <summary>Transfers per second of the built app; every deal with a company, two contacts, three product rows, a timeline entry and a notification.</summary>
internal static class RateBenchmark
{
    /// <param name="deals">How many.</param>
    /// <param name="conditions">Of both portals.</param>
    /// <param name="output">Gets the figures.</param>
    /// <param name="settings">Of the app, beyond the usual ones.</param>
    public static async Task<int> RunAsync(int deals, PortalConditions conditions, TextWriter output, params (string Key, string Value)[] settings)
    {
        await using var stage = await StartAsync(settings);
        var figures = await RateFigures.MeasureAsync(stage.Source, stage.Esb, new Orders(stage.Source).AddDeals(deals), conditions, output, stage.App.ProcessId);
        await figures.WriteAsync(output);
        return figures.IsWhole ? 0 : 1;
    }

    /// <summary>The app between two portals, installed and warm: one deal has gone across, so the client is known on the ESB.</summary>
    public static async Task<Stage> StartAsync(params (string Key, string Value)[] settings)
    {
        // These portals do not lock workflows, so an answer need not wait.
        var all = new Dictionary<string, string> { ["Transfers__AnswerNotBefore"] = "00:00:00" };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var stage = await Stage.StartAsync(new StageOptions { Program = Path.Combine(AppContext.BaseDirectory, "b24robot.dll"), Settings = all }, CancellationToken.None);
        await stage.InstallAsync(CancellationToken.None);
        await WarmUpAsync(stage.Installation);
        return stage;
    }

    /// <summary>Places the robot, and lets one deal go across.</summary>
    /// <returns>Makes further deals of the same client.</returns>
    public static async Task<Orders> WarmUpAsync(AppInstallation installation)
    {
        installation.Portal.Automation.Place(
            Stage.RobotCategory, Stage.RobotStage, new AppRobotStep(installation.ClientId, Stage.RobotCode, new JsonObject { ["notify"] = "user_7" }) { Waits = true });
        var orders = new Orders(installation.Portal);
        await Stage.CompletedAsync(Stage.Send(installation.Portal, orders.AddDeal()), CancellationToken.None);
        return orders;
    }
}
