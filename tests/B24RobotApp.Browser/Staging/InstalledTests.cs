using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Browser.Staging;

/// <summary>Tests in a window of the source portal, where the app is installed; the portal speaks Russian until a test says otherwise.</summary>
[SuppressMessage("Design", "CA1051", Justification = "For the tests alone.")]
public abstract class InstalledTests(Chromium chromium, InstalledStage fixture) : IAsyncLifetime
{
    protected Stage Stage => fixture.Stage;

    protected SandboxPortal Source => fixture.Stage.Source;

    protected SandboxPortal Esb => fixture.Stage.Esb;

    /// <summary>The source portal's window.</summary>
    protected PortalPage Portal { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Source.Settings.Language = "ru";
        Portal = new PortalPage(await chromium.OpenAsync(), Source);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Portal.Page.Context.DisposeAsync();
    }

    /// <summary>For a person to look at, where a folder for it is named.</summary>
    protected async Task ScreenshotAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } folder)
        {
            await Portal.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }
}
