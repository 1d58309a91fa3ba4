using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Tests.Sdk;

public sealed class SdkCallTests
{
    [Fact]
    public async Task The_sdk_writes_and_reads_deals_by_webhook_and_by_token_with_every_letter_as_it_was()
    {
        await using var sdk = await SdkPortal.StartAsync();

        var seen = await SdkScript.RunAsync("calls.mjs", sdk.Settings());

        foreach (var client in new[] { "hook", "oauth" })
        {
            var added = seen[$"{client} added"]!;
            Assert.Equal((true, 200), (added["isSuccess"]!.GetValue<bool>(), added["status"]!.GetValue<int>()));
            Assert.Equal(seen["expected title"]!.GetValue<string>(), added["title"]!.GetValue<string>());

            var got = seen[$"{client} got"]!;
            Assert.Equal(seen["expected title"]!.GetValue<string>(), got["title"]!.GetValue<string>());
            Assert.Equal((1234.5m, "Y", "Проект\nвторая строка"), (got["opportunity"]!.GetValue<decimal>(), got["isManual"]!.GetValue<string>(), got["project"]!.GetValue<string>()));
            Assert.Equal("""[["Лицензия",100,2],["Услуга",10.5,1]]""", seen[$"{client} rows"]!.ToJsonString(Plain.Json));

            Assert.Equal(("1", true), (seen[$"{client} profile"]!["ID"]!.GetValue<string>(), seen[$"{client} profile"]!["ADMIN"]!.GetValue<bool>()));
            Assert.True(seen[$"{client} healthy"]!.GetValue<bool>());
            Assert.True(seen[$"{client} ping"]!.GetValue<int>() >= 0);
            string[] time = ["start", "finish", "duration", "processing", "date_start", "date_finish", "operating_reset_at", "operating"];
            Assert.Equal(time, seen[$"{client} time"]!.AsObject().Select(figure => figure.Key));
        }
        Assert.DoesNotContain(sdk.Portal.Journal.Entries, entry => entry.Error is not null);
        Assert.DoesNotContain(sdk.Portal.Crm.Deals, deal => deal.Title == seen["expected title"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_sdks_helper_understands_application_user_currencies_and_options()
    {
        await using var sdk = await SdkPortal.StartAsync();

        var seen = await SdkScript.RunAsync("helper.mjs", sdk.Settings());

        Assert.True(seen["is admin"]!.GetValue<bool>());
        Assert.Equal(
            new JsonObject { ["id"] = sdk.App.Id, ["code"] = sdk.App.ClientId, ["version"] = 1, ["status"] = "L", ["isInstalled"] = true }.ToJsonString(),
            seen["app"]!.ToJsonString());
        Assert.Equal("Local", seen["status"]!.GetValue<string>());
        Assert.Equal("""{"isExpired":false,"days":0}""", seen["payment"]!.ToJsonString());
        Assert.Equal(
            """{"languageId":"ru","license":"ru_std","licenseType":"std","licenseFamily":"std","isSelfHosted":false}""", seen["license"]!.ToJsonString());
        Assert.Equal(
            """{"id":1,"isAdmin":true,"lastName":"Кузнецова","name":"Анна","gender":"","photo":"","TimeZone":"","TimeZoneOffset":10800}""",
            seen["profile"]!.ToJsonString(Plain.Json));
        Assert.Equal("RUB", seen["base currency"]!.GetValue<string>());
        Assert.Equal("""["RUB","USD","KZT"]""", seen["currencies"]!.ToJsonString());
        Assert.Equal(("Привет", 5, "none"), (seen["greeting"]!.GetValue<string>(), seen["limit"]!.GetValue<int>(), seen["user options"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_sdk_recognizes_every_refusal_by_its_code()
    {
        await using var sdk = await SdkPortal.StartAsync();
        var powerless = sdk.Portal.CreateIncomingWebhook(7, Sandbox.Rest.KnownScopes.All);
        sdk.Portal.Crm.Rights.None.Add(7);
        var settings = sdk.Settings();
        settings["dealId"] = sdk.Portal.Crm.Deals.First().Id;
        settings["narrowWebhook"] = sdk.Portal.CreateIncomingWebhook(1, "im").Url.ToString();
        settings["powerlessWebhook"] = powerless.Url.ToString();
        settings["wrongWebhook"] = sdk.Webhook.Url.ToString().Replace(sdk.Webhook.Secret, "0123456789abcdef", StringComparison.Ordinal);

        var seen = await SdkScript.RunAsync("errors.mjs", settings);

        Assert.Equal(
            """
            no such method: 404 ERROR_METHOD_NOT_FOUND
            no such deal: 400 NOT_FOUND
            no such type: 400 NOT_FOUND
            missing parameter: 400 100
            application wanted: 403 ACCESS_DENIED
            robot by webhook: 403 ACCESS_DENIED
            no scope for a webhook: 403 insufficient_scope
            no scope for an application: 403 insufficient_scope
            no right: 400 ACCESS_DENIED
            no administrator: 403 ACCESS_DENIED
            wrong secret: 403 INVALID_CREDENTIALS
            wrong event: 400 ERROR_EVENT_NOT_FOUND
            wrong robot: 400 ERROR_ACTIVITY_VALIDATION_FAILURE
            wrong placement: 400 ERROR_PLACEMENT_NOT_FOUND
            """,
            string.Join("\n", seen.Select(error => $"{error.Key}: {error.Value!["status"]} {error.Value["code"]}")));
        Assert.All(seen.Values, error => Assert.Equal("AjaxError", error!["kind"]!.GetValue<string>()));
        Assert.All(seen.Values, error => Assert.NotEqual("", error!["text"]!.GetValue<string>()));
    }
}
