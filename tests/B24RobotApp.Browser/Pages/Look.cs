using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace B24RobotApp.Browser.Pages;

/// <summary>Looks at a page of the app as a person would.</summary>
internal static class Look
{
    /// <summary>
    /// Looks at the app's page in its frame as it is now: it is not wider than its frame, axe finds nothing serious in it, and a screenshot is made for a person, where a folder for it is named.
    /// </summary>
    /// <param name="page">The portal's window.</param>
    /// <param name="name">The screenshot's.</param>
    /// <param name="frame">Where the app's frame is.</param>
    public static async Task AtAsync(IPage page, string name, string frame = ".app-layout iframe")
    {
        Assert.True(await page.FrameLocator(frame).Locator("html").EvaluateAsync<bool>("html => html.scrollWidth <= html.clientWidth + 1"), $"{name} is wider than its frame.");
        await TakeAsync(page, name);
        var found = await page.RunAxe(new AxeRunContext { Include = [new AxeSelector("html", [frame])] });
        var serious = found.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .SelectMany(violation => violation.Nodes.Select(node => $"{violation.Id}: {violation.Help}: {node.Html} {node.Any.FirstOrDefault()?.Message}"));
        Assert.True(!serious.Any(), $"{name}:\n{string.Join('\n', serious)}");
    }

    /// <summary>Whether <c>SCREENSHOTS</c> names a folder.</summary>
    public static bool TakesPictures => Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 };

    /// <summary>A screenshot for a person to look at, where <c>SCREENSHOTS</c> names a folder for it.</summary>
    public static async Task TakeAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }
}
