using System.Text.Json.Nodes;
using B24RobotApp.Browser.Staging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>An administrator makes and changes mapping profiles on the app's page.</summary>
public sealed class ProfileTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    [Fact]
    public async Task A_profile_is_suggested_changed_tried_saved_and_used_by_the_robot()
    {
        await OpenProfilesAsync();
        await Button("Предложить профиль для двух порталов").ClickAsync();
        await Expect(Rule("title")).ToBeVisibleAsync();
        await Expect(Portal.App.GetByText("одно и то же системное поле").First).ToBeVisibleAsync();
        await LookAsync("profile-rules-ru-light-1280");

        // By keyboard: the title becomes a template.
        await Rule("title").GetByLabel("Вид источника").SelectOptionAsync("template");
        await Rule("title").GetByLabel("шаблон", new() { Exact = true }).FillAsync("Партнёр: {{ deal.title }}");
        await Portal.App.GetByLabel("Код (латиница, цифры)").FillAsync("by-hand");

        // Tried before it is saved, on a deal that is found by its title.
        await Button("Проба на сделке").ClickAsync();
        await Portal.App.GetByLabel("Название или номер сделки").FillAsync("Обучение отдела");
        await Expect(Portal.App.GetByRole(AriaRole.Combobox, new() { Name = "Сделка" })).ToHaveValueAsync("2");
        await Button("Попробовать").ClickAsync();
        await Expect(Portal.App.GetByText("Сделка была бы создана.")).ToBeVisibleAsync();
        await Expect(Portal.App.GetByRole(AriaRole.Cell, new() { Name = "Партнёр: Обучение отдела продаж" })).ToBeVisibleAsync();
        await LookAsync("profile-dry-run-ru-light-1280");
        Assert.Empty(Stage.EsbDealsOf(2));

        await Button("Сохранить как новый профиль").ClickAsync();
        await Expect(Portal.App.GetByText("Профиль by-hand сохранён")).ToBeVisibleAsync();

        Stage.PlaceRobots(new() { ["profile"] = "by-hand" });
        await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(2), CancellationToken.None);
        Assert.Equal("Партнёр: Обучение отдела продаж", Assert.Single(Stage.EsbDealsOf(2))["title"]!.ToString());

        // What would change now is nothing, and it says so.
        await Button("Проба на сделке").ClickAsync();
        await Button("Попробовать").ClickAsync();
        await Expect(Portal.App.GetByText("ничего бы не изменилось")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_field_is_dragged_onto_a_rule_and_what_is_wrong_is_said_while_typing()
    {
        await OpenProfilesAsync();
        await Portal.App.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "default@" }).GetByRole(AriaRole.Button).ClickAsync();

        await Portal.App.GetByLabel("Найти поле…").FillAsync("additionalInfo");
        await Portal.App.Locator("[data-field=additionalInfo]").DragToAsync(Rule("title"));
        await Expect(Rule("title").GetByLabel("Откуда значение")).ToHaveValueAsync("additionalInfo");
        await Expect(Portal.App.GetByText("Ошибок: 0").Or(Portal.App.GetByText("Замечаний к профилю нет."))).ToBeVisibleAsync();

        await Rule("comments").GetByLabel("Вид источника").SelectOptionAsync("template");
        await Rule("comments").GetByLabel("шаблон", new() { Exact = true }).FillAsync("{% if deal.title %}без конца");
        await Expect(Portal.App.GetByText("Ошибок: 1")).ToBeVisibleAsync();
        await Expect(Rule("comments").GetByRole(AriaRole.Listitem)).ToBeVisibleAsync();

        // The host's own profile cannot be overwritten: it is saved under another code, and not with the error.
        await Portal.App.GetByLabel("Код (латиница, цифры)").FillAsync("default");
        await Button("Сохранить как новый профиль").ClickAsync();
        await Expect(Portal.App.GetByText("Профиль default уже есть.")).ToBeVisibleAsync();
        await Portal.App.GetByLabel("Код (латиница, цифры)").FillAsync("broken");
        await Button("Сохранить как новый профиль").ClickAsync();
        await Expect(Portal.App.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Button("К списку").ClickAsync();
        await ConfirmAsync("Уйти");
        await Expect(Portal.App.GetByText("broken@")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Versions_are_compared_and_taken_up_again_and_a_file_goes_out_and_comes_in()
    {
        await OpenProfilesAsync();
        const string Document = """{ "schema": 2, "name": { "ru": "Из файла" }, "rules": [ { "to": "title", "from": "title" } ] }""";
        await Portal.App.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "from-file.json", MimeType = "application/json", Buffer = System.Text.Encoding.UTF8.GetBytes(Document) });
        await Expect(Portal.App.GetByLabel("Код (латиница, цифры)")).ToHaveValueAsync("from-file");
        await Button("Сохранить как новый профиль").ClickAsync();
        await Expect(Portal.App.GetByText("Профиль from-file сохранён")).ToBeVisibleAsync();
        await Portal.App.Locator("[data-field=comments]").GetByRole(AriaRole.Button).ClickAsync();
        await Button("Сохранить").ClickAsync();
        await Expect(Portal.App.GetByText("Сохранено новой версией.")).ToBeVisibleAsync();

        await Button("Версии").ClickAsync();
        await Expect(Portal.App.GetByText("rules[comments]")).ToBeVisibleAsync();
        await LookAsync("profile-versions-ru-light-1280");
        await Button("Вернуть 1").ClickAsync();
        await Button("Сохранить").ClickAsync();
        await Expect(Portal.App.GetByText("Версия 3")).ToBeVisibleAsync();

        var file = await Portal.Page.RunAndWaitForDownloadAsync(() => Button("Сохранить в файл").ClickAsync());
        var saved = JsonNode.Parse(await File.ReadAllTextAsync(await file.PathAsync(), TestContext.Current.CancellationToken))!;
        Assert.Equal("from-file.json", file.SuggestedFilename);
        Assert.Equal("title", Assert.Single(saved["rules"]!.AsArray())!["to"]!.ToString());
    }

    [Fact]
    public async Task A_value_gets_its_counterpart_from_both_portals_lists()
    {
        await OpenProfilesAsync();
        await Portal.App.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "default@" }).GetByRole(AriaRole.Button).ClickAsync();
        await Button("Таблицы").ClickAsync();
        await Portal.App.GetByRole(AriaRole.Combobox, new() { Name = "Таблица" }).SelectOptionAsync("sources");
        await Portal.App.GetByRole(AriaRole.Combobox, new() { Name = "Здесь" }).SelectOptionAsync(new SelectOptionValue { Index = 0 });
        await Portal.App.GetByRole(AriaRole.Combobox, new() { Name = "На ЕСБ" }).SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await Button("Добавить").ClickAsync();
        await Expect(Portal.App.GetByText("Добавлено. Отправляется снова: 0.")).ToBeVisibleAsync();
        await LookAsync("profile-tables-ru-light-1280");

        await Button("Удалить").ClickAsync();
        await Expect(Portal.App.GetByText("Записей нет")).ToBeVisibleAsync();
    }

    private ILocator Rule(string to) => Portal.App.Locator($"[data-rule='{to}']");

    private ILocator Button(string name, bool exact = true) => Portal.App.GetByRole(AriaRole.Button, new() { Name = name, Exact = exact });

    private async Task OpenProfilesAsync()
    {
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Профили" }).ClickAsync();
    }
}
