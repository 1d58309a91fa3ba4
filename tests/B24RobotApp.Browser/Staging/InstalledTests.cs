using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

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

    /// <summary>
    /// Looks at the app's page in its frame as it is now: it is not wider than its frame, axe finds nothing serious in it, and a screenshot is made for a person, where a folder for it is named.
    /// </summary>
    /// <param name="name">The screenshot's.</param>
    /// <param name="frame">Where the app's frame is.</param>
    protected async Task LookAsync(string name, string frame = ".app-layout iframe")
    {
        Assert.True(await Portal.Page.FrameLocator(frame).Locator("html").EvaluateAsync<bool>("html => html.scrollWidth <= html.clientWidth + 1"), $"{name} is wider than its frame.");
        await ScreenshotAsync(name);
        var found = await Portal.Page.RunAxe(new AxeRunContext { Include = [new AxeSelector("html", [frame])] });
        var serious = found.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .SelectMany(violation => violation.Nodes.Select(node => $"{violation.Id}: {violation.Help}: {node.Html} {node.Any.FirstOrDefault()?.Message}"));
        Assert.True(!serious.Any(), $"{name}:\n{string.Join('\n', serious)}");
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
