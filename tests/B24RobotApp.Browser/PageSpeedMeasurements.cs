using System.Globalization;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>
/// How long the main page takes until it can be used, and how 10,000 transfers scroll and are searched, on a processor as it is and one that is four times as slow. It prints figures and judges none; <c>scripts/bench
/// pages</c> runs it, the tests do not.
/// </summary>
public sealed class PageSpeedMeasurements(Chromium chromium, PageSpeedMeasurements.Fixture fixture) : IClassFixture<PageSpeedMeasurements.Fixture>
{
    private const int Transfers = 10_000;
    private const int Runs = 5;

    /// <summary>Two transfers that were really made, and copies of them with titles of their own.</summary>
    public sealed class Fixture : InstalledStage
    {
        private const string CopySql = """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $count)
            INSERT INTO transfers (id, portal_id, robot_code, event_token, workflow_id, entity_type_id, item_id, connection, properties, waits, called_at, received_at, give_up_at, state, due_at,
                                   attempt, profile, title, outcome_status, esb_deal_id, esb_deal_url, error_code, error_message, outcome_at, answered_at, finished_at)
            SELECT printf('copy%08d', n), portal_id, robot_code, 'copy ' || n, workflow_id, entity_type_id, 100000 + n, connection, properties, 0, called_at, received_at - n * 60000, give_up_at, state, due_at,
                   attempt, profile, 'Поставка оборудования для цеха № ' || n, outcome_status, esb_deal_id + n, esb_deal_url, error_code, error_message, outcome_at, answered_at, finished_at - n * 60000
            FROM numbers
            JOIN transfers ON transfers.sequence = (SELECT MIN(sequence) FROM transfers WHERE state = CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'done' END)
            """;

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Stage.PlaceRobots();
            await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(1), CancellationToken.None);
            Stage.PlaceRobots(new() { ["stage"] = "C9:NOWHERE" });
            await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(2), CancellationToken.None);
            await using var store = new SqliteConnection($"Data Source={Path.Combine(Stage.DataDirectory, "b24robot.sqlite3")};Pooling=False");
            await store.OpenAsync();
            await using var copy = store.CreateCommand();
            copy.CommandText = CopySql;
            copy.Parameters.AddWithValue("$count", Transfers);
            await copy.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Long tasks are remembered from the first script on, in every frame.</summary>
    private const string Observe = """
        window.longTasks = [];
        new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(task => ({ end: task.startTime + task.duration, duration: task.duration }))))
          .observe({ type: 'longtask', buffered: true });
        """;

    /// <summary>When a transfer could be clicked and nothing kept the page busy: the end of the last task of more than 50 ms, or the row's own paint, with a quiet second after it.</summary>
    private const string Interactive = """
        async () => {
          const paint = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
          while (!document.querySelector('tbody button')) await paint();
          const shown = performance.now();
          let ready = shown;
          do {
            ready = Math.max(shown, ...window.longTasks.map(task => task.end));
            await new Promise(resolve => setTimeout(resolve, 100));
          } while (performance.now() - ready < 1000);
          const bytes = performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0);
          return [shown, ready, bytes];
        }
        """;

    /// <summary>Scrolls the whole list, 240 pixels a frame (14,400 a second on a quick machine), and measures each frame. Where the next page is not there yet it waits for it, which is counted apart.</summary>
    private const string Scroll = """
        async () => {
          const list = document.querySelector('[role=region]');
          const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
          const frames = [];
          let waits = 0, idle = 0, empty = 0, last = await frame();
          window.longTasks = [];
          while (idle < 120) {
            const before = list.scrollTop;
            list.scrollTop += 240;
            const now = await frame();
            frames.push(now - last);
            last = now;
            const area = list.getBoundingClientRect();
            const under = document.elementFromPoint(area.left + 40, area.top + area.height / 2);
            if (!under?.closest('tr:not([aria-hidden])')) empty++;
            if (list.scrollTop === before) { idle++; if (idle === 1) waits++; } else idle = 0;
          }
          frames.splice(frames.length - 120);
          frames.sort((a, b) => a - b);
          return [frames.length, frames[frames.length >> 1], frames[Math.floor(frames.length * 0.99)], frames.at(-1), Math.max(0, ...window.longTasks.map(task => task.duration)), waits, empty, Number(list.querySelector('table').getAttribute('aria-rowcount'))];
        }
        """;

    /// <summary>From the last letter to the rows that match, the pause for further letters included.</summary>
    private const string Search = """
        async text => {
          const field = document.querySelector('input[type=search]');
          const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
          const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
          window.longTasks = [];
          const begun = performance.now();
          for (let letters = 1; letters <= text.length; letters++) {
            write.call(field, text.slice(0, letters));
            field.dispatchEvent(new Event('input', { bubbles: true }));
            await frame();
          }
          const typed = performance.now();
          const found = () => [...document.querySelectorAll('tbody button')];
          while (found().length !== 1 || !found()[0].textContent.endsWith(text)) await frame();
          return [typed - begun, performance.now() - typed, Math.max(0, ...window.longTasks.map(task => task.duration))];
        }
        """;

    private static readonly int[] Slowness = [1, 4];

    [Fact(Explicit = true)]
    public async Task The_main_page_with_10000_transfers()
    {
        var stage = fixture.Stage;
        await WriteAsync("processor | first rows, ms | can be used, ms | frame, ms: median, 99 %, longest | longest task while scrolling, ms | search, ms");
        foreach (var slowness in Slowness)
        {
            var loads = new List<double[]>();
            var searches = new List<double[]>();
            double[] scroll = [];
            for (var run = 0; run < Runs; run++)
            {
                var page = await chromium.OpenInOneProcessAsync();
                try
                {
                    await page.AddInitScriptAsync(Observe);
                    await SlowDownAsync(page, slowness);
                    var portal = new PortalPage(page, stage.Source);
                    await portal.OpenAppAsync(stage.Installation);
                    await Expect(portal.App.Locator("tbody button").First).ToBeVisibleAsync();
                    var frame = page.Frames.Single(one => one.Url.Contains("/app", StringComparison.Ordinal) && one.Url.Contains(BrowserStage.AppHost, StringComparison.Ordinal));
                    loads.Add(await frame.EvaluateAsync<double[]>(Interactive));
                    searches.Add(await frame.EvaluateAsync<double[]>(Search, Number($"№ {9_000 + run}")));
                    await portal.App.GetByRole(AriaRole.Searchbox).FillAsync("");
                    await Expect(portal.App.Locator("tbody button")).Not.ToHaveCountAsync(1);
                    if (run == 0)
                    {
                        scroll = await frame.EvaluateAsync<double[]>(Scroll);
                    }
                }
                finally
                {
                    await page.Context.Browser!.DisposeAsync();
                }
            }

            await WriteAsync(Number(
                $"{slowness}x slower | {Median(loads, 0):F0} | {Median(loads, 1):F0} | {scroll[1]:F1}, {scroll[2]:F1}, {scroll[3]:F1} | {scroll[4]:F0} | {Median(searches, 1):F0} (longest task {searches.Max(one => one[2]):F0})"));
            await WriteAsync(Number(
                $"    {loads[0][2] / 1024:F0} KB loaded; {scroll[7]:F0} rows scrolled in {scroll[0]:F0} frames, {scroll[5]:F0} waits for a page, {scroll[6]:F0} frames with nothing where a row should be"));
        }
    }

    private static async Task SlowDownAsync(IPage page, int slowness)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = slowness });
    }

    private static double Median(List<double[]> runs, int index) => runs.Select(run => run[index]).Order().ElementAt(runs.Count / 2);

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Task WriteAsync(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        return Console.Out.WriteLineAsync(line);
    }
}
