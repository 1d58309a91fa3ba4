using System.Text.Json.Nodes;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Faults;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>What the app tells of its standing with the portal and the ESB.</summary>
public sealed class HealthTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    [Fact]
    public async Task Access_robot_queue_and_limits_are_told_and_an_ESB_that_does_not_answer_by_itself_until_it_does()
    {
        Stage.PlaceRobots();
        await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(Add("Дошла")), CancellationToken.None);
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Состояние" }).ClickAsync(new() { Timeout = 20_000 });
        await Expect(Portal.App.GetByText("приложение продлевает доступ само")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(Portal.App.GetByText("Зарегистрирован, проверено")).ToBeVisibleAsync();
        await Expect(Portal.App.GetByText("Отвечает.", new() { Exact = false }).First).ToBeVisibleAsync();
        await Expect(Portal.App.GetByText("Запросов сразу свободно").First).ToBeVisibleAsync();
        await Expect(Portal.App.GetByRole(AriaRole.Row).Filter(new() { HasText = "из 480 с" }).First).ToBeVisibleAsync();
        await LookAsync("health");

        Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        try
        {
            foreach (var number in Enumerable.Range(1, 5))
            {
                Stage.Send(Add($"Ждёт ЕСБ {number}"));
            }

            await Expect(Portal.App.GetByText("✗ Не отвечает с")).ToBeVisibleAsync(new() { Timeout = 30_000 });
            await Expect(Portal.App.Locator("dd").First).ToHaveTextAsync("5", new() { Timeout = 20_000 });
            await LookAsync("health-outage");
            await Portal.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
            await Portal.Page.SetViewportSizeAsync(390, 900);
            await LookAsync("health-outage-dark-narrow");
        }
        finally
        {
            Esb.Faults.Clear();
        }

        await Expect(Portal.App.GetByText("✗ Не отвечает с")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task Who_is_no_administrator_sees_it_too()
    {
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.SpeakAsync("en");
        await Expect(Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Checks" })).ToBeVisibleAsync();

        // The portal shows the page anew to whoever looks now.
        await Portal.Page.RunAndWaitForResponseAsync(
            () => Portal.Page.Locator(".sandbox-bar select[name='user']").SelectOptionAsync("7"), answer => answer.Url.EndsWith("/api/me", StringComparison.Ordinal));
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Health" }).ClickAsync(new() { Timeout = 20_000 });

        await Expect(Portal.App.GetByText("the app renews its access itself")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(Portal.App.GetByRole(AriaRole.Tab, new() { Name = "Checks" })).ToHaveCountAsync(0);
        await LookAsync("health-en");
        await Portal.Page.Locator(".sandbox-bar select[name='user']").SelectOptionAsync("1");
    }

    private long Add(string title) => Source.Call(
        "crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = title } })!["item"]!["id"]!.GetValue<long>();
}
