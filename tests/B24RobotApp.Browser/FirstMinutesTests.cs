using System.Text.RegularExpressions;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Demo;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>The first quarter of an hour of an administrator who has never seen code, from the developer section to the first deal, by what the pages say.</summary>
public sealed class FirstMinutesTests(Chromium chromium, FirstMinutesTests.Fixture fixture) : IClassFixture<FirstMinutesTests.Fixture>
{
    public sealed class Fixture : BrowserStage
    {
        protected override bool KnowsEsb => false;
    }

    [Fact]
    public async Task From_the_card_of_the_app_to_the_first_deal_on_the_ESB_and_the_next_robots_value()
    {
        await using var context = (await chromium.OpenAsync()).Context;
        var stage = fixture.Stage;
        stage.Source.Settings.Language = "ru";
        stage.Source.Settings.ShowsRobotSettingsPages = true;
        var portal = new PortalPage(context.Pages[0], stage.Source);
        var esb = new PortalPage(await context.NewPageAsync(), stage.Esb);

        // The webhook, as the install page asks for it, and the card of the app with its keys.
        var webhook = await new DeveloperSection(esb).AddWebhookAsync("crm", "user_basic");
        var installation = await new DeveloperSection(portal).AddApplicationAsync(stage.Card(isScriptOnly: false));
        var (id, secret) = (await portal.Page.Locator("#client-id").InnerTextAsync(), await portal.Page.Locator("#client-secret").InnerTextAsync());
        await portal.Page.Locator("a.button.primary").ClickAsync();

        // The steps: what is to be done is open.
        await Expect(portal.App.GetByText("Права приложения выданы")).ToBeAttachedAsync();
        await Expect(portal.App.GetByText("Робот «Отправить в ЕСБ» есть в дизайнере роботов")).ToBeAttachedAsync();
        await portal.App.GetByLabel("client_id").FillAsync(id);
        await portal.App.GetByLabel("client_secret").FillAsync("не тот секрет");
        var save = portal.App.GetByRole(AriaRole.Button, new() { Name = "Проверить и сохранить" });
        await save.ClickAsync();
        await Expect(portal.App.GetByText("Сервер авторизации не принял эти ключи")).ToBeVisibleAsync();
        await portal.App.GetByLabel("client_secret").FillAsync(secret);
        await save.ClickAsync();

        await portal.App.GetByLabel("Адрес входящего вебхука").FillAsync(webhook.AbsoluteUri);
        await portal.App.GetByLabel("Название (видно в роботе)").FillAsync("Центральный офис");
        await Look.AtAsync(portal.Page, "install-esb");
        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Проверить и подключить" }).ClickAsync();
        await Expect(portal.App.GetByText("Портал-источник")).ToBeVisibleAsync();

        // Someone closes the page, and opens the app again.
        await portal.OpenAppAsync(installation);
        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Сравнить поля двух порталов" }).ClickAsync();
        await Expect(portal.App.GetByText("Приложение нашло пар полей")).ToBeVisibleAsync();
        await Look.AtAsync(portal.Page, "install-profile");
        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Использовать эти пары" }).ClickAsync();

        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Выбрать сделку" }).ClickAsync();
        await portal.App.GetByRole(AriaRole.Combobox, new() { Name = "Сделка" }).SelectOptionAsync("2");
        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Отправить пробную сделку" }).ClickAsync();
        await Expect(portal.App.GetByText("Пробная сделка дошла.")).ToBeVisibleAsync();
        var test = stage.Esb.Run(() => stage.Esb.Crm.Deals.Single(deal => deal.Title.StartsWith("Проверка связи:", StringComparison.Ordinal)).Id);

        // Left here, it is offered again.
        await portal.OpenAppAsync(installation);
        await Look.AtAsync(portal.Page, "install-test");
        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Удалить с ЕСБ" }).ClickAsync();
        await Expect(portal.App.GetByText("Пробная сделка удалена с ЕСБ.")).ToBeVisibleAsync();
        Assert.Null(stage.Esb.Run(() => stage.Esb.Crm.FindDeal(test)));

        await portal.App.GetByRole(AriaRole.Button, new() { Name = "Завершить установку" }).ClickAsync();
        await Expect(portal.Page).ToHaveURLAsync(new Regex("install_finished=Y$"));
        await Expect(portal.App.GetByRole(AriaRole.Tab, new() { Name = "Передачи" })).ToBeVisibleAsync();
        Assert.True(installation.IsInstalled);

        // The robot, as the last line of the page says.
        await portal.OpenDesignerAsync();
        await portal.DragRobotAsync("[Отправить в ЕСБ] Отправить в ЕСБ", Stage.RobotStage);
        await Expect(portal.RobotSettings.GetByLabel("Подключение к ЕСБ")).Not.ToHaveValueAsync("");
        await portal.SaveRobotAsync();
        var robot = await portal.Stage(Stage.RobotStage).Locator("[data-robot]").First.GetAttributeAsync("data-robot");
        await portal.DragRobotAsync("Добавить комментарий", Stage.RobotStage);
        await portal.Page.Locator("[name=text]").FillAsync("Номер на ЕСБ: ");
        await portal.Page.Locator("[data-insert]").SelectOptionAsync($"{{={robot}:esb_deal_id}}");
        await portal.SaveRobotAsync();

        await portal.OpenKanbanAsync();
        await portal.DragDealAsync(2, Stage.RobotStage);
        await esb.OpenKanbanAsync();
        var arrived = esb.Page.Locator("[data-deal]").Filter(new() { HasText = "Обучение отдела продаж" });
        await Expect(arrived).ToBeVisibleAsync();
        var number = await arrived.GetAttributeAsync("data-deal");
        await portal.OpenDealAsync(2, "robots");
        await Expect(portal.Page.Locator(".run").First).ToHaveAttributeAsync("data-state", "Completed");
        await portal.OpenDealAsync(2, "timeline");
        await Expect(portal.Page.GetByText($"Номер на ЕСБ: {number}", new() { Exact = true })).ToBeVisibleAsync();
    }
}
