using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Sandbox.Tests.Sdk;

public sealed class SdkTokenTests
{
    [Fact]
    public async Task The_sdk_hears_that_its_token_ran_out_and_gets_new_ones_once_for_all_that_wait()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sdk = await SdkPortal.StartAsync(clock);
        var settings = sdk.Settings();
        // The portal's clock goes ahead: to the SDK the token is still good.
        clock.Advance(TimeSpan.FromMinutes(61));

        var seen = await SdkScript.RunAsync("tokens.mjs", settings);

        Assert.Equal("""["1","1","1","1"]""", seen["profiles"]!.ToJsonString());
        Assert.Equal(1, seen["refreshed once"]!.GetValue<int>());
        var refreshed = seen["refreshed"]![0]!;
        Assert.True(refreshed["isNew"]!.GetValue<bool>());
        Assert.Equal((sdk.Portal.MemberId, 3600), (refreshed["memberId"]!.GetValue<string>(), refreshed["expiresIn"]!.GetValue<int>()));
        Assert.Equal(("crm,bizproc,placement,im", "L"), (refreshed["scope"]!.GetValue<string>(), refreshed["status"]!.GetValue<string>()));
        Assert.Equal($"{sdk.Portal.BaseUrl}rest/", refreshed["clientEndpoint"]!.GetValue<string>());
        Assert.Equal($"{sdk.Host.OAuthServer.BaseUrl}rest/", refreshed["serverEndpoint"]!.GetValue<string>());
        // Four that waited for one refresh, and the script's three last clients, which get none.
        Assert.Equal(7, sdk.Portal.Journal.Entries.Count(entry => (entry.Status, entry.Error) == (401, "expired_token")));
    }

    [Fact]
    public async Task The_sdk_is_told_why_there_are_no_new_tokens()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sdk = await SdkPortal.StartAsync(clock);
        var settings = sdk.Settings();
        clock.Advance(TimeSpan.FromMinutes(61));

        var seen = await SdkScript.RunAsync("tokens.mjs", settings);

        Assert.Equal("Invalid grant", seen["old pair"]!["text"]!.GetValue<string>());
        Assert.Equal("Invalid grant", seen["garbage"]!["text"]!.GetValue<string>());
        Assert.Equal("The client credentials are invalid", seen["wrong secret"]!["text"]!.GetValue<string>());

        // How many of the script's first calls share one refresh is the SDK's affair, and a matter of time.
        Assert.Equal(
            [(400, "invalid_grant"), (400, "invalid_grant"), (401, "invalid_client")],
            sdk.Host.OAuthServer.Journal.Entries.SkipWhile(entry => entry.Status == 200).Select(entry => (entry.Status, entry.Error)));
    }

    [Fact]
    public async Task The_sdk_asks_for_new_tokens_before_its_first_call_if_it_knows_the_old_ones_to_be_dead()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2));
        await using var sdk = await SdkPortal.StartAsync(clock);
        var settings = sdk.Settings();
        clock.Advance(TimeSpan.FromHours(2));

        var seen = await SdkScript.RunAsync("tokens.mjs", settings);

        Assert.Equal("""["1","1","1","1"]""", seen["profiles"]!.ToJsonString());
        Assert.Equal(1, seen["refreshed once"]!.GetValue<int>());
        Assert.DoesNotContain(sdk.Portal.Journal.Entries, entry => entry.Error == "expired_token");
    }
}
