using System.Text.Json;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Portals;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>A robot whose settings are the application's own page in the designer: <c>BIZPROC_ACTIVITY_PROPERTIES_DIALOG</c>.</summary>
public sealed class SettingsSliderTests(Chromium chromium, HostStage stage) : IClassFixture<HostStage>, IAsyncLifetime
{
    private const string Stage = "PREPARATION";

    private PortalPage _portal = null!;

    public async ValueTask InitializeAsync()
    {
        stage.Source.Automation.Clear(0, Stage);
        stage.Source.Settings.Generation = PortalGeneration.Newest;
        _portal = new PortalPage(await chromium.OpenAsync(), stage.Source);
        await _portal.OpenDesignerAsync();
    }

    public async ValueTask DisposeAsync() => await _portal.Page.Context.DisposeAsync();

    [Fact]
    public async Task The_page_gets_the_robot_its_properties_and_the_fields_of_deals()
    {
        var app = await OpenSettingsAsync();

        var options = await app.DoAsync("$b24.placement.options");
        var mode = options.GetProperty("properties").GetProperty("mode");

        Assert.Equal("BIZPROC_ACTIVITY_PROPERTIES_DIALOG", await app.DoAsync<string>("$b24.placement.placement"));
        Assert.Equal(("settings", "update"), (options.GetProperty("code").GetString(), options.GetProperty("current_values").GetProperty("mode").GetString()));
        Assert.Equal(("mode", "Режим", false), (mode.GetProperty("Id").GetString(), mode.GetProperty("Name").GetString(), mode.GetProperty("Multiple").GetBoolean()));
        Assert.Equal("""["crm","CCrmDocumentDeal","DEAL"]""", options.GetProperty("document_type").GetRawText());
        Assert.Equal("Название", options.GetProperty("document_fields").GetProperty("TITLE").GetProperty("Name").GetString());
        Assert.Equal(JsonValueKind.Array, options.GetProperty("template").GetProperty("return_activities").ValueKind);
        Assert.Equal("""{"command":["setPropertyValue"],"event":[]}""", await app.DoAsync<string>("JSON.stringify(await $b24.placement.getInterface())"));
    }

    [Fact]
    public async Task An_older_portal_passes_properties_on_as_they_were_registered()
    {
        stage.Source.Settings.Generation = PortalGeneration.Older;

        var app = await OpenSettingsAsync();

        var options = await app.DoAsync("$b24.placement.options");
        Assert.Equal("Mode", options.GetProperty("properties").GetProperty("mode").GetProperty("NAME").GetProperty("EN").GetString());
        Assert.False(options.TryGetProperty("template", out _));
    }

    [Fact]
    public async Task Values_become_texts_unknown_ids_are_dropped_and_saving_keeps_the_rest()
    {
        var app = await OpenSettingsAsync();

        await app.DoAsync<object?>("$b24.placement.call('setPropertyValue', { mode: '{=Document:TITLE}', count: 7, fields: ['a=1', 'b=2'], nobody: 'x' })");
        await _portal.SaveRobotAsync();

        await Expect(_portal.Stage(Stage).Locator("[data-robot]")).ToHaveCountAsync(1);
        var saved = Assert.IsType<AppRobotStep>(Assert.Single(stage.Source.Automation.Robots[(0, Stage)]));
        Assert.Equal("""{"mode":"{=Document:TITLE}","fields":["a=1","b=2"],"count":"7"}""", saved.Properties.ToJsonString());
    }

    [Fact]
    public async Task What_was_saved_comes_back_and_nothing_is_lost_by_saving_again_untouched()
    {
        var app = await OpenSettingsAsync();
        await app.DoAsync<object?>("$b24.placement.call('setPropertyValue', { mode: 'skip', fields: ['a=1'], count: {} })");
        await _portal.SaveRobotAsync();

        await _portal.Stage(Stage).Locator("[data-robot] a").ClickAsync();
        app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "settings");
        var values = await app.DoAsync<string>("JSON.stringify($b24.placement.options.current_values)");
        await _portal.SaveRobotAsync();

        await Expect(_portal.Page.Locator("form[data-robot-form]")).ToHaveCountAsync(0);
        Assert.Equal("""{"mode":"skip","fields":["a=1"],"count":"[object Object]"}""", values);
        var saved = Assert.IsType<AppRobotStep>(Assert.Single(stage.Source.Automation.Robots[(0, Stage)]));
        Assert.Equal(values, saved.Properties.ToJsonString());
    }

    private async Task<SdkFrame> OpenSettingsAsync()
    {
        await _portal.DragRobotAsync("With a slider", Stage);
        return await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "settings");
    }
}
