using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;

namespace B24RobotApp.Acceptance;

/// <summary>Company and contacts: found where they are, created once where they are not.</summary>
public sealed class ClientTests(ClientTests.Fixture fixture) : StageTests(fixture), IClassFixture<ClientTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task Deals_of_one_new_client_at_the_same_time_make_one_client()
    {
        var company = Source.AddCompany("ООО «Одновременность»", phone: "+7 812 111-00-01");
        var contact = Source.AddContact("Одновременный", phone: "+7 921 111-00-02", email: "same.time@example.com");
        var workflows = Enumerable.Range(1, 6)
            .Select(number => Stage.Send(Source.AddDeal($"Одновременно {number}", rows: Crm.Rows, companyId: company, contactIds: contact))).ToList();

        var arrived = new List<JsonObject>();
        foreach (var workflow in workflows)
        {
            await workflow.ResultAsync();
            arrived.Add(Stage.OneEsbDealOf(workflow.DealId));
        }

        var esbCompany = Assert.Single(ByOrigin(Crm.Company, company));
        var esbContact = Assert.Single(ByOrigin(Crm.Contact, contact));
        Assert.All(arrived, deal => Assert.Equal(esbCompany["id"]?.ToString(), deal["companyId"]?.ToString()));
        Assert.All(arrived, deal => Assert.Equal(esbContact["id"]?.ToString(), Assert.Single(deal["contactIds"]!.AsArray())?.ToString()));
    }

    [Fact]
    public async Task Two_contacts_of_the_source_with_one_phone_at_the_same_time_are_one_on_the_ESB()
    {
        var first = Source.AddContact("Двойник", phone: "+7 921 222-33-44");
        var second = Source.AddContact("Двойник", phone: "8 (921) 222-33-44");
        var workflows = new[] { first, second }.Select(contact => Stage.Send(Source.AddDeal($"Двойник {contact}", contactIds: contact))).ToList();
        foreach (var workflow in workflows)
        {
            await workflow.ResultAsync();
        }

        Assert.Single(Esb.List(Crm.Contact, new JsonObject { ["=name"] = "Двойник" }));
        Assert.Equal(
            Contacts(workflows[0].DealId), Contacts(workflows[1].DealId));
    }

    [Theory]
    [InlineData("8 916 000 11 22")]
    [InlineData("+7(916)000-11-22")]
    [InlineData("79160001122")]
    public async Task A_contact_is_found_by_its_phone_in_another_spelling(string phone)
    {
        var known = Assert.Single(Esb.List(Crm.Contact, new JsonObject { ["=lastName"] = "Белова" }))["id"]!.GetValue<long>();
        var before = Esb.List(Crm.Contact).Count;
        var deal = Source.AddDeal("Старая знакомая", contactIds: Source.AddContact("Ирина", phone: phone));

        await Stage.SendToEndAsync(deal);

        Assert.Equal([known], Contacts(deal));
        Assert.Equal(before, Esb.List(Crm.Contact).Count);
    }

    [Fact]
    public async Task A_company_is_found_by_its_e_mail_and_left_as_it_is()
    {
        var known = Assert.Single(Esb.List(Crm.Company, new JsonObject { ["=title"] = "Ромашка ООО" }));
        var deal = Source.AddDeal("Знакомая компания", companyId: Source.AddCompany("Ромашка, общество", email: "Office@Romashka.example"));

        await Stage.SendToEndAsync(deal);

        Assert.Equal(known["id"]?.ToString(), Stage.OneEsbDealOf(deal)["companyId"]?.ToString());
        Assert.Equal("Ромашка ООО", Esb.Get(Crm.Company, known["id"]!.GetValue<long>())["title"]?.ToString());
    }

    [Fact]
    public async Task A_company_is_created_with_its_contacts()
    {
        var company = Source.AddCompany("ООО «Новая»", phone: "+7 843 500-00-01", email: "new@novaya.example");
        var contacts = new[] { Source.AddContact("Первый", phone: "+7 843 500-00-02"), Source.AddContact("Вторая", email: "second@novaya.example") };
        var deal = Source.AddDeal("Новый клиент", rows: Crm.Rows, companyId: company, contactIds: contacts);

        await Stage.SendToEndAsync(deal);

        var arrived = Stage.OneEsbDealOf(deal);
        var esbCompany = Assert.Single(ByOrigin(Crm.Company, company));
        Assert.Equal("ООО «Новая»", esbCompany["title"]?.ToString());
        Assert.Equal(esbCompany["id"]?.ToString(), arrived["companyId"]?.ToString());
        foreach (var (contact, name) in contacts.Zip(["Первый", "Вторая"]))
        {
            var esbContact = Assert.Single(ByOrigin(Crm.Contact, contact));
            Assert.Equal(name, esbContact["name"]?.ToString());
            Assert.Equal(esbCompany["id"]?.ToString(), esbContact["companyId"]?.ToString());
            Assert.Contains(esbContact["id"]!.GetValue<long>(), Contacts(deal));
        }
    }

    [Fact]
    public async Task A_robot_that_does_not_send_the_client_sends_none()
    {
        var contact = Source.AddContact("Остаётся дома", email: "stays@example.com");
        var deal = Source.AddDeal("Без клиента", contactIds: contact);

        await Stage.SendToEndAsync(deal, new JsonObject { ["send_client"] = "N" });

        Assert.Empty(Contacts(deal));
        Assert.Empty(ByOrigin(Crm.Contact, contact));
    }

    private IReadOnlyList<JsonObject> ByOrigin(int entityTypeId, long sourceId) => Esb.List(
        entityTypeId, new JsonObject { ["=originatorId"] = $"b24:{Source.MemberId}", ["=originId"] = $"{sourceId}" });

    private List<long> Contacts(long deal) =>
        [.. (Stage.OneEsbDealOf(deal)["contactIds"]?.AsArray() ?? []).Select(id => id!.GetValue<long>())];
}
