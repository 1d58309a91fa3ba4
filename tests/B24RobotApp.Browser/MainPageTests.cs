using System.Text.Json.Nodes;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Faults;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>The app's main page in the portal's frame: what travelled, what failed, and the connections.</summary>
public sealed class MainPageTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    [Fact]
    public async Task A_transfer_appears_by_itself_and_its_story_tells_everything()
    {
        Stage.PlaceRobots();
        await Portal.OpenAppAsync(Stage.Installation);
        await Expect(Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Передачи" })).ToBeVisibleAsync(new() { Timeout = 20_000 });

        Stage.Send(2);
        var deal = Portal.App.GetByRole(AriaRole.Button, new() { Name = "Обучение отдела продаж" });
        await Expect(deal.First).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(Portal.App.Locator("tbody").GetByText("передана", new() { Exact = true }).First).ToBeVisibleAsync(new() { Timeout = 20_000 });

        await deal.First.ClickAsync();
        var story = Portal.App.GetByRole(AriaRole.Dialog);
        await Expect(story.GetByText("Робот получил ответ")).ToBeVisibleAsync();
        const string headOnTop = "head => { const area = head.getBoundingClientRect(); return head.contains(document.elementFromPoint(area.left + area.width / 2, area.top + area.height / 2)); }";
        Assert.False(await Portal.App.Locator("thead").First.EvaluateAsync<bool>(headOnTop), "The list's head lies over the story.");
        await Expect(story.GetByText("default@1")).ToBeVisibleAsync();
        await Expect(story.GetByRole(AriaRole.Link, new() { Name = "Открыть на ЕСБ" })).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("/crm/deal/details/"));
        await Expect(story.GetByRole(AriaRole.Row).Filter(new() { HasText = "Обучение отдела продаж" })).ToBeVisibleAsync();
        await Expect(story.GetByText("esb_deal_id")).ToBeVisibleAsync();
        await LookAsync("story");
    }

    [Fact]
    public async Task An_ESB_that_does_not_answer_is_named_as_long_as_it_does_not()
    {
        Stage.PlaceRobots();
        await Portal.OpenAppAsync(Stage.Installation);
        Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        try
        {
            foreach (var number in Enumerable.Range(1, 5))
            {
                var fields = new JsonObject { ["title"] = $"Ждёт ЕСБ {number}" };
                Stage.Send(Source.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = fields })!["item"]!["id"]!.GetValue<long>());
            }

            await Expect(Portal.App.GetByText("не отвечает с")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        }
        finally
        {
            Esb.Faults.Clear();
        }

        await Expect(Portal.App.GetByText("не отвечает с")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task A_failed_transfer_is_found_by_its_error_and_sent_again_from_here()
    {
        Stage.PlaceRobots(new() { ["stage"] = "C9:NOWHERE" });
        var deal = Source.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = "Нет такой стадии <img src=x onerror=alert(1)>" } })!["item"]!["id"]!.GetValue<long>();
        Stage.Send(deal);
        await Portal.OpenAppAsync(Stage.Installation);

        await Portal.App.GetByRole(AriaRole.Searchbox).FillAsync("STAGE_UNKNOWN", new() { Timeout = 20_000 });
        var file = await Portal.Page.RunAndWaitForDownloadAsync(() => Portal.App.GetByRole(AriaRole.Button, new() { Name = "Скачать CSV" }).ClickAsync());
        Assert.Contains("STAGE_UNKNOWN", await File.ReadAllTextAsync(await file.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Нет такой стадии" }).First.ClickAsync(new() { Timeout = 20_000 });
        var story = Portal.App.GetByRole(AriaRole.Dialog);
        await story.GetByRole(AriaRole.Button, new() { Name = "Отправить снова" }).ClickAsync();

        await Expect(story.GetByText("Отправляется снова.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_ESB_is_connected_by_its_webhook_and_what_is_wrong_with_one_is_said_in_words()
    {
        var poor = Esb.CreateIncomingWebhook(1, "user_basic").Url.AbsoluteUri;
        var good = Esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri;
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Подключения" }).ClickAsync(new() { Timeout = 20_000 });
        var webhook = Portal.App.GetByLabel("Адрес входящего вебхука");
        var save = Portal.App.GetByRole(AriaRole.Button, new() { Name = "Проверить и подключить" });

        await webhook.FillAsync("https://esb.example/");
        await save.ClickAsync();
        await Expect(Portal.App.GetByText("Это не адрес входящего вебхука")).ToBeVisibleAsync();

        await webhook.FillAsync(poor);
        await save.ClickAsync();
        await Expect(Portal.App.GetByText("нет права CRM")).ToBeVisibleAsync();

        await webhook.FillAsync(good);
        await Portal.App.GetByLabel("Название (видно в роботе)").FillAsync("Новый ЕСБ");
        await save.ClickAsync();
        await Expect(Portal.App.GetByText("ЕСБ подключён.")).ToBeVisibleAsync();
        await Expect(Portal.App.GetByText("Новый ЕСБ")).ToBeVisibleAsync();
        await LookAsync("connections");
    }

    [Fact]
    public async Task What_is_missing_on_the_ESB_is_told_when_somebody_asks_and_missed_calls_are_sent_by_themselves_if_somebody_says_so()
    {
        Stage.PlaceRobots();
        var deal = Add("Удалят на ЕСБ");
        await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(deal), CancellationToken.None);
        Esb.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = Stage.EsbDealsOf(deal).Single()["id"]!.DeepClone() });
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Проверка" }).ClickAsync(new() { Timeout = 20_000 });

        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Сверить сейчас" }).First.ClickAsync();
        await Expect(Portal.App.GetByText($"Сделка {deal} передана как")).ToBeVisibleAsync(new() { Timeout = 30_000 });

        await Expect(Portal.App.GetByText("О пропущенных вызовах ничего не известно.")).ToBeVisibleAsync();
        await Portal.App.GetByLabel("Почти наверняка потерянное отправлять само").CheckAsync();
        await LookAsync("checks");
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Проверка" }).ClickAsync(new() { Timeout = 20_000 });
        await Expect(Portal.App.GetByLabel("Почти наверняка потерянное отправлять само")).ToBeCheckedAsync(new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task Deals_that_were_there_before_the_robot_are_shown_and_then_sent()
    {
        var deals = Enumerable.Range(1, 3).Select(number => Add($"Старая {number}", "EXECUTING")).ToList();
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Старые сделки" }).ClickAsync(new() { Timeout = 20_000 });

        await Portal.App.GetByLabel("Воронка").SelectOptionAsync("0", new() { Timeout = 20_000 });
        var stage = Source.Call("crm.status.list", new JsonObject { ["filter"] = new JsonObject { ["ENTITY_ID"] = "DEAL_STAGE", ["STATUS_ID"] = "EXECUTING" } })!.AsArray()[0]!["NAME"]!.ToString();
        await Portal.App.GetByLabel(stage, new() { Exact = true }).CheckAsync();
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Показать какие" }).ClickAsync();
        await Expect(Portal.App.GetByText("Старая 2")).ToBeVisibleAsync();
        Assert.Empty(Stage.EsbDealsOf(deals[1]));
        await LookAsync("existing");
        await Portal.App.GetByRole(AriaRole.Button, new() { Name = "Отправить все" }).ClickAsync();

        await Expect(Portal.App.GetByText("готово", new() { Exact = true }).First).ToBeVisibleAsync(new() { Timeout = 30_000 });
        Assert.All(deals, deal => Assert.Single(Stage.EsbDealsOf(deal)));
    }

    private long Add(string title, string stage = "NEW") => Source.Call(
        "crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = title, ["stageId"] = stage } })!["item"]!["id"]!.GetValue<long>();
}
