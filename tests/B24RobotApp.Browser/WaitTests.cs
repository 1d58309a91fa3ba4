using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Automation;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using DemoStage = B24RobotApp.Sandbox.Demo.Stage;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>Workflows that wait for the ESB, on the app's pages.</summary>
public sealed class WaitTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    [Fact]
    public async Task Waits_appear_by_themselves_and_are_ended_by_an_administrator_who_is_asked_first_by_keyboard_too()
    {
        await Portal.OpenAppAsync(Stage.Installation);
        await Expect(Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Передачи" })).ToBeVisibleAsync(new() { Timeout = 20_000 });
        var (deal, esb, workflow) = await WaitAsync("Ждёт на странице");
        var line = Line(deal);
        await Expect(line).ToContainTextAsync($"Там она {esb}, стадия NEW.", new() { Timeout = 30_000 });
        await Expect(line).ToContainTextAsync("ждёт успеха");

        var button = line.GetByRole(AriaRole.Button, new() { Name = $"Завершить ожидание сделки {deal}" });
        var dialog = Portal.App.GetByRole(AriaRole.Dialog);
        await button.FocusAsync();
        await Portal.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToContainTextAsync("процесс пойдёт дальше");
        await Portal.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(button).ToBeFocusedAsync();
        Assert.Equal(WorkflowState.Running, workflow.State);

        await Portal.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Отмена" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(WorkflowState.Running, workflow.State);

        await button.ClickAsync();
        await ConfirmAsync("Завершить");
        await Expect(Portal.App.GetByText("Завершено. Робот получит ответ через несколько секунд.")).ToBeVisibleAsync();
        await DemoStage.CompletedAsync(workflow, CancellationToken.None);
        Assert.Equal("failed;ENDED_BY_HAND", ResultOf(deal));
        await Expect(Line(deal)).ToHaveCountAsync(0, new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task An_employee_sees_who_waits_and_cannot_end_it()
    {
        var (deal, _, workflow) = await WaitAsync("Ждёт при сотруднике");
        var administrator = Source.BrowserUserId;
        Source.BrowserUserId = Source.Users.First(user => user is { IsAdmin: false, IsActive: true }).Id;
        try
        {
            await Portal.OpenAppAsync(Stage.Installation);

            await Expect(Line(deal)).ToBeVisibleAsync(new() { Timeout = 20_000 });
            await Expect(Line(deal).GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        }
        finally
        {
            Source.BrowserUserId = administrator;
            await WinAsync(deal, workflow);
        }
    }

    [Fact]
    public async Task Of_many_that_wait_one_is_found_by_the_deals_number_here_or_there()
    {
        var (deal, esb, workflow) = await WaitAsync("Ждёт среди многих");
        await Portal.OpenAppAsync(Stage.Installation);
        await Expect(Line(deal)).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await RunInStoreAsync(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60)
            INSERT INTO waits (id, portal_id, event_token, workflow_id, entity_type_id, item_id, connection, properties, names_deal, waits, called_at, received_at, state, due_at)
            SELECT 'many-' || n, (SELECT MIN(id) FROM portals), 'many-' || n, 'many-' || n, 2, 900000 + n, 'esb', '{}', 0, 1, 0, 0, 'seeking', 9000000000000 FROM numbers
            """);
        try
        {
            await Portal.OpenAppAsync(Stage.Installation);
            await Expect(Line(900060)).ToBeVisibleAsync(new() { Timeout = 20_000 });
            await Expect(Line(deal)).ToHaveCountAsync(0);
            var search = Portal.App.GetByRole(AriaRole.Searchbox, new() { Name = "Поиск ожиданий" });

            await search.FillAsync($"{deal}");
            await Expect(Line(deal)).ToBeVisibleAsync();
            await Expect(Line(900060)).ToHaveCountAsync(0);
            await search.FillAsync($"{esb}");
            await Expect(Line(deal)).ToBeVisibleAsync();
            await search.FillAsync("123456789");
            await Expect(Portal.App.GetByText("Эту сделку ничто не ждёт.")).ToBeVisibleAsync();
            await search.FillAsync("");
            await Expect(Line(900060)).ToBeVisibleAsync();
        }
        finally
        {
            await RunInStoreAsync("DELETE FROM waits WHERE id LIKE 'many-%'");
            await WinAsync(deal, workflow);
        }
    }

    [Fact]
    public async Task A_deals_tab_and_its_transfers_story_tell_what_is_waited_for_and_what_came()
    {
        var (deal, esb, workflow) = await WaitAsync("Ждёт в карточке");
        await Portal.OpenDealAsync(deal);
        await Portal.Page.GetByRole(AriaRole.Link, new() { Name = "ЕСБ", Exact = true }).Last.ClickAsync();
        var tab = Portal.Page.FrameLocator("iframe");
        await Expect(tab.GetByText($"Робот ждёт успеха, подключение esb. Там она {esb}, стадия NEW.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await LookAsync("deal-tab-waits", "iframe");

        await WinAsync(deal, workflow);

        await Expect(tab.GetByText("Робот ждал успеха, подключение esb. Дождался: стадия «Завершена».")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Ждёт в карточке" }).ClickAsync(new() { Timeout = 20_000 });
        var story = Portal.App.GetByRole(AriaRole.Dialog);
        await Expect(story.GetByText("Дождался: стадия «Завершена».")).ToBeVisibleAsync();
        await LookAsync("story-waits");
    }

    [Theory]
    [MemberData(nameof(PagesTests.Ways), MemberType = typeof(PagesTests))]
    public async Task The_list_and_the_question_before_one_is_ended(string language, bool isDark, int width)
    {
        var way = string.Create(CultureInfo.InvariantCulture, $"{language}-{(isDark ? "dark" : "light")}-{width}");
        var (deal, _, workflow) = await WaitAsync("Ждёт на виду");
        Source.Settings.Language = language;
        await Portal.Page.EmulateMediaAsync(new() { ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light });
        await Portal.Page.SetViewportSizeAsync(width, 900);
        await Portal.OpenAppAsync(Stage.Installation);
        var line = Portal.App.GetByRole(AriaRole.Listitem).Filter(new() { HasText = language == "ru" ? $"Сделка {deal} ждёт" : $"Deal {deal} waits" });
        await Expect(line).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await LookAsync($"waits-{way}");
        await line.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(Portal.App.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await LookAsync($"waits-question-{way}");
        await WinAsync(deal, workflow);
    }

    private async Task RunInStoreAsync(string sql)
    {
        await using var store = new SqliteConnection($"Data Source={Path.Combine(Stage.DataDirectory, "b24robot.sqlite3")};Pooling=False");
        await store.OpenAsync();
        await using var command = store.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private ILocator Line(long deal) => Portal.App.GetByRole(AriaRole.Listitem).Filter(new() { HasText = $"Сделка {deal} ждёт" });

    private string ResultOf(long deal) => Source.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = deal, ["useOriginalUfNames"] = "Y" })!["item"]![DemoStage.ResultField]!.ToString();

    /// <summary>A new deal that is sent, and whose workflow waits until it is won on the ESB.</summary>
    private async Task<(long Deal, long Esb, Workflow Workflow)> WaitAsync(string title)
    {
        Stage.PlaceRobots();
        var automation = Source.Automation;
        automation.Clear(DemoStage.RobotCategory, DemoStage.RobotStage);
        var app = Stage.Installation.ClientId;
        automation.Place(DemoStage.RobotCategory, DemoStage.RobotStage, new AppRobotStep(app, DemoStage.RobotCode, []) { Waits = true });
        var robot = automation.Place(
            DemoStage.RobotCategory, DemoStage.RobotStage, new AppRobotStep(app, DemoStage.WaitingRobotCode, new JsonObject { ["until"] = "won" }) { Waits = true });
        automation.Place(
            DemoStage.RobotCategory, DemoStage.RobotStage, new SetFieldStep(DemoStage.ResultField, $"{{={robot.Name}:status}};{{={robot.Name}:error_code}}"));
        var deal = Source.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = title } })!["item"]!["id"]!.GetValue<long>();
        var workflow = Stage.Send(deal);
        await Sandbox.Demo.Eventually.TrueAsync(() => workflow is { Position: 1, IsWaiting: true }, "the deal is sent", TimeProvider.System, CancellationToken.None);
        return (deal, Stage.EsbDealsOf(deal).Single()["id"]!.GetValue<long>(), workflow);
    }

    private async Task WinAsync(long deal, Workflow workflow)
    {
        Esb.Call("crm.item.update", new JsonObject { ["entityTypeId"] = 2, ["id"] = Stage.EsbDealsOf(deal).Single()["id"]!.DeepClone(), ["fields"] = new JsonObject { ["stageId"] = "WON" } });
        await DemoStage.CompletedAsync(workflow, CancellationToken.None, TimeSpan.FromSeconds(60));
    }
}
