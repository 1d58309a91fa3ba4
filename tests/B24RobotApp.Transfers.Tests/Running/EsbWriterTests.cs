using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Rest;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class EsbWriterTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Sent_again_a_deal_is_updated()
    {
        var deal = await CarryNewAsync();
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Новое название" });

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal("updated", returned["status"]!.ToString());
        Assert.Equal("Новое название", Assert.Single(_pair.EsbDeals)["title"]!.ToString());
    }

    [Fact]
    public async Task Sent_again_without_news_nothing_is_written()
    {
        var deal = await CarryNewAsync(Row("Станок"));
        var before = _pair.EsbDeals[0]["updatedTime"]!.ToString();
        _pair.Clock.Advance(TimeSpan.FromMinutes(5));
        _pair.Esb.Journal.Clear();

        await _pair.CarryAsync(deal);

        Assert.Equal(before, _pair.EsbDeals[0]["updatedTime"]!.ToString());
        Assert.Equal(["crm.item.get"], Methods(_pair.Esb));
    }

    [Fact]
    public async Task An_update_whose_answer_was_lost_is_written_again_even_if_the_source_has_changed_back()
    {
        var deal = await CarryNewAsync();
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Второе" });
        await _pair.SendAsync(deal);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.update", count: 1));
        await _pair.AttemptAsync();
        Assert.Equal("Второе", _pair.EsbDeals[0]["title"]!.ToString());
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Поставка" });
        _pair.Clock.Advance(TimeSpan.FromMinutes(1));

        await _pair.AttemptAsync();

        Assert.Equal("Поставка", _pair.EsbDeals[0]["title"]!.ToString());
    }

    [Fact]
    public async Task Mode_skip_leaves_an_existing_deal_alone()
    {
        var deal = await CarryNewAsync();
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Новое" });

        var (_, returned) = await _pair.CarryAsync(deal, Properties(("mode", "skip")));

        Assert.Equal("skipped", returned["status"]!.ToString());
        Assert.Equal("0", returned["products_sent"]!.ToString());
        Assert.Equal("Поставка", _pair.EsbDeals[0]["title"]!.ToString());
    }

    [Fact]
    public async Task Mode_create_makes_a_deal_each_time_and_one_only_when_its_answer_is_lost()
    {
        var deal = _pair.AddDeal();
        await _pair.CarryAsync(deal, Properties(("mode", "create")));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.add", count: 1));

        var (_, returned) = await _pair.CarryAsync(deal, Properties(("mode", "create")));

        Assert.Equal("created", returned["status"]!.ToString());
        Assert.Equal(2, _pair.EsbDeals.Count);
        Assert.Equal(2, _pair.EsbDeals.Select(item => item["originId"]!.ToString()).Distinct().Count());
    }

    [Fact]
    public async Task A_deal_made_in_mode_create_is_not_the_one_that_an_update_means()
    {
        var deal = _pair.AddDeal();
        await _pair.CarryAsync(deal, Properties(("mode", "create")));

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal("created", returned["status"]!.ToString());
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    [Fact]
    public async Task A_deal_that_was_deleted_on_the_esb_is_created_again()
    {
        var deal = await CarryNewAsync();
        _pair.Esb.Crm.DeleteDeal((long)_pair.EsbDeals[0]["id"]!);

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal("created", returned["status"]!.ToString());
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task Deleted_on_the_esb_and_its_new_create_lost_makes_one_deal()
    {
        var deal = await CarryNewAsync();
        _pair.Esb.Crm.DeleteDeal((long)_pair.EsbDeals[0]["id"]!);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.add", count: 1));
        var (_, id) = await _pair.SendAsync(deal);
        await _pair.AttemptAsync();
        _pair.Clock.Advance(TimeSpan.FromSeconds(7));

        await _pair.AttemptAsync();

        Assert.Empty(_pair.EsbDeals);
        await _pair.RunAsync(id);
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task Trap_59_a_deal_restored_under_a_new_id_is_found_by_its_origin()
    {
        var deal = await CarryNewAsync();
        var old = (long)_pair.EsbDeals[0]["id"]!;
        _pair.Esb.Crm.DeleteDeal(old);
        var restored = _pair.Esb.Crm.RestoreDeal(old);
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Новое" });

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal(("updated", $"{restored}"), (returned["status"]!.ToString(), returned["esb_deal_id"]!.ToString()));
        Assert.Equal("Новое", Assert.Single(_pair.EsbDeals)["title"]!.ToString());
    }

    [Fact]
    public async Task A_new_database_finds_what_an_earlier_one_sent()
    {
        var deal = _pair.AddDeal();
        Add(_pair.Esb, 2, new JsonObject { ["title"] = "Раньше", ["originatorId"] = $"b24:{_pair.Source.MemberId}", ["originId"] = $"{deal}" });

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal("updated", returned["status"]!.ToString());
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task Of_several_copies_on_the_esb_the_oldest_is_written()
    {
        var deal = _pair.AddDeal("Новое");
        var origin = $"b24:{_pair.Source.MemberId}";
        var first = Add(_pair.Esb, 2, new JsonObject { ["title"] = "Первая", ["originatorId"] = origin, ["originId"] = $"{deal}" });
        Add(_pair.Esb, 2, new JsonObject { ["title"] = "Копия", ["originatorId"] = origin, ["originId"] = $"{deal}" });

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal($"{first}", returned["esb_deal_id"]!.ToString());
        Assert.Equal(["Копия", "Новое"], _pair.EsbDeals.Select(item => item["title"]!.ToString()).Order());
    }

    [Fact]
    public async Task Rows_that_are_gone_at_the_source_go_on_the_esb()
    {
        var deal = await CarryNewAsync(Row("Станок"), Row("Доставка"));
        SetRows(_pair.Source, deal);

        await _pair.CarryAsync(deal);

        Assert.Empty(Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!));
    }

    [Fact]
    public async Task Rows_go_one_by_one_where_an_empty_list_leaves_them()
    {
        var deal = await CarryNewAsync(Row("Станок"), Row("Доставка"));
        SetRows(_pair.Source, deal);
        _pair.Esb.Methods.Wrap("crm.item.productrow.set", set => call => call.Parameters["productRows"] is JsonArray { Count: 0 } ? throw new RestError("100", "Wrong") : set(call));

        await _pair.CarryAsync(deal);

        Assert.Empty(Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!));
    }

    [Fact]
    public async Task Rows_on_the_esb_stay_when_products_do_not_travel()
    {
        var deal = await CarryNewAsync(Row("Станок"));
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Новое" });

        await _pair.CarryAsync(deal, Properties(("send_products", "N")));

        Assert.Equal("Новое", _pair.EsbDeals[0]["title"]!.ToString());
        Assert.Single(Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!));
    }

    [Fact]
    public async Task Rows_that_the_esbs_people_added_stay_when_the_deal_never_had_any()
    {
        var deal = _pair.AddDeal();
        var known = Add(_pair.Esb, 2, new JsonObject { ["title"] = "Раньше", ["originatorId"] = $"b24:{_pair.Source.MemberId}", ["originId"] = $"{deal}" });
        SetRows(_pair.Esb, known, Row("Своё"));

        await _pair.CarryAsync(deal);

        Assert.Single(Rows(_pair.Esb, known));
    }

    [Fact]
    public async Task Trap_33_the_senders_amount_stays_though_the_deal_has_no_rows()
    {
        await CarryNewAsync();

        Assert.Equal(1500.5m, (decimal)_pair.EsbDeals[0]["opportunity"]!);
    }

    [Fact]
    public async Task Trap_35_more_rows_than_a_page_holds_all_arrive_and_so_do_rows_that_are_alike()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, [.. Enumerable.Range(1, 120).Select(n =>
        {
            var row = Row($"Товар {n % 100}", 10);
            row["sort"] = n;
            return row;
        })]);

        var (_, returned) = await _pair.CarryAsync(deal);

        var rows = _pair.Esb.Call("crm.item.productrow.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = (long)_pair.EsbDeals[0]["id"]! },
            ["start"] = 100,
        })!["productRows"]!.AsArray();
        Assert.Equal("120", returned["products_sent"]!.ToString());
        Assert.Equal(20, rows.Count);
    }

    [Fact]
    public async Task Trap_40_rows_that_were_cut_off_are_noticed()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок"), Row("Доставка"));
        _pair.Esb.Methods.Wrap("crm.item.productrow.set", set => call =>
        {
            call.Parameters["productRows"]!.AsArray().RemoveAt(1);
            return set(call);
        });

        var (transfer, returned) = await _pair.CarryAsync(deal);

        Assert.Equal(("ROWS_INCOMPLETE", TransferState.Failed), (returned["error_code"]!.ToString(), transfer.State));
        Assert.Equal(_pair.EsbDeals[0]["id"]!.ToString(), returned["esb_deal_id"]!.ToString());
    }

    [Theory]
    [InlineData("$result[d][item][id]")]
    [InlineData("Скидка 50% & + # = [url=http://example.com]")]
    [InlineData("строка\nвторая $TOTAL[x]")]
    public async Task Trap_3_and_5_any_title_arrives_as_it_is(string title)
    {
        var deal = _pair.AddDeal(title);
        SetRows(_pair.Source, deal, Row(title));

        await _pair.CarryAsync(deal);

        var arrived = Assert.Single(_pair.EsbDeals);
        Assert.Equal(title, arrived["title"]!.ToString());
        Assert.Equal(title, Assert.Single(Rows(_pair.Esb, (long)arrived["id"]!))!["productName"]!.ToString());
    }

    [Fact]
    public async Task Trap_4_rows_of_a_deal_that_was_refused_land_nowhere()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок"));
        _pair.Esb.Methods.Wrap("crm.item.add", _ => _ => throw new RestError("CRM_FIELD_ERROR_REQUIRED", "Поле обязательно"));

        var (transfer, _) = await _pair.CarryAsync(deal);

        Assert.Equal("CRM_FIELD_ERROR_REQUIRED", transfer.Outcome!.ErrorCode);
        Assert.Empty(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_refused_update_names_the_deal_and_is_written_whole_the_next_time()
    {
        var deal = await CarryNewAsync(Row("Станок"));
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Новое" });
        SetRows(_pair.Source, deal, Row("Другое"));
        var refuse = true;
        _pair.Esb.Methods.Wrap("crm.item.update", update => call => refuse ? throw new RestError("ACCESS_DENIED", "Нет прав") : update(call));

        var (failed, returned) = await _pair.CarryAsync(deal);
        refuse = false;
        await _pair.CarryAsync(deal);

        Assert.Equal((TransferState.Failed, "ACCESS_DENIED"), (failed.State, returned["error_code"]!.ToString()));
        Assert.Equal(_pair.EsbDeals[0]["id"]!.ToString(), returned["esb_deal_id"]!.ToString());
        Assert.Equal("Новое", _pair.EsbDeals[0]["title"]!.ToString());
        Assert.Equal("Другое", Assert.Single(Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!))!["productName"]!.ToString());
    }

    [Fact]
    public async Task A_link_that_only_says_that_something_may_exist_makes_the_writer_look()
    {
        var deal = await CarryNewAsync();
        var created = _pair.EsbDeals[0]["id"]!.ToString();
        await _pair.Stores.Links.SaveAsync([Link.Unknown(_pair.DealKey(deal))], Durability.Full, Cancel);

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal(("updated", created), (returned["status"]!.ToString(), returned["esb_deal_id"]!.ToString()));
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_retry_by_hand_in_mode_skip_leaves_alone_what_another_transfer_has_made()
    {
        var deal = _pair.AddDeal();
        _pair.Esb.Methods.Wrap("crm.item.add", add => call => _refuse ? throw new RestError("CRM_FIELD_ERROR_REQUIRED", "Нет") : add(call));
        _refuse = true;
        var (failed, _) = await _pair.CarryAsync(deal, Properties(("mode", "skip")));
        _refuse = false;
        await _pair.CarryAsync(deal);
        Update(_pair.Source, deal, new JsonObject { ["title"] = "Новое" });
        await _pair.Stores.Transfers.RetryAsync(failed.Id, _pair.Clock.GetUtcNow().AddHours(1), Cancel);

        var retried = await _pair.RunAsync(failed.Id);

        Assert.Equal(OutcomeStatus.Skipped, retried.Outcome!.Status);
        Assert.Equal("Поставка", Assert.Single(_pair.EsbDeals)["title"]!.ToString());
    }

    [Fact]
    public async Task An_older_esb_that_names_user_fields_in_its_own_way_gets_them_all_the_same()
    {
        _pair.Esb.Crm.Settings.KnowsOriginalNames = false;
        _pair.AddEsbField("ORDER_NO", "string");

        await _pair.CarryAsync(_pair.AddDeal(), Properties(("fields", "UF_CRM_ORDER_NO=A-17")));

        _pair.Esb.Crm.Settings.KnowsOriginalNames = true;
        Assert.Equal("A-17", _pair.EsbDeals[0]["UF_CRM_ORDER_NO"]!.ToString());
    }

    private bool _refuse;

    private async Task<long> CarryNewAsync(params JsonObject[] rows)
    {
        var deal = _pair.AddDeal();
        if (rows.Length > 0)
        {
            SetRows(_pair.Source, deal, rows);
        }

        await _pair.CarryAsync(deal);
        _pair.Clock.Advance(TimeSpan.FromMinutes(1));
        return deal;
    }
}
