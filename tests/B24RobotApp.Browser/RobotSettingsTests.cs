using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>The app's settings page of "Send to ESB" in the designer.</summary>
public sealed class RobotSettingsTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    private const string Robot = "[Отправить в ЕСБ]";

    public override async ValueTask InitializeAsync()
    {
        Source.Automation.Clear(0, Stage.RobotStage);
        await base.InitializeAsync();
    }

    [Fact]
    public async Task A_robot_that_is_dropped_and_saved_untouched_has_the_first_ESB_and_the_defaults()
    {
        await Portal.OpenDesignerAsync();
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);
        await Expect(Select("Подключение к ЕСБ")).ToHaveValueAsync("esb");
        await Expect(Portal.Page.Locator("input[name=property_connection]")).ToHaveValueAsync("esb");
        await LookAsync("robot-settings-ru-light-1280", "form[data-robot-form] iframe");

        await Portal.SaveRobotAsync();

        var saved = await SavedAsync();
        Assert.Equal(
            ("esb", "update", "Y", "Y", "N", "send"),
            (Text(saved, "connection"), Text(saved, "mode"), Text(saved, "send_products"), Text(saved, "send_client"), Text(saved, "send_files"), Text(saved, "if_late")));
    }

    [Fact]
    public async Task Pipelines_and_stages_are_those_of_the_ESB_and_a_stage_of_another_pipeline_is_let_go()
    {
        await Portal.OpenDesignerAsync();
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);
        var pipelines = Esb.Run(() => Esb.Crm.Pipelines.Select(pipeline => (pipeline.Id, pipeline.Name)).ToList());
        var stages = Esb.Run(() => Esb.Crm.Stages(0).Select(stage => stage.StageId).ToList());
        await Select("Воронка на ЕСБ").SelectOptionAsync(new SelectOptionValue { Label = pipelines[0].Name });
        await Select("Стадия на ЕСБ").SelectOptionAsync(stages[1]);
        await Expect(Portal.Page.Locator("input[name=property_stage]")).ToHaveValueAsync(stages[1]);

        await Select("Воронка на ЕСБ").SelectOptionAsync("");
        await Expect(Select("Стадия на ЕСБ")).ToHaveValueAsync(stages[1]);
        Assert.True(pipelines.Count > 1, "The demo's ESB has several pipelines.");
        await Select("Воронка на ЕСБ").SelectOptionAsync(new SelectOptionValue { Label = pipelines[1].Name });

        await Expect(Portal.Page.Locator("input[name=property_stage]")).ToHaveValueAsync("");
        await Expect(Select("Стадия на ЕСБ")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task What_was_saved_comes_back_with_its_placeholders_and_lines()
    {
        await Portal.OpenDesignerAsync();
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);
        var page = Portal.RobotSettings;
        await page.GetByLabel("Дополнительные поля ЕСБ, строка 1").FillAsync("UF_CRM_ESB_PROJECT=");
        await page.GetByLabel("Вставить поле сделки в «Дополнительные поля ЕСБ»").First.SelectOptionAsync("{=Document:TITLE}");
        await page.Locator("[data-property=fields]").GetByRole(AriaRole.Button, new() { Name = "Добавить строку" }).ClickAsync();
        await page.GetByLabel("Дополнительные поля ЕСБ, строка 2").FillAsync("UF_CRM_ESB_SEATS=5");
        await Select("Если сделка уже отправлялась").SelectOptionAsync("skip");
        await Expect(Portal.Page.Locator("input[name='property_fields[]']")).ToHaveCountAsync(2);
        await Portal.SaveRobotAsync();
        var saved = await SavedAsync();
        Assert.Equal("""["UF_CRM_ESB_PROJECT={=Document:TITLE}","UF_CRM_ESB_SEATS=5"]""", saved.Properties["fields"]!.ToJsonString());

        await Portal.Stage(Stage.RobotStage).Locator("[data-robot] a").ClickAsync();

        await Expect(page.GetByLabel("Дополнительные поля ЕСБ, строка 1")).ToHaveValueAsync("UF_CRM_ESB_PROJECT={=Document:TITLE}");
        await Expect(page.GetByLabel("Дополнительные поля ЕСБ, строка 2")).ToHaveValueAsync("UF_CRM_ESB_SEATS=5");
        await Expect(Select("Если сделка уже отправлялась")).ToHaveValueAsync("skip");
    }

    [Fact]
    public async Task It_speaks_the_portals_language()
    {
        Source.Settings.Language = "en";

        await Portal.OpenDesignerAsync();
        await Portal.DragRobotAsync(Robot, Stage.RobotStage);

        await Expect(Portal.RobotSettings.GetByText("ESB connection *")).ToBeVisibleAsync();
        await LookAsync("robot-settings-en-light-1280", "form[data-robot-form] iframe");
    }

    private ILocator Select(string label) => Portal.RobotSettings.Locator("label").Filter(new() { HasText = label }).Locator("select");

    private async Task<AppRobotStep> SavedAsync()
    {
        await Expect(Portal.Page.Locator("form[data-robot-form]")).ToHaveCountAsync(0);
        return Assert.IsType<AppRobotStep>(Assert.Single(Source.Automation.Robots[(0, Stage.RobotStage)]));
    }

    private static string? Text(AppRobotStep step, string id) => (string?)step.Properties[id];
}
