using System.Text.Json;
using Microsoft.Playwright;

namespace B24RobotApp.Browser.Pages;

/// <summary>The host page in a frame of a portal: what its SDK is told to do and what comes of it.</summary>
public sealed class SdkFrame(IFrame frame)
{
    public IFrame Frame => frame;

    /// <summary>Waits until a frame of the application has shaken hands with its portal.</summary>
    /// <param name="page">The window.</param>
    /// <param name="app">Where the application's pages are.</param>
    /// <param name="path">Which of its pages; any if not given.</param>
    public static async Task<SdkFrame> FindAsync(IPage page, Uri app, string path = "")
    {
        ArgumentNullException.ThrowIfNull(page);
        var address = new Uri(app, path).AbsoluteUri;
        var frame = page.Frames.FirstOrDefault(IsThere) ?? (await page.WaitForAsync(page => page.Frames.FirstOrDefault(IsThere)));
        await frame.WaitForFunctionAsync("() => window.started");
        await frame.EvaluateAsync("() => window.started.then(() => true)");
        return new SdkFrame(frame);

        bool IsThere(IFrame frame) => frame.Url.StartsWith(address, StringComparison.Ordinal) && !frame.IsDetached;
    }

    /// <summary>Lets the SDK's frame object do something: <c>$b24.getLang()</c>.</summary>
    public Task<T> DoAsync<T>(string expression) => frame.EvaluateAsync<T>($"async () => {{ const $b24 = await window.started; return {expression} }}");

    /// <summary>The same as JSON.</summary>
    public async Task<JsonElement> DoAsync(string expression) => await DoAsync<JsonElement>(expression);

    /// <summary>Lets the SDK do something that has no answer, or whose answer comes later.</summary>
    public Task StartAsync(string expression) => frame.EvaluateAsync($"async () => {{ const $b24 = await window.started; window.later = {expression} }}");
}
