using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>The main job: a deal reaches the robot's stage and stands on the ESB with all that belongs to it.</summary>
public sealed class MainWayTests(MainWayTests.Fixture fixture) : StageTests(fixture), IClassFixture<MainWayTests.Fixture>
{
    public sealed class Fixture : StageFixture
    {
        // As a host would run it: no setting but those that connect the app with its portals.
        protected override StageOptions Options => new() { Program = BuiltApp.Program, WithSampleData = true };
    }

    [Fact]
    public async Task A_deal_arrives_with_rows_company_contacts_and_provenance_and_nothing_is_complained_about()
    {
        var deal = Source.Crm.Deals.First(deal => deal.Title.Contains("Ромашки", StringComparison.Ordinal)).Id;
        var sent = Source.Get(Crm.Deal, deal);

        var workflow = Stage.Send(deal);
        var result = await workflow.ResultAsync();

        Assert.Equal(WorkflowState.Completed, workflow.State);
        var arrived = Stage.OneEsbDealOf(deal);
        Assert.Equal(("created", arrived["id"]!.GetValue<long>(), "", ""), (result.Status, result.EsbDealId, result.ErrorCode, result.ErrorMessage));
        foreach (var name in (string[])["title", "opportunity", "currencyId", "comments", "probability", "utmSource"])
        {
            Assert.Equal(sent[name]?.ToString(), arrived[name]?.ToString());
        }

        foreach (var name in (string[])["begindate", "closedate"])
        {
            Assert.Equal(sent[name]?.ToString()[..10], arrived[name]?.ToString()[..10]);
        }

        Assert.Equal(Source.BaseUrl.Authority, arrived["UF_CRM_SOURCE_PORTAL"]?.ToString());
        Assert.Equal(deal.ToString(CultureInfo.InvariantCulture), arrived["UF_CRM_SOURCE_DEAL_ID"]?.ToString());
        Assert.Equal($"{Source.BaseUrl}crm/deal/details/{deal}/", arrived["UF_CRM_SOURCE_DEAL_URL"]?.ToString());
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.Parse(arrived["UF_CRM_TRANSFER_DATE"]!.ToString(), CultureInfo.InvariantCulture);
        Assert.InRange(age, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(5));
        AssertRows(deal, result.EsbDealId);
        AssertClient(arrived);
        AssertReport(deal, result);
        Assert.Empty(Stage.App.Complaints);
    }

    [Fact]
    public async Task A_lone_transfer_with_rows_a_known_client_timeline_and_notification_costs_three_requests()
    {
        var contact = Source.AddContact("Давний", phone: "+7 495 222-33-44");
        await Stage.SendToEndAsync(Source.AddDeal("Первая сделка клиента", rows: Crm.Rows, contactIds: contact));
        var deal = Source.AddDeal("Вторая сделка клиента", rows: Crm.Rows, contactIds: contact);
        await Source.WhenIdleAsync();
        Source.Journal.Clear();
        Esb.Journal.Clear();

        var result = await Stage.SendToEndAsync(deal, new JsonObject { ["notify"] = new JsonArray("user_7") });
        await Source.WhenIdleAsync();

        Assert.Equal("created", result.Status);
        var requests = Stage.Requests();
        TestContext.Current.TestOutputHelper!.WriteLine($"A lone transfer: {requests.Count} HTTP requests");
        foreach (var (portal, request) in requests)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"  {portal,-7} {request.Method}: {string.Join(", ", request.Calls.Select(call => call.Method))}");
        }

        Assert.Equal(["source", "esb", "source"], requests.Select(request => request.Portal));
        Assert.Equal(["bizproc.event.send", "crm.timeline.comment.add", "im.notify.system.add"], requests[2].Request.Calls.Select(call => call.Method));
        Assert.Equal(2, Stage.EsbRowsOf(result.EsbDealId).Count);
        var notification = Assert.Single(Source.Run(() => Source.Crm.Notifications.ToList()));
        Assert.Equal(7, notification.UserId);
        Assert.Contains("Вторая сделка клиента", notification.Text, StringComparison.Ordinal);
    }

    private void AssertRows(long deal, long esbDeal)
    {
        var sent = Rows(Source.Call("crm.item.productrow.list", RowFilter(deal))!);
        var arrived = Rows(Esb.Call("crm.item.productrow.list", RowFilter(esbDeal))!);
        Assert.Equal(4, sent.Count);
        Assert.Equal(sent.Count, arrived.Count);
        foreach (var (was, row) in sent.Zip(arrived))
        {
            foreach (var name in (string[])["productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate", "taxIncluded", "sort"])
            {
                Assert.Equal(Plain(was[name]), Plain(row[name]));
            }
        }

        // 0.00 and 0 are the same money.
        static string? Plain(JsonNode? value) =>
            decimal.TryParse(value?.ToString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
                ? number.ToString("0.####", CultureInfo.InvariantCulture)
                : value?.ToString();
        static JsonObject RowFilter(long owner) => new() { ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = owner } };
        static List<JsonObject> Rows(JsonNode answer) =>
            [.. answer["productRows"]!.AsArray().Select(row => row!.AsObject()).OrderBy(row => row["sort"]!.GetValue<long>())];
    }

    private void AssertClient(JsonObject arrived)
    {
        // The ESB knows the company by its e-mail and the first contact by her phone, spelt in another way; the second contact is new.
        Assert.Equal("Ромашка ООО", Esb.Get(Crm.Company, arrived["companyId"]!.GetValue<long>())["title"]?.ToString());
        var contacts = arrived["contactIds"]!.AsArray().Select(id => Esb.Get(Crm.Contact, id!.GetValue<long>())).ToList();
        Assert.Equal(["Белова", "Орлов"], contacts.Select(contact => contact["lastName"]?.ToString()));
        Assert.Equal("Ильич", contacts[1]["secondName"]?.ToString());
        Assert.Equal(
            ["+7 916 000-33-44", "8 (495) 123-45-68"],
            contacts[1]["fm"]!.AsArray().Select(entry => entry!["value"]!.ToString()).Order(StringComparer.Ordinal));
    }

    private void AssertReport(long deal, RobotResult result)
    {
        // The robots behind ours used what it returned.
        Assert.Equal($"created;{result.EsbDealId};", Source.Get(Crm.Deal, deal)[Stage.ResultField]?.ToString());
        Assert.Contains(
            Source.Run(() => Source.Crm.Comments(deal).Select(comment => comment.Text).ToList()),
            text => text == $"Следующий робот получил: created, сделка ЕСБ {result.EsbDealId}, {Esb.BaseUrl}crm/deal/details/{result.EsbDealId}/");
        Assert.Equal("Y", result.Values["success"]?.ToString());
        Assert.Equal("4", result.Values["products_sent"]?.ToString());
        Assert.Equal("0", result.Values["IsTimeout"]?.ToString());
        Assert.NotEqual("", result.Values["transfer_id"]?.ToString());

        // A time as the portal's own robots would write it, in its server's zone.
        var at = DateTime.ParseExact(result.Values["transferred_at"]!.ToString(), "dd.MM.yyyy HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.InRange(Source.Now.DateTime - at, TimeSpan.FromSeconds(-2), TimeSpan.FromMinutes(5));
        var comment = Assert.Single(Source.AppComments(deal));
        Assert.Contains($"{Esb.BaseUrl}crm/deal/details/{result.EsbDealId}/", comment.Text, StringComparison.Ordinal);
    }
}
