using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A stage with the app installed and its robot placed, for all tests of a class. Whatever they did: at the end no secret may stand in what the app has written.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes it asynchronously.")]
public abstract class StageFixture : IAsyncLifetime
{
    /// <summary>Set before the first test.</summary>
    public Stage Stage { get; private set; } = null!;

    /// <summary>Short times, since the sandbox goes on with nothing once a connection is cut.</summary>
    protected static Dictionary<string, string> Impatient => new()
    {
        ["Bitrix24__RequestTimeout"] = "00:00:03",
        ["Transfers__OutcomeSettlesAfter"] = "00:00:01",
        ["Transfers__AnswerNotBefore"] = "00:00:00",
    };

    protected virtual StageOptions Options => new() { Program = BuiltApp.Program, WithSampleData = true, Settings = Impatient };

    public async ValueTask InitializeAsync()
    {
        Stage = await Stage.StartAsync(Options, CancellationToken.None);
        await InstallAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Stage.App.KillAsync();
        var found = Secrets.FindIn(Stage);
        await Stage.DisposeAsync();
        Assert.Empty(found);
    }

    /// <summary>Gets everything ready; at the end nothing is under way.</summary>
    protected virtual async Task InstallAsync()
    {
        await Stage.InstallAsync(CancellationToken.None);
        Stage.PlaceRobots();
        await Stage.EsbReadyAsync();
    }
}
