using System.Globalization;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>The whole way in a browser: the robot is dragged to a stage and set up, a deal is dragged to the stage and appears on the ESB's board.</summary>
public sealed class TransferTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    private const string Robot = "[Отправить в ЕСБ]";

    public override async ValueTask InitializeAsync()
    {
        Source.Settings.ShowsRobotSettingsPages = true;
        Source.Automation.Clear(0, Stage.RobotStage);
        await base.InitializeAsync();
    }

    [Fact]
    public async Task A_deal_dragged_to_the_robots_stage_appears_on_the_ESBs_board_and_the_next_robot_has_its_number()
    {
        var esb = new PortalPage(await Portal.Page.Context.NewPageAsync(), Esb);
        await esb.OpenKanbanAsync();

        await Portal.OpenDesignerAsync();
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);
        var settings = Portal.RobotSettings;
        await settings.GetByLabel("Название сделки на ЕСБ", new() { Exact = true }).FillAsync("От партнёра: ");
        await settings.GetByLabel("Вставить поле сделки в «Название сделки на ЕСБ»").SelectOptionAsync("{=Document:TITLE}");
        await settings.GetByLabel("Передавать компанию и контакты").UncheckAsync();
        await Portal.SaveRobotAsync();
        var robot = await Portal.Stage(Stage.RobotStage).Locator("[data-robot]").First.GetAttributeAsync("data-robot");

        await Portal.DragRobotAsync("Добавить комментарий", Stage.RobotStage);
        await Portal.Page.Locator("[name=text]").FillAsync("Номер на ЕСБ: ");
        await Portal.Page.Locator("[data-insert]").SelectOptionAsync($"{{={robot}:esb_deal_id}}");
        await Portal.SaveRobotAsync();

        await Portal.OpenKanbanAsync();
        await Portal.DragDealAsync(2, Stage.RobotStage);

        // Both boards tell of it by themselves.
        await Expect(Portal.Stage(Stage.RobotStage).Locator("[data-deal='2']")).ToBeVisibleAsync();
        var arrived = esb.Page.Locator("[data-deal]").Filter(new() { HasText = "От партнёра: Обучение отдела продаж" });
        await Expect(arrived).ToBeVisibleAsync(new() { Timeout = 20_000 });
        var number = await arrived.GetAttributeAsync("data-deal");

        await Portal.OpenDealAsync(2, "robots");
        var run = Portal.Page.Locator(".run").First;
        await Expect(run).ToHaveAttributeAsync("data-state", "Completed", new() { Timeout = 20_000 });
        await Expect(run.Locator("[data-returned=status]")).ToHaveTextAsync("created");
        await Expect(run.Locator("[data-returned=esb_deal_id]")).ToHaveTextAsync(number!);

        await Portal.OpenDealAsync(2, "timeline");
        await Expect(Portal.Page.GetByText($"Номер на ЕСБ: {number}", new() { Exact = true })).ToBeVisibleAsync();

        await arrived.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(esb.Page.Locator("h1")).ToHaveTextAsync("От партнёра: Обучение отдела продаж");
    }

    [Theory]
    [InlineData("ru", "Подключение к ЕСБ *")]
    [InlineData("en", "ESB connection *")]
    public async Task Where_the_portal_does_not_show_the_settings_page_a_form_is_made_from_the_properties_in_its_language(string language, string connection)
    {
        Source.Settings.ShowsRobotSettingsPages = false;
        await Portal.OpenDesignerAsync();
        await Portal.SpeakAsync(language);
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);

        await Expect(Portal.Page.Locator("[data-property=connection] .title")).ToHaveTextAsync(connection);
        await Expect(Portal.Property("mode")).ToHaveValueAsync("update");
        await Expect(Portal.Property("send_products")).ToHaveValueAsync("Y");
        await Expect(Portal.Property("send_files")).ToHaveValueAsync("N");
        await Expect(Portal.Page.Locator("html")).ToHaveAttributeAsync("lang", language);
    }

    [Fact]
    public async Task Lines_of_a_multiple_property_and_the_time_out_are_saved_and_come_back()
    {
        Source.Settings.ShowsRobotSettingsPages = false;
        await Portal.OpenDesignerAsync();
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);
        await Portal.Property("connection").SelectOptionAsync("esb");
        var lines = Portal.Page.Locator("[data-property=fields] input");
        await lines.Nth(0).FillAsync("UF_CRM_ESB_PROJECT={=Document:TITLE}");
        await lines.Nth(1).FillAsync("UF_CRM_ESB_SEATS=5");
        await Portal.Page.Locator("[name=timeout]").FillAsync("11");
        await Portal.Page.Locator("[name=timeoutUnit]").SelectOptionAsync("m");
        await Portal.SaveRobotAsync();

        await Portal.Stage(Stage.RobotStage).Locator("[data-robot] a").ClickAsync();

        await Expect(lines.Nth(0)).ToHaveValueAsync("UF_CRM_ESB_PROJECT={=Document:TITLE}");
        await Expect(lines.Nth(1)).ToHaveValueAsync("UF_CRM_ESB_SEATS=5");
        await Expect(Portal.Page.Locator("[name=timeout]")).ToHaveValueAsync("660");
        var saved = Assert.IsType<AppRobotStep>(Assert.Single(Source.Automation.Robots[(0, Stage.RobotStage)]));
        Assert.Equal(TimeSpan.FromMinutes(11), saved.Timeout);
    }

    [Fact]
    public async Task A_new_deal_is_made_on_the_board_and_sent_on_by_its_list_of_stages()
    {
        await Portal.OpenKanbanAsync();
        await Portal.Page.GetByRole(AriaRole.Link, new() { Name = "Создать сделку" }).ClickAsync();
        await Portal.Page.Locator("[name=title]").FillAsync("Из <браузера>");
        await Portal.Page.Locator("[name=amount]").FillAsync("1500,50");
        await Portal.Page.Locator("button.primary").ClickAsync();
        await Expect(Portal.Page.Locator("h1")).ToHaveTextAsync("Из <браузера>");
        var id = long.Parse(new Uri(Portal.Page.Url).Segments[^1].TrimEnd('/'), CultureInfo.InvariantCulture);

        await Portal.OpenKanbanAsync();
        await Portal.Deal(id).Locator("select").SelectOptionAsync("PREPARATION");

        await Expect(Portal.Stage("PREPARATION").Locator($"[data-deal='{id.ToString(CultureInfo.InvariantCulture)}']")).ToContainTextAsync("1\u00A0500.5 RUB");
        Assert.Equal("PREPARATION", Source.Run(() => Source.Crm.FindDeal(id))!.StageId);
    }

    [Fact]
    public async Task A_webhook_of_the_ESB_is_made_with_the_permissions_that_were_ticked()
    {
        var esb = new PortalPage(Portal.Page, Esb);

        var url = await new DeveloperSection(esb).AddWebhookAsync("crm", "user_basic", "catalog");

        var webhook = Esb.Webhooks[^1];
        Assert.Equal(webhook.Url, url);
        Assert.Equal(["catalog", "crm", "user_basic"], webhook.Scopes.Order());
    }
}
