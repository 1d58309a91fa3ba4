using Microsoft.Playwright;

namespace B24RobotApp.Browser.Pages;

internal static class PageExtensions
{
    /// <summary>Waits until the window has something, looking again whenever one of its frames has gone somewhere.</summary>
    public static async Task<T> WaitForAsync<T>(this IPage page, Func<IPage, T?> find) where T : class
    {
        var found = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        page.FrameNavigated += Look;
        try
        {
            Look(page, page.MainFrame);
            return await found.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        finally
        {
            page.FrameNavigated -= Look;
        }

        void Look(object? sender, IFrame frame)
        {
            if (find(page) is { } value)
            {
                found.TrySetResult(value);
            }
        }
    }
}
