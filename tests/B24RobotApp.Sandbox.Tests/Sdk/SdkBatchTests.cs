namespace B24RobotApp.Sandbox.Tests.Sdk;

public sealed class SdkBatchTests
{
    [Fact]
    public async Task The_sdks_batches_work_as_arrays_and_as_objects_with_references_errors_and_halts()
    {
        await using var sdk = await SdkPortal.StartAsync();
        sdk.AddDeals(120);

        var seen = await SdkScript.RunAsync("batches.mjs", sdk.Settings());

        var array = seen["array"]!;
        Assert.True(array["isSuccess"]!.GetValue<bool>());
        Assert.Equal("Тест & проверка = 100% + «кавычки» #1 ?", array["title"]!.GetValue<string>());
        Assert.Equal($"[{array["added"]}]", array["found"]!.ToJsonString());

        var references = seen["references"]!;
        Assert.True(references["isSuccess"]!.GetValue<bool>());
        Assert.Single(references["ids"]!.AsArray().Select(id => id!.GetValue<long>()).Distinct());
        Assert.Equal(("Тест & проверка = 100% + «кавычки» #1 ?", 30m), (references["row"]!.GetValue<string>(), references["sum"]!.GetValue<decimal>()));

        Assert.Equal("""["first","wrong","missing","last"]""", seen["goes on"]!["keys"]!.ToJsonString());
        Assert.Equal("""["first","last"]""", seen["goes on"]!["succeeded"]!.ToJsonString());
        Assert.Equal("NOT_FOUND", seen["goes on"]!["errors"]!["wrong"]!["code"]!.GetValue<string>());
        Assert.Equal("ERROR_METHOD_NOT_FOUND", seen["goes on"]!["errors"]!["missing"]!["code"]!.GetValue<string>());
        Assert.Equal("""["first","wrong"]""", seen["halts"]!["keys"]!.ToJsonString());

        Assert.Equal("[false,true,false]", seen["array with errors"]!["successes"]!.ToJsonString());
        Assert.Equal(["0", "2"], seen["array with errors"]!["errors"]!.AsObject().Select(error => error.Key));
        Assert.Equal("""["ERROR_METHOD_NOT_FOUND","ERROR_METHOD_NOT_FOUND"]""", seen["all fail"]!["codes"]!.ToJsonString());
        Assert.Equal("ERROR_BATCH_METHOD_NOT_ALLOWED", seen["in a batch"]!["code"]!.GetValue<string>());
        Assert.Equal(50, seen["too long"]!["results"]!.GetValue<int>());
        Assert.Equal("ERROR_BATCH_LENGTH_EXCEEDED", seen["too long"]!["errors"]!["50"]!["error"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_sdk_reads_page_figures_out_of_a_batch_and_cuts_a_long_one_in_pieces()
    {
        await using var sdk = await SdkPortal.StartAsync();
        sdk.AddDeals(120);

        var seen = await SdkScript.RunAsync("batches.mjs", sdk.Settings());

        // The script itself adds two deals before it asks.
        Assert.Equal(sdk.Portal.Crm.Deals.Count(), seen["page figures"]!["total"]!.GetValue<int>());
        Assert.True(seen["page figures"]!["isMore"]!.GetValue<bool>());
        Assert.NotNull(seen["page figures"]!["time"]!["operating"]);
        Assert.Equal(
            Enumerable.Range(1, 120).Select(number => $"Сделка {number}"), seen["chunks"]!["titles"]!.AsArray().Select(title => title!.GetValue<string>()));
        Assert.Equal([50, 50, 20], sdk.Portal.Journal.Entries.Where(entry => entry.Calls.Count > 4).Take(3).Select(entry => entry.Calls.Count));
    }

    [Fact]
    public async Task The_sdks_lists_hold_every_deal_once_by_start_by_id_and_page_by_page()
    {
        await using var sdk = await SdkPortal.StartAsync();
        sdk.AddDeals(120);
        var titles = Enumerable.Range(1, 120).Select(number => $"Сделка {number}").ToList();

        var seen = await SdkScript.RunAsync("lists.mjs", sdk.Settings());

        Assert.Equal(120, seen["total"]!.GetValue<int>());
        Assert.Equal("[50,50,20]", seen["by start"]!["sizes"]!.ToJsonString());
        Assert.Equal(titles, seen["by start"]!["titles"]!.AsArray().Select(title => title!.GetValue<string>()));
        Assert.Equal(titles, seen["by id"]!.AsArray().Select(title => title!.GetValue<string>()));
        Assert.Equal([50, 50, 20], seen["page by page"]!.AsArray().Select(page => page!.AsArray().Count));
        Assert.Equal(titles, seen["page by page"]!.AsArray().SelectMany(page => page!.AsArray()).Select(title => title!.GetValue<string>()));
        // The older methods write numbers as texts; the SDK goes on from them all the same.
        Assert.All(seen["classic"]!.AsArray(), deal => Assert.Equal("string", deal![0]!.GetValue<string>()));
        Assert.Equal(titles, seen["classic"]!.AsArray().Select(deal => deal![1]!.GetValue<string>()));
        Assert.Equal("""{"total":0,"isMore":false,"items":50}""", seen["without count"]!.ToJsonString());
        Assert.Equal("""{"items":[]}""", seen["empty"]!.ToJsonString());
    }
}
