using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Rest;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>What becomes of a client that the ESB knows, and of its requisites.</summary>
public sealed class ClientPolicyTests : IAsyncLifetime
{
    private const int Contact = 3;
    private const int Company = 4;

    private static readonly string[] NameFields = ["name", "lastName", "secondName", "post"];

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Theory]
    [InlineData("createOnly", "Иван|Петров||инженер")]
    [InlineData("fillEmpty", "Иван|Петров|Ильич|инженер")]
    [InlineData("overwrite", "Ваня|Петров|Ильич|инженер")]
    [InlineData("linkOnly", "Иван|Петров||инженер")]
    public async Task A_contact_that_is_there_is_treated_as_the_policy_says(string policy, string expected)
    {
        await UsePolicyAsync(policy);
        Add(_pair.Esb, Contact, new() { ["name"] = "Иван", ["lastName"] = "Петров", ["post"] = "инженер", ["fm"] = Communications("+7 495 123-45-67") });
        var contact = Add(_pair.Source, Contact, new() { ["name"] = "Ваня", ["secondName"] = "Ильич", ["fm"] = Communications("8 495 1234567", "ivan@romashka.example") });

        await _pair.CarryAsync(DealOf(contact));

        var arrived = Assert.Single(Items(_pair.Esb, Contact));
        Assert.Equal(expected, string.Join('|', NameFields.Select(name => arrived[name]?.ToString())));
        Assert.Equal(
            policy is "fillEmpty" or "overwrite" ? ["EMAIL ivan@romashka.example", "PHONE +7 495 123-45-67"] : ["PHONE +7 495 123-45-67"],
            arrived["fm"]!.AsArray().Select(entry => $"{entry!["typeId"]} {entry["value"]}").Order());
    }

    [Fact]
    public async Task Overwriting_adds_a_second_number_and_filling_does_not()
    {
        await UsePolicyAsync("fillEmpty");
        var contact = Add(_pair.Source, Contact, new() { ["name"] = "Иван", ["fm"] = Communications("+7 495 111-11-11") });
        await _pair.CarryAsync(DealOf(contact));
        _pair.Source.Call("crm.item.update", new() { ["entityTypeId"] = Contact, ["id"] = contact, ["fields"] = new JsonObject { ["fm"] = Communications("+7 495 222-22-22") } });
        await _pair.CarryAsync(DealOf(contact));
        Assert.Single(Items(_pair.Esb, Contact)[0]["fm"]!.AsArray());

        await UsePolicyAsync("overwrite");
        _pair.Source.Call("crm.item.update", new() { ["entityTypeId"] = Contact, ["id"] = contact, ["fields"] = new JsonObject { ["post"] = "директор" } });
        await _pair.CarryAsync(DealOf(contact));

        Assert.Equal(["+7 495 111-11-11", "+7 495 222-22-22"], Items(_pair.Esb, Contact)[0]["fm"]!.AsArray().Select(entry => entry!["value"]!.ToString()).Order());
    }

    [Fact]
    public async Task A_client_that_is_only_linked_is_not_created()
    {
        await UsePolicyAsync("linkOnly");

        var (transfer, _) = await _pair.CarryAsync(DealOf(Add(_pair.Source, Contact, new() { ["name"] = "Новый" })));

        Assert.Equal(TransferState.Done, transfer.State);
        Assert.Empty(Items(_pair.Esb, Contact));
        Assert.Single(_pair.EsbDeals);
    }

    [Theory]
    [InlineData("createOnly")]
    [InlineData("fillEmpty")]
    [InlineData("overwrite")]
    public async Task A_known_client_without_news_costs_no_call(string policy)
    {
        await UsePolicyAsync(policy);
        var contact = Add(_pair.Source, Contact, new() { ["name"] = "Иван", ["fm"] = Communications("+7 495 123-45-67") });
        await _pair.CarryAsync(DealOf(contact));
        _pair.Esb.Journal.Clear();

        await _pair.CarryAsync(DealOf(contact));

        Assert.Equal(["crm.item.add"], Methods(_pair.Esb));
    }

    [Fact]
    public async Task A_client_that_the_esb_does_not_let_be_updated_is_told_and_the_deal_arrives()
    {
        await UsePolicyAsync("overwrite");
        Add(_pair.Esb, Contact, new() { ["name"] = "Иван", ["fm"] = Communications("+7 495 123-45-67") });
        _pair.Esb.Methods.Wrap("crm.item.update", update => call => call.Parameters["entityTypeId"]!.ToString() == "3" ? throw new RestError("ACCESS_DENIED", "No right") : update(call));

        var (transfer, returned) = await _pair.CarryAsync(DealOf(Add(_pair.Source, Contact, new() { ["name"] = "Ваня", ["fm"] = Communications("+7 495 123-45-67") })));

        Assert.Equal((TransferState.Done, "CLIENT_NOT_UPDATED"), (transfer.State, returned["error_code"]!.ToString()));
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_company_is_found_by_its_tax_number_and_branches_are_told_apart()
    {
        var head = Add(_pair.Esb, Company, new() { ["title"] = "Ромашка" });
        var branch = Add(_pair.Esb, Company, new() { ["title"] = "Ромашка, филиал" });
        Requisite(_pair.Esb, head, "7707083893", "770701001");
        Requisite(_pair.Esb, branch, "7707083893", "540602001");
        var company = Add(_pair.Source, Company, new() { ["title"] = "ООО «Ромашка»" });
        Requisite(_pair.Source, company, "7707083893", "540602001");

        await _pair.CarryAsync(_pair.AddDeal(further: fields => fields["companyId"] = company));

        Assert.Equal(2, Items(_pair.Esb, Company).Count);
        Assert.Equal($"{branch}", _pair.EsbDeals[0]["companyId"]!.ToString());
    }

    [Fact]
    public async Task Requisites_and_addresses_arrive_once_and_follow_by_the_policy()
    {
        await UsePolicyAsync("overwrite", details: true);
        var company = Add(_pair.Source, Company, new() { ["title"] = "ООО «Ромашка»" });
        var requisite = Requisite(_pair.Source, company, "7707083893", "770701001");
        _pair.Source.Call("crm.address.add", new() { ["fields"] = new JsonObject { ["TYPE_ID"] = 6, ["ENTITY_TYPE_ID"] = 8, ["ENTITY_ID"] = requisite, ["CITY"] = "Москва", ["ADDRESS_1"] = "Тверская, 1" } });
        var deal = _pair.AddDeal(further: fields => fields["companyId"] = company);

        await _pair.CarryAsync(deal);
        _pair.Source.Call("crm.requisite.update", new() { ["id"] = requisite, ["fields"] = new JsonObject { ["RQ_KPP"] = "770801001" } });
        _pair.Source.Call("crm.address.update", new() { ["fields"] = new JsonObject { ["TYPE_ID"] = 6, ["ENTITY_TYPE_ID"] = 8, ["ENTITY_ID"] = requisite, ["CITY"] = "Тверь" } });
        await _pair.CarryAsync(deal);
        _pair.Esb.Journal.Clear();
        var (_, returned) = await _pair.CarryAsync(deal);

        var arrived = Assert.Single(_pair.Esb.Call("crm.requisite.list", [])!.AsArray())!;
        Assert.Equal(("7707083893", "770801001", ""), (arrived["RQ_INN"]!.ToString(), arrived["RQ_KPP"]!.ToString(), returned["error_message"]!.ToString()));
        Assert.Equal("Тверь", Assert.Single(_pair.Esb.Call("crm.address.list", [])!.AsArray())!["CITY"]!.ToString());
        Assert.Equal(["crm.item.get"], Methods(_pair.Esb));
    }

    [Fact]
    public async Task Requisites_that_a_crash_kept_from_being_written_are_written_by_the_next_attempt()
    {
        await UsePolicyAsync("createOnly", details: true);
        var company = Add(_pair.Source, Company, new() { ["title"] = "ООО «Ромашка»" });
        Requisite(_pair.Source, company, "7707083893", "770701001");
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.requisite.add", count: 1));

        await _pair.CarryAsync(_pair.AddDeal(further: fields => fields["companyId"] = company));

        Assert.Single(Items(_pair.Esb, Company));
        Assert.Single(_pair.Esb.Call("crm.requisite.list", [])!.AsArray());
    }

    [Fact]
    public async Task A_company_that_is_gone_at_the_source_goes_unless_the_esb_has_chosen_another()
    {
        var company = Add(_pair.Source, Company, new() { ["title"] = "ООО «Ромашка»" });
        var deals = Enumerable.Range(1, 2).Select(_ => _pair.AddDeal(further: fields => fields["companyId"] = company)).ToList();
        foreach (var deal in deals)
        {
            await _pair.CarryAsync(deal);
            Update(_pair.Source, deal, new JsonObject { ["companyId"] = "" });
        }

        var own = Add(_pair.Esb, Company, new() { ["title"] = "Выбранная на ЕСБ" });
        Update(_pair.Esb, (long)_pair.EsbDeals[1]["id"]!, new JsonObject { ["companyId"] = own });
        foreach (var deal in deals)
        {
            await _pair.CarryAsync(deal);
        }

        Assert.Equal(["0", $"{own}"], _pair.EsbDeals.Select(deal => deal["companyId"]?.ToString() is { Length: > 0 } id ? id : "0"));
    }

    [Fact]
    public async Task Contacts_that_are_gone_at_the_source_go_on_the_esb()
    {
        var deal = DealOf(Add(_pair.Source, Contact, new() { ["name"] = "Иван" }));
        await _pair.CarryAsync(deal);
        Update(_pair.Source, deal, new JsonObject { ["contactIds"] = new JsonArray() });

        await _pair.CarryAsync(deal);

        Assert.Empty(_pair.EsbDeals[0]["contactIds"]!.AsArray());
    }

    [Fact]
    public async Task A_lost_creation_keeps_others_from_creating_the_same_client_even_after_a_restart()
    {
        var contact = Add(_pair.Source, Contact, new() { ["name"] = "Иван", ["fm"] = Communications(email: "ivan@romashka.example") });
        await _pair.SendAsync(DealOf(contact));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.add", count: 1));
        await _pair.AttemptAsync();
        var other = Add(_pair.Source, Contact, new() { ["name"] = "Он же", ["fm"] = Communications(email: "Ivan@Romashka.example") });
        var (_, second) = await _pair.SendAsync(DealOf(other));
        _pair.Restart();

        await _pair.AttemptAsync();

        Assert.Empty(Items(_pair.Esb, Contact));
        await _pair.RunAsync(second);
        Assert.Single(Items(_pair.Esb, Contact));
    }

    private static long Requisite(Sandbox.Portals.SandboxPortal portal, long company, string taxNumber, string kpp) =>
        portal.Call("crm.requisite.add", new()
        {
            ["fields"] = new JsonObject { ["ENTITY_TYPE_ID"] = Company, ["ENTITY_ID"] = company, ["PRESET_ID"] = 1, ["NAME"] = "Реквизиты", ["RQ_INN"] = taxNumber, ["RQ_KPP"] = kpp },
        })!.GetValue<long>();

    private Task UsePolicyAsync(string policy, bool details = false) => _pair.UseProfileAsync($$"""
        {"schema":1,"name":{"en":"Client"},"client":{"policy":"{{policy}}","requisites":{{(details ? "true" : "false")}},"addresses":{{(details ? "true" : "false")}}},
         "rules":[{"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","from":"currencyId"}]}
        """);

    private long DealOf(params long[] contacts) =>
        _pair.AddDeal(further: fields => fields["contactIds"] = new JsonArray([.. contacts.Select(id => JsonValue.Create(id))]));
}
