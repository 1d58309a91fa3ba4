using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace B24RobotApp.Browser.Staging;

/// <summary>The system's own Chromium; Playwright brings the driver alone.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes it asynchronously.")]
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Where to look when <c>CHROMIUM</c> does not say it.</summary>
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        // A busy machine is no failure.
        Assertions.SetDefaultExpectTimeout(30_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program() });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>A fresh window of 1280 x 900; nothing is remembered from another.</summary>
    public async Task<IPage> OpenAsync()
    {
        var context = await _browser.NewContextAsync(new() { ColorScheme = ColorScheme.Null, ViewportSize = new() { Width = 1280, Height = 900 } });
        return Tell(await context.NewPageAsync());
    }

    /// <summary>A window of a browser of its own in which frames of all sites share one process, so that a slowed processor slows them all.</summary>
    public async Task<IPage> OpenInOneProcessAsync()
    {
        var browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program(), Args = ["--disable-site-isolation-trials"] });
        return Tell(await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } }));
    }

    /// <summary>A window of a browser whose owner lets a host store nothing: no cookie, no local or session storage, no database.</summary>
    /// <param name="host">The host that is refused.</param>
    /// <param name="profile">A folder for the browser's profile.</param>
    public async Task<IBrowserContext> OpenRefusingAsync(string host, string profile)
    {
        var preferences = new JsonObject
        {
            ["profile"] = new JsonObject
            {
                ["block_third_party_cookies"] = true,
                ["cookie_controls_mode"] = 1,
                ["content_settings"] = new JsonObject
                {
                    ["exceptions"] = new JsonObject { ["cookies"] = new JsonObject { [$"http://{host},*"] = new JsonObject { ["setting"] = 2 } } },
                },
            },
        };
        Directory.CreateDirectory(Path.Combine(profile, "Default"));
        await File.WriteAllTextAsync(Path.Combine(profile, "Default", "Preferences"), preferences.ToJsonString());
        var context = await _playwright.Chromium.LaunchPersistentContextAsync(
            profile, new() { ExecutablePath = Program(), ViewportSize = new() { Width = 1280, Height = 900 } });
        Tell(context.Pages[0]);
        return context;
    }

    /// <summary>What a person would see in the browser's tools stands in the test's output: errors of scripts, refused requests.</summary>
    private static IPage Tell(IPage page)
    {
        var output = TestContext.Current.TestOutputHelper;
        page.PageError += (_, error) => output?.WriteLine($"script: {error}");
        page.Console += (_, message) => output?.WriteLine($"console {message.Type}: {message.Text}");
        page.RequestFailed += (_, request) => output?.WriteLine($"failed: {request.Method} {request.Url} {request.Failure}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
            {
                output?.WriteLine($"{response.Status}: {response.Request.Method} {response.Url}");
            }
        };
        return page;
    }

    private static string Program()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Environment.GetEnvironmentVariable("CHROMIUM")
            ?? Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"No Chromium on this machine: install it (Debian and Ubuntu: apt-get install chromium) or name it in CHROMIUM. Looked for {string.Join(", ", Names)}.");
    }
}
