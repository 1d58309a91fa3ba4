using System.Diagnostics;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A test on a stage that others have played on: it begins with empty journals, no faults and the robot as dropped; if it fails, it shows what happened.</summary>
public abstract class StageTests : IDisposable
{
    protected StageTests(StageFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        Stage = fixture.Stage;
        Calm();
        Stage.PlaceRobots();
        LinesBefore = Stage.App.Output.Count;
    }

    protected Stage Stage { get; }

    protected SandboxPortal Source => Stage.Source;

    protected SandboxPortal Esb => Stage.Esb;

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>How many lines the app had written before the test.</summary>
    protected int LinesBefore { get; }

    /// <summary>Waits until the log complains in one line that names the portal and the reason; lines take a moment to get here.</summary>
    protected Task ComplaintAsync(string portal, params IReadOnlyList<string> words) => StageExtensions.UntilAsync(
        () => Stage.App.Complaints.Any(line => line.Contains(portal, StringComparison.Ordinal) && words.All(word => line.Contains(word, StringComparison.Ordinal))),
        $"the app complains of {portal}: {string.Join(", ", words)}",
        TimeSpan.FromSeconds(10));

    protected async Task KillAndStartAsync()
    {
        await Stage.App.KillAsync();
        await Stage.App.StartAsync(Cancelled);
    }

    /// <summary>Runs a command beside the server, with its settings.</summary>
    protected async Task<(int Code, string Output)> RunAsync(params string[] words)
    {
        using var process = StartCommand(words);
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        var output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        TestContext.Current.TestOutputHelper?.WriteLine(await error);
        return (process.ExitCode, output);
    }

    /// <summary>Starts a command beside the server, with its settings.</summary>
    protected Process StartCommand(params string[] words)
    {
        string[] settings =
        [
            $"--App:PublicUrl={Stage.App.Url}", $"--App:DataDirectory={Stage.DataDirectory}", "--Bitrix24:AllowHttp=true",
            $"--Bitrix24:OAuthServers:0={Stage.Sandbox.OAuthServer.BaseUrl}", "--Bitrix24:AllowedPortals:0=127.0.0.1",
        ];
        return Process.Start(new ProcessStartInfo("dotnet", [BuiltApp.Program, .. words, .. settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Calm();
        if (TestContext.Current.TestState?.Result == TestResult.Failed && TestContext.Current.TestOutputHelper is { } output)
        {
            foreach (var line in Stage.App.Output.Skip(LinesBefore).TakeLast(60))
            {
                output.WriteLine(line);
            }
        }
    }

    /// <summary>Clears faults and journals and what was limited.</summary>
    protected void Calm()
    {
        Stage.Sandbox.OAuthServer.Faults.Clear();
        Stage.Sandbox.OAuthServer.Journal.Clear();
        foreach (var portal in Stage.Sandbox.Portals.Values)
        {
            portal.Faults.Clear();
            portal.Journal.Clear();
            portal.Costs.Clear();
        }
    }
}
