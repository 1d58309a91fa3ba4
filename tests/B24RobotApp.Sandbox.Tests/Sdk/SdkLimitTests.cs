namespace B24RobotApp.Sandbox.Tests.Sdk;

public sealed class SdkLimitTests
{
    [Fact]
    public async Task The_sdk_takes_the_refusal_of_hasty_requests_for_what_it_is_and_comes_back()
    {
        await using var sdk = await SdkPortal.StartAsync();
        LimitRate(sdk, burst: 3);

        var seen = await Run(sdk, "rate");

        Assert.Equal("[true,true,true,true]", seen["hasty"]!["answers"]!.ToJsonString());
        Assert.Equal(1, seen["hasty"]!["retries"]!.GetValue<int>());
        Assert.Equal((503, "QUERY_LIMIT_EXCEEDED"), sdk.Portal.Journal.Entries.Where(entry => entry.Error is not null).Select(entry => (entry.Status, entry.Error)).Single());
    }

    [Fact]
    public async Task The_sdk_gives_a_refused_request_up_with_the_portals_code_when_it_may_not_repeat()
    {
        await using var sdk = await SdkPortal.StartAsync();
        LimitRate(sdk, burst: 0);

        var seen = await Run(sdk, "refused");

        Assert.Equal(("QUERY_LIMIT_EXCEEDED", 503), (seen["refused"]!["code"]!.GetValue<string>(), seen["refused"]!["status"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_sdks_own_limiter_keeps_within_the_portals_limit()
    {
        await using var sdk = await SdkPortal.StartAsync();
        LimitRate(sdk, burst: 3);

        var seen = await Run(sdk, "patient");

        Assert.Equal(8, seen["patient"]!["answers"]!.AsArray().Count(answer => answer!.GetValue<bool>()));
        Assert.Equal(0, seen["patient"]!["retries"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_sdk_reads_the_operating_figures_and_the_refusal_of_a_method_that_used_its_time()
    {
        await using var sdk = await SdkPortal.StartAsync();
        sdk.Portal.Limits.LimitsOperating = true;
        sdk.Portal.Limits.OperatingSeconds = 10;
        sdk.Portal.Costs["crm.item.list"] = TimeSpan.FromSeconds(4);

        var seen = await Run(sdk, "operating");

        Assert.InRange(seen["operating"]!["operating"]!.GetValue<double>(), 4, 5);
        Assert.InRange(seen["operating"]!["resetIn"]!.GetValue<int>(), 590, 600);
        Assert.InRange(seen["figures"]!["batch::crm.item.list"]!.GetValue<double>(), 8, 9);
        Assert.Equal(("OPERATION_TIME_LIMIT", 429), (seen["blocked"]!["code"]!.GetValue<string>(), seen["blocked"]!["status"]!.GetValue<int>()));
        Assert.True(seen["another method"]!.GetValue<bool>());
        Assert.Equal("[false,true]", seen["blocked in a batch"]!["successes"]!.ToJsonString());
        Assert.Equal("OPERATION_TIME_LIMIT", seen["blocked in a batch"]!["code"]!.GetValue<string>());
    }

    private static void LimitRate(SdkPortal sdk, int burst)
    {
        sdk.Portal.Limits.LimitsRate = true;
        sdk.Portal.Limits.Burst = burst;
        sdk.Portal.Limits.RequestsPerSecond = 4;
    }

    private static Task<IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonNode?>> Run(SdkPortal sdk, string what)
    {
        var settings = sdk.Settings();
        settings["what"] = what;
        return SdkScript.RunAsync("limits.mjs", settings);
    }
}
