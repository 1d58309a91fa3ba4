using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>Leads, quotes, invoices and items of smart processes: to deals, or to their own kind.</summary>
public sealed class OtherKindsTests : IAsyncLifetime
{
    private const int SmartProcess = 147;

    private PortalPair _pair = null!;

    public static TheoryData<string, string> Ways { get; } = new(
        from source in new[] { "lead", "quote", "invoice", "dynamic_147" }
        from esb in new[] { "deal", source }
        select new TheoryDataRow<string, string>(source, esb));

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        foreach (var portal in new[] { _pair.Source, _pair.Esb })
        {
            portal.Run(() => portal.Crm.AddSmartProcess(SmartProcess, "Заявки"));
        }

        _pair.Esb.Call("crm.quote.userfield.add", new() { ["fields"] = new JsonObject { ["FIELD_NAME"] = CrmKind.Quote.OriginField, ["USER_TYPE_ID"] = "string" } });
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_item_arrives_with_rows_and_client_and_a_second_time_nothing_is_written(string from, string to)
    {
        var (source, esb) = (CrmKind.Find(from)!, CrmKind.Find(to)!);
        await UseProfileAsync(from, to);
        var item = AddItem(source);

        var (first, returned) = await _pair.CarryAsync(item, kind: source.EntityTypeId);
        _pair.Clock.Advance(TimeSpan.FromMinutes(5));
        _pair.Esb.Journal.Clear();
        var (_, second) = await _pair.CarryAsync(item, kind: source.EntityTypeId);

        Assert.Equal((TransferState.Done, "created", "updated"), (first.State, returned["status"]!.ToString(), second["status"]!.ToString()));
        Assert.Equal(["crm.item.get"], Methods(_pair.Esb));
        var arrived = Assert.Single(Items(_pair.Esb, esb.EntityTypeId));
        Assert.Equal(("Заявка", 201m), (arrived["title"]!.ToString(), arrived["opportunity"]!.GetValue<decimal>()));
        Assert.Equal($"{Items(_pair.Esb, 3)[0]["id"]}", Assert.Single(arrived["contactIds"]!.AsArray())!.ToString());
        Assert.Single(_pair.Esb.Call("crm.item.productrow.list", new()
        {
            ["filter"] = new JsonObject { ["=ownerType"] = CrmEntityTypes.ShortCode(esb.EntityTypeId), ["=ownerId"] = arrived["id"]!.DeepClone() },
        })!["productRows"]!.AsArray());
        Assert.Equal(new Uri(_pair.Esb.BaseUrl, esb.DetailsPath((long)arrived["id"]!)).AbsoluteUri, returned["esb_deal_url"]!.ToString());
        Assert.Contains(TimelineOf(source, item), comment => comment.Contains(returned["esb_deal_url"]!.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_item_whose_creation_got_no_answer_is_one_item(string from, string to)
    {
        await UseProfileAsync(from, to);
        var source = CrmKind.Find(from)!;
        var item = AddItem(source, withClient: false);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.add", count: 1));

        var (transfer, returned) = await _pair.CarryAsync(item, kind: source.EntityTypeId);

        Assert.Equal((TransferState.Done, "created"), (transfer.State, returned["status"]!.ToString()));
        Assert.Single(Items(_pair.Esb, CrmKind.Find(to)!.EntityTypeId));
    }

    [Fact]
    public async Task A_lead_and_a_deal_of_one_number_are_two_deals_and_a_new_database_knows_both()
    {
        await UseProfileAsync("lead", "deal");
        var lead = AddItem(CrmKind.Lead, withClient: false);
        await _pair.CarryAsync(lead, kind: CrmEntityTypes.Lead);
        await _pair.UseProfileAsync("""{"schema":1,"name":{"en":"Deals"},"rules":[{"to":"title","from":"title"}]}""");
        long deal;
        do
        {
            deal = _pair.AddDeal();
        }
        while (deal < lead);

        await _pair.CarryAsync(deal);

        Assert.Equal(2, _pair.EsbDeals.Count);
        Assert.Equal([$"lead_{lead}", $"{deal}"], _pair.EsbDeals.Select(item => item["originId"]!.ToString()));
        await _pair.Stores.Links.DeleteAsync(new(_pair.Portal.MemberId, "main", LinkedEntities.Of(1, 2), lead), TestContext.Current.CancellationToken);
        await UseProfileAsync("lead", "deal");
        var (_, again) = await _pair.CarryAsync(lead, kind: CrmEntityTypes.Lead);
        Assert.Equal("created", again["status"]!.ToString());
    }

    [Fact]
    public async Task What_came_from_us_is_not_sent_back_whatever_its_kind()
    {
        await UseProfileAsync("dynamic", "deal");
        var item = Add(_pair.Source, SmartProcess, new() { ["title"] = "Заявка", ["xmlId"] = "b24:00000000000000000000000000000009:15" });

        var (transfer, _) = await _pair.CarryAsync(item, kind: SmartProcess);

        Assert.Equal("CAME_FROM_US", transfer.Outcome!.ErrorCode);
    }

    [Fact]
    public async Task A_quote_without_the_field_for_its_origin_is_not_sent_and_the_field_is_named()
    {
        await UseProfileAsync("quote", "quote");
        var field = _pair.Esb.Call("crm.quote.userfield.list", [])!.AsArray().Single()!["ID"]!;
        _pair.Esb.Call("crm.quote.userfield.delete", new() { ["id"] = field.DeepClone() });
        var item = AddItem(CrmKind.Quote, withClient: false);

        var (transfer, _) = await _pair.CarryAsync(item, kind: CrmEntityTypes.Quote);

        Assert.Equal("ORIGIN_FIELD_MISSING", transfer.Outcome!.ErrorCode);
        Assert.Contains(CrmKind.Quote.OriginField, transfer.Outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(Items(_pair.Esb, CrmEntityTypes.Quote));
    }

    [Fact]
    public async Task Where_nobody_chose_a_profile_one_for_the_kind_is_taken()
    {
        await _pair.Stores.Profiles.SaveAsync("leads", Profile("lead", "deal"), null, TestContext.Current.CancellationToken);
        var lead = AddItem(CrmKind.Lead, withClient: false);

        var (transfer, _) = await _pair.CarryAsync(lead, kind: CrmEntityTypes.Lead);
        var (refused, _) = await _pair.CarryAsync(lead, Properties(("profile", "default")), CrmEntityTypes.Lead);

        Assert.Equal((TransferState.Done, "leads@1"), (transfer.State, transfer.Profile));
        Assert.Equal("PROFILE_OF_OTHER_KIND", refused.Outcome!.ErrorCode);
    }

    private Task UseProfileAsync(string from, string to) => _pair.UseProfileAsync(Profile(from, to));

    private static string Profile(string from, string to) => $$"""
        {"schema":1,"name":{"en":"Other"},"from":"{{from}}","to":"{{to}}","rules":[
          {"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","from":"currencyId"},{"to":"isManualOpportunity","from":"isManualOpportunity"}]}
        """;

    private long AddItem(CrmKind kind, bool withClient = true)
    {
        var fields = new JsonObject { ["title"] = "Заявка", ["currencyId"] = "USD", ["assignedById"] = Manager };
        if (withClient)
        {
            fields["contactIds"] = new JsonArray(Add(_pair.Source, 3, new() { ["name"] = "Иван", ["fm"] = Communications(email: "ivan@romashka.example") }));
        }

        var item = Add(_pair.Source, kind.EntityTypeId, fields);
        _pair.Source.Call("crm.item.productrow.set", new()
        {
            ["ownerType"] = CrmEntityTypes.ShortCode(kind.EntityTypeId),
            ["ownerId"] = item,
            ["productRows"] = new JsonArray(Row("Станок", 100.5m, 2)),
        });
        return item;
    }

    private IEnumerable<string> TimelineOf(CrmKind kind, long item) => _pair.Source.Call("crm.timeline.comment.list", new()
    {
        ["filter"] = new JsonObject { ["ENTITY_TYPE"] = CrmEntityTypes.TimelineName(kind.EntityTypeId), ["ENTITY_ID"] = item },
    })!.AsArray().Select(comment => comment!["COMMENT"]!.ToString());
}
