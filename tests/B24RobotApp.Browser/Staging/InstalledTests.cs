using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;
using Microsoft.Playwright;

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

    /// <summary>Says yes to the question that the app's page asks.</summary>
    /// <param name="action">What the button says.</param>
    protected Task ConfirmAsync(string action) => Portal.App.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();

    /// <summary>
    /// Looks at the app's page in its frame as it is now: it is not wider than its frame, axe finds nothing serious in it, and a screenshot is made for a person, where a folder for it is named.
    /// </summary>
    /// <param name="name">The screenshot's.</param>
    /// <param name="frame">Where the app's frame is.</param>
    protected Task LookAsync(string name, string frame = ".app-layout iframe") => Look.AtAsync(Portal.Page, name, frame);

    /// <inheritdoc cref="Look.TakeAsync"/>
    protected Task ScreenshotAsync(string name) => Look.TakeAsync(Portal.Page, name);
}
