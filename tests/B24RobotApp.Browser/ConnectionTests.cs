using System.Text.Json.Nodes;
using B24RobotApp.Browser.Staging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>An administrator looks after the portal's own connection in the portal's frame: name, profile, webhooks, pause, end.</summary>
public sealed class ConnectionTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    /// <summary>How many the portal has had: a code is never given again.</summary>
    private static int _added;

    private ILocator Cards => Portal.App.GetByRole(AriaRole.Listitem);

    [Fact]
    public async Task Name_profile_and_webhooks_are_changed_and_no_webhook_is_ever_shown()
    {
        var (card, _) = await AddAsync("ЕСБ склада");
        await card.GetByRole(AriaRole.Button, new() { Name = "Изменить «ЕСБ склада»" }).ClickAsync();
        var editor = Portal.App.GetByRole(AriaRole.Region, new() { Name = "Подключение «ЕСБ склада»" });
        await editor.GetByLabel("Название (видно в роботе)").FillAsync("Склад");
        await editor.GetByLabel("Профиль для роботов").SelectOptionAsync("leads");
        await editor.GetByLabel("Создать на ЕСБ поля").UncheckAsync();
        await editor.GetByRole(AriaRole.Button, new() { Name = "Сохранить", Exact = true }).ClickAsync();
        editor = Portal.App.GetByRole(AriaRole.Region, new() { Name = "Подключение «Склад»" });
        await Expect(editor.GetByText("Сохранено.")).ToBeVisibleAsync();
        await Expect(Cards.Filter(new() { HasText = "Склад" }).First).ToContainTextAsync("профиль leads");

        await editor.GetByLabel("Адрес ещё одного вебхука").FillAsync(Esb.CreateIncomingWebhook(1, "user_basic").Url.AbsoluteUri);
        await editor.GetByRole(AriaRole.Button, new() { Name = "Проверить и добавить" }).ClickAsync();
        await Expect(editor.GetByText("нет права CRM")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(editor.GetByText("Вебхук не сохранён.")).ToBeVisibleAsync();
        await Expect(editor.GetByText("вебхук 2,")).ToHaveCountAsync(0);

        var added = Esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri;
        await editor.GetByLabel("Адрес ещё одного вебхука").FillAsync(added);
        await editor.GetByRole(AriaRole.Button, new() { Name = "Проверить и добавить" }).ClickAsync();
        await Expect(editor.GetByText("вебхук 2,")).ToContainTextAsync("пользователь 1", new() { Timeout = 20_000 });
        await Expect(editor.GetByLabel("Адрес ещё одного вебхука")).ToHaveValueAsync("");

        var replacing = Esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri;
        await editor.GetByRole(AriaRole.Button, new() { Name = "Заменить вебхук 1" }).ClickAsync();
        await Expect(editor.GetByLabel("Новый адрес вместо вебхука 1")).ToBeFocusedAsync();
        await editor.GetByLabel("Новый адрес вместо вебхука 1").FillAsync(replacing);
        await LookAsync("connection-editor");
        await editor.GetByRole(AriaRole.Button, new() { Name = "Проверить и заменить" }).ClickAsync();
        await Expect(editor.GetByText("Вебхук проверен и сохранён.")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(editor.GetByLabel("Новый адрес вместо вебхука 1")).ToHaveCountAsync(0);

        await editor.GetByRole(AriaRole.Button, new() { Name = "Убрать вебхук 2" }).ClickAsync();
        await ConfirmAsync("Убрать");
        await Expect(editor.GetByText("Вебхук убран.")).ToBeVisibleAsync();
        await Expect(editor.GetByRole(AriaRole.Button, new() { Name = "Убрать вебхук" })).ToHaveCountAsync(0);

        var html = await Portal.App.Locator("html").InnerHTMLAsync();
        Assert.All([added, replacing], address => Assert.DoesNotContain(new Uri(address).Segments[^1].Trim('/'), html, StringComparison.Ordinal));
        await Portal.Page.SetViewportSizeAsync(390, 900);
        await LookAsync("connection-editor-narrow");
        await DeleteAsync("Склад");
    }

    [Fact]
    public async Task Deals_of_a_paused_connection_wait_and_arrive_when_it_goes_on()
    {
        var (card, code) = await AddAsync("ЕСБ на ремонте");
        await card.GetByRole(AriaRole.Button, new() { Name = "Приостановить «ЕСБ на ремонте»" }).ClickAsync();
        await Expect(card.GetByText("Приостановлено с")).ToBeVisibleAsync();
        await LookAsync("connection-paused");

        Stage.PlaceRobots(new() { ["connection"] = code });
        var deal = Source.Call(
            "crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = "Ждёт конца паузы" } })!["item"]!["id"]!.GetValue<long>();
        var sent = Stage.Send(deal);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Передачи" }).ClickAsync();
        await Expect(Portal.App.GetByText("«ЕСБ на ремонте» приостановлено с")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(Portal.App.GetByRole(AriaRole.Row).Filter(new() { HasText = $"№ {deal}" }).GetByText("ждёт", new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await LookAsync("transfers-paused");

        // Nothing of the deal was read, so the list knows its number only.
        Assert.Empty(Stage.EsbDealsOf(deal));

        await Portal.OpenAppAsync(Stage.Installation);
        await OpenConnectionsAsync();
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Продолжить «ЕСБ на ремонте»" }).ClickAsync(new() { Timeout = 20_000 });
        await Sandbox.Demo.Stage.CompletedAsync(sent, CancellationToken.None);
        Assert.Single(Stage.EsbDealsOf(deal));
        await Expect(Portal.App.GetByText("Приостановлено с")).ToHaveCountAsync(0);
        await DeleteAsync("ЕСБ на ремонте");
    }

    [Fact]
    public async Task A_connection_of_the_server_can_be_checked_but_not_changed()
    {
        await Portal.OpenAppAsync(Stage.Installation);
        await OpenConnectionsAsync();
        var hosted = Cards.Filter(new() { HasText = "задано на сервере" }).First;

        await hosted.GetByRole(AriaRole.Button, new() { Name = "Проверить" }).ClickAsync(new() { Timeout = 20_000 });

        await Expect(hosted.GetByRole(AriaRole.Status)).ToContainTextAsync("✓", new() { Timeout = 20_000 });
        await Expect(hosted.GetByRole(AriaRole.Button)).ToHaveCountAsync(1);
    }

    private async Task OpenConnectionsAsync() =>
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Подключения" }).ClickAsync(new() { Timeout = 20_000 });

    /// <summary>Connects the ESB once more, as the portal's own.</summary>
    private async Task<(ILocator Card, string Code)> AddAsync(string name)
    {
        await Portal.OpenAppAsync(Stage.Installation);
        await OpenConnectionsAsync();
        await Portal.App.GetByLabel("Адрес входящего вебхука").FillAsync(Esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri);
        await Portal.App.GetByLabel("Название (видно в роботе)").FillAsync(name);
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Проверить и подключить" }).ClickAsync();
        await Expect(Portal.App.GetByText("ЕСБ подключён.")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        return (Cards.Filter(new() { HasText = name }).First, $"esb-1-{++_added}");
    }

    private async Task DeleteAsync(string name)
    {
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = $"Удалить «{name}»" }).ClickAsync();
        await ConfirmAsync("Удалить");
        await Expect(Portal.App.GetByText("Подключение удалено.")).ToBeVisibleAsync();
    }
}
