using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Browser.Staging;

/// <summary>The real app as a process, on a site of its own, between the sandbox's two portals with sample data. Nothing is installed.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes it asynchronously.")]
public class BrowserStage : IAsyncLifetime
{
    /// <summary>The host of the app: another site than the portals' 127.0.0.1, so that its frames are third parties.</summary>
    public const string AppHost = "app.localhost";

    public Stage Stage { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Stage = await Stage.StartAsync(
        new StageOptions { Program = BuiltApp.Program, WithSampleData = true, ControlPort = 0, AppHost = AppHost, KnowsEsb = KnowsEsb }, CancellationToken.None);

    /// <summary>Whether the app knows the ESB from its settings.</summary>
    protected virtual bool KnowsEsb => true;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Stage.DisposeAsync();
    }
}
