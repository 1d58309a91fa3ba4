using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class ClientMatcherTests : IAsyncLifetime
{
    private const int Contact = 3;
    private const int Company = 4;

    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Company_and_contacts_arrive_with_their_communications_the_primary_contact_first()
    {
        var company = Add(_pair.Source, Company, new() { ["title"] = "ООО «Ромашка»", ["fm"] = Communications("+7 495 123-45-67", "office@romashka.example") });
        var second = AddContact("Пётр", email: "petr@romashka.example");
        var first = AddContact("Иван", email: "ivan@romashka.example");
        var deal = _pair.AddDeal(further: fields =>
        {
            fields["companyId"] = company;
            fields["contactIds"] = new JsonArray(first, second);
        });

        await _pair.CarryAsync(deal);

        var arrived = _pair.EsbDeals[0];
        var contacts = Items(_pair.Esb, Contact);
        Assert.Equal("ООО «Ромашка»", Assert.Single(Items(_pair.Esb, Company))["title"]!.ToString());
        Assert.Equal(2, contacts.Count);
        Assert.Equal("Иван", contacts.Single(item => item["id"]!.ToString() == arrived["contactIds"]![0]!.ToString())["name"]!.ToString());
        Assert.All(contacts, contact => Assert.Equal(arrived["companyId"]!.ToString(), contact["companyId"]!.ToString()));
        Assert.Contains("ivan@romashka.example", contacts.Single(item => item["name"]!.ToString() == "Иван")["fm"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+7 495 123-45-67", null)]
    [InlineData(null, "IVAN@romashka.example")]
    public async Task A_contact_whom_the_esb_knows_by_phone_or_email_is_not_made_again(string? phone, string? email)
    {
        var known = Add(_pair.Esb, Contact, new() { ["name"] = "Иван", ["fm"] = Communications("+7 495 123-45-67", "ivan@romashka.example") });
        var deal = AddDealOf(AddContact("Ваня", phone, email));

        await _pair.CarryAsync(deal);

        Assert.Single(Items(_pair.Esb, Contact));
        Assert.Equal($"{known}", _pair.EsbDeals[0]["contactIds"]![0]!.ToString());
    }

    [Fact]
    public async Task The_origin_decides_before_a_shared_phone()
    {
        Add(_pair.Esb, Contact, new() { ["name"] = "Чужой", ["fm"] = Communications("+7 495 123-45-67") });
        var contact = AddContact("Иван", "+7 495 123-45-67");
        var own = Add(_pair.Esb, Contact, new() { ["name"] = "Иван", ["originatorId"] = $"b24:{_pair.Source.MemberId}", ["originId"] = $"{contact}" });

        await _pair.CarryAsync(AddDealOf(contact));

        Assert.Equal($"{own}", _pair.EsbDeals[0]["contactIds"]![0]!.ToString());
    }

    [Theory]
    [InlineData("не почта")]
    [InlineData("a@b")]
    [InlineData("two@at@signs.example")]
    [InlineData("comma,in@name.example")]
    public async Task An_email_that_is_none_does_not_keep_the_contact_from_arriving(string email)
    {
        // The source takes it only because it was there before the portal checked.
        var contact = AddContact("Иван", "+7 495 123-45-67", "good@romashka.example");
        _pair.Source.Methods.Wrap("crm.item.list", list => call =>
        {
            var page = list(call);
            foreach (var item in page!["items"]!.AsArray().Where(item => item!["fm"] is JsonArray { Count: > 1 }))
            {
                item!["fm"]![1]!["value"] = email;
            }

            return page;
        });

        var (transfer, _) = await _pair.CarryAsync(AddDealOf(contact));

        Assert.Equal(TransferState.Done, transfer.State);
        Assert.Equal("Иван", Assert.Single(Items(_pair.Esb, Contact))["name"]!.ToString());
    }

    [Fact]
    public async Task A_phone_without_a_number_is_carried_but_looks_nobody_up()
    {
        Add(_pair.Esb, Contact, new() { ["name"] = "Чужой", ["fm"] = Communications("доб. 12") });

        await _pair.CarryAsync(AddDealOf(AddContact("Иван", "доб. 12")));

        Assert.Equal(2, Items(_pair.Esb, Contact).Count);
    }

    [Theory]
    [InlineData(FaultKind.ResetAfter)]
    [InlineData(FaultKind.ResetBefore)]
    public async Task A_contact_whose_creation_got_no_answer_is_one_contact(FaultKind fault)
    {
        var deal = AddDealOf(AddContact("Иван", email: "ivan@romashka.example"));
        _pair.Esb.Faults.Add(new FaultRule(fault, "crm.item.add", count: 1));

        await _pair.CarryAsync(deal);

        Assert.Single(Items(_pair.Esb, Contact));
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task Another_deal_of_the_same_new_contact_waits_until_the_lost_creation_is_settled()
    {
        var contact = AddContact("Иван", email: "ivan@romashka.example");
        var (_, first) = await _pair.SendAsync(AddDealOf(contact));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.add", count: 1));
        await _pair.AttemptAsync();
        var (_, second) = await _pair.SendAsync(AddDealOf(contact));

        await _pair.AttemptAsync();

        Assert.Empty(Items(_pair.Esb, Contact));
        await _pair.RunAsync(first);
        await _pair.RunAsync(second);
        Assert.Single(Items(_pair.Esb, Contact));
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    [Fact]
    public async Task A_lost_creation_is_not_settled_because_the_clock_was_put_forward()
    {
        var contact = AddContact("Иван", email: "ivan@romashka.example");
        await _pair.SendAsync(AddDealOf(contact));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.add", count: 1));
        await _pair.AttemptAsync();

        _pair.AppClock.Offset = TimeSpan.FromHours(2);
        var (_, second) = await _pair.SendAsync(AddDealOf(contact));
        await _pair.AttemptAsync();

        Assert.Empty(Items(_pair.Esb, Contact));
        _pair.Clock.Advance(TimeSpan.FromSeconds(65));
        await _pair.RunAsync(second);
        Assert.Single(Items(_pair.Esb, Contact));
    }

    [Fact]
    public async Task Two_deals_that_bring_the_same_new_contact_at_once_make_one()
    {
        // Two records of one person at the source, with the phone written in two ways.
        var deals = new[] { AddDealOf(AddContact("Иван", "+7 495 123-45-67")), AddDealOf(AddContact("Иван", "8 (495) 1234567")) };
        foreach (var deal in deals)
        {
            await _pair.SendAsync(deal);
        }

        var claimed = await _pair.Stores.Transfers.ClaimAsync(new Lane(_pair.Portal.Id, "main"), 2, Cancel);
        await Task.WhenAll(claimed.Select(transfer => _pair.Runner.RunAsync(transfer, Cancel)));

        Assert.Single(Items(_pair.Esb, Contact));
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    [Fact]
    public async Task Trap_35_more_contacts_than_a_page_holds_all_arrive()
    {
        var contacts = Enumerable.Range(1, 60).Select(n => AddContact($"Контакт {n}", email: $"c{n}@romashka.example")).ToArray();

        await _pair.CarryAsync(AddDealOf(contacts));

        Assert.Equal(60, _pair.EsbDeals[0]["contactIds"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_client_that_was_deleted_on_the_esb_is_found_or_made_again()
    {
        var contact = AddContact("Иван", email: "ivan@romashka.example");
        await _pair.CarryAsync(AddDealOf(contact));
        _pair.Esb.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = Contact, ["id"] = (long)Items(_pair.Esb, Contact)[0]["id"]! });
        // Older portals drop ids that are gone; what the sandbox does with them is seen in what it answers.
        _pair.Esb.Methods.Wrap("crm.item.add", add => call =>
        {
            var alive = Items(_pair.Esb, Contact).Select(item => item["id"]!.ToString()).ToHashSet();
            if (call.Parameters["fields"]?["contactIds"] is JsonArray ids)
            {
                call.Parameters["fields"]!["contactIds"] = new JsonArray([.. ids.Where(id => alive.Contains(id!.ToString())).Select(id => id!.DeepClone())]);
            }

            return add(call);
        });

        var (transfer, returned) = await _pair.CarryAsync(AddDealOf(contact));

        var made = Assert.Single(Items(_pair.Esb, Contact));
        Assert.Equal((TransferState.Done, "created"), (transfer.State, returned["status"]!.ToString()));
        Assert.Equal(made["id"]!.ToString(), _pair.EsbDeals.Single(item => item["id"]!.ToString() == returned["esb_deal_id"]!.ToString())["contactIds"]![0]!.ToString());
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    [Fact]
    public async Task Without_a_client_nobody_is_looked_up()
    {
        await _pair.CarryAsync(_pair.AddDeal());

        Assert.DoesNotContain("crm.duplicate.findbycomm", Methods(_pair.Esb));
        Assert.Empty(Items(_pair.Esb, Contact));
    }

    private long AddContact(string name, string? phone = null, string? email = null) =>
        Add(_pair.Source, Contact, new() { ["name"] = name, ["fm"] = Communications(phone, email) });

    private long AddDealOf(params long[] contacts) =>
        _pair.AddDeal(further: fields => fields["contactIds"] = new JsonArray([.. contacts.Select(id => JsonValue.Create(id))]));
}
