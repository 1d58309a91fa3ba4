using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class FileCarrierTests : IAsyncLifetime
{
    private const string Profile = """
        {"schema":1,"name":{"en":"Files"},"rules":[
          {"to":"title","from":"title"},{"to":"UF_CRM_CONTRACT","from":"UF_CRM_SIGNED"},{"to":"UF_CRM_FILES","from":"UF_CRM_DOCS"}]}
        """;

    private static readonly JsonObject WithFiles = PortalPair.Properties(("send_files", "Y"));

    private PortalPair _pair = null!;

    private SandboxPortal Esb => _pair.Esb;

    public async ValueTask InitializeAsync()
    {
        _pair = await PortalPair.StartAsync();
        PortalPair.AddFileField(_pair.Source, "SIGNED", isMultiple: false);
        PortalPair.AddFileField(_pair.Source, "DOCS", isMultiple: true);
        PortalPair.AddFileField(Esb, "CONTRACT", isMultiple: false);
        PortalPair.AddFileField(Esb, "FILES", isMultiple: true);
        await _pair.UseProfileAsync(Profile);
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task The_files_of_single_and_multiple_fields_arrive_byte_for_byte_and_by_name()
    {
        var deal = AddDeal(File("Договор № 1.pdf", "подписан"), File("Смета.xlsx", "1"), File("photo.jpg", "\0\u0001\u0002"));

        var (transfer, returned) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal((OutcomeStatus.Created, "", 3), (transfer.Outcome!.Status, transfer.Outcome.ErrorCode, transfer.Outcome.FilesSent));
        Assert.Equal("3", returned["files_sent"]!.ToString());
        Assert.Equal(["Договор № 1.pdf=подписан"], FilesOf("UF_CRM_CONTRACT"));
        Assert.Equal(["Смета.xlsx=1", "photo.jpg=\0\u0001\u0002"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task Without_the_robots_property_no_file_travels_and_the_deal_does()
    {
        var (transfer, _) = await _pair.CarryAsync(AddDeal(File("a.txt", "a"), File("b.txt", "b")));

        Assert.Equal((OutcomeStatus.Created, 0), (transfer.Outcome!.Status, transfer.Outcome.FilesSent));
        Assert.Empty(FilesOf("UF_CRM_CONTRACT"));
        Assert.Empty(FilesOf("UF_CRM_FILES"));
    }

    [Theory]
    [InlineData("Олег Ветров", 1)]
    [InlineData("Анна", 0)]
    public async Task A_condition_for_files_knows_what_the_deals_ids_mean(string name, int sent)
    {
        await _pair.UseProfileAsync($$$"""
            {"schema":2,"name":{},"rules":[
              {"to":"title","from":"title"},{"to":"UF_CRM_CONTRACT","from":"UF_CRM_SIGNED","when":"{% if deal.assignedById == '{{{name}}}' %}1{% endif %}"}]}
            """);

        var (transfer, _) = await _pair.CarryAsync(AddDeal(File("a.txt", "a")), WithFiles);

        Assert.Equal(sent, transfer.Outcome!.FilesSent);
    }

    [Fact]
    public async Task A_second_send_sends_no_file_and_a_third_only_the_new_one()
    {
        var deal = AddDeal(File("a.txt", "a"), File("b.txt", "b"));
        await _pair.CarryAsync(deal, WithFiles);
        Esb.Journal.Clear();

        var (second, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal((OutcomeStatus.Updated, 0), (second.Outcome!.Status, second.Outcome.FilesSent));
        Assert.DoesNotContain("crm.item.update", PortalPair.Methods(Esb));

        AddToList(_pair.Source, deal, "UF_CRM_DOCS", File("c.txt", "c"));
        var (third, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(1, third.Outcome!.FilesSent);
        Assert.Equal(["b.txt=b", "c.txt=c"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task After_a_restore_a_file_that_the_lost_server_has_sent_is_known_by_its_name_and_bytes_and_others_are_sent()
    {
        var deal = AddDeal(File("договор.txt", "подписан"), File("a.txt", "a"), File("b.txt", "b"));
        var (first, _) = await _pair.CarryAsync(deal, WithFiles);
        PortalPair.Update(Esb, first.Outcome!.EsbDealId!.Value, new JsonObject
        {
            ["UF_CRM_FILES"] = new JsonArray([.. Ids("UF_CRM_FILES").Select(id => new JsonObject { ["id"] = id }), File("c.txt", "их файл")]),
        });
        var ids = Ids("UF_CRM_FILES");

        // The backup was made before anything of the deal's files was sent.
        await _pair.RestoreAsync(connection => connection.Execute("DELETE FROM carried_files"));
        AddToList(_pair.Source, deal, "UF_CRM_DOCS", File("c.txt", "свой файл"));
        await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(["договор.txt=подписан"], FilesOf("UF_CRM_CONTRACT"));
        Assert.Equal(ids, Ids("UF_CRM_FILES").Take(3));
        Assert.Equal(["a.txt=a", "b.txt=b", "c.txt=их файл", "c.txt=свой файл"], FilesOf("UF_CRM_FILES"));
        Esb.Journal.Clear();
        await _pair.CarryAsync(deal, WithFiles);
        Assert.DoesNotContain("crm.item.update", PortalPair.Methods(Esb));
    }

    [Fact]
    public async Task Files_that_people_added_on_the_ESB_stay_and_those_deleted_there_are_not_sent_again()
    {
        var deal = AddDeal(null, File("a.txt", "a"), File("b.txt", "b"));
        var (first, _) = await _pair.CarryAsync(deal, WithFiles);
        var kept = Ids("UF_CRM_FILES")[1];
        PortalPair.Update(Esb, first.Outcome!.EsbDealId!.Value, new JsonObject
        {
            ["UF_CRM_FILES"] = new JsonArray(new JsonObject { ["id"] = kept }, File("theirs.txt", "theirs")),
        });
        AddToList(_pair.Source, deal, "UF_CRM_DOCS", File("c.txt", "c"));

        await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(["b.txt=b", "theirs.txt=theirs", "c.txt=c"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task A_file_that_is_deleted_at_the_source_stays_on_the_ESB_and_a_new_one_takes_the_place_of_a_single_one()
    {
        var deal = AddDeal(File("old.txt", "old"), File("a.txt", "a"));
        await _pair.CarryAsync(deal, WithFiles);
        PortalPair.Update(_pair.Source, deal, new JsonObject { ["UF_CRM_SIGNED"] = File("new.txt", "new"), ["UF_CRM_DOCS"] = new JsonArray() });

        await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(["new.txt=new"], FilesOf("UF_CRM_CONTRACT"));
        Assert.Equal(["a.txt=a"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task Each_deal_of_the_mode_create_gets_its_files()
    {
        var deal = AddDeal(null, File("a.txt", "a"));
        var properties = PortalPair.Properties(("send_files", "Y"), ("mode", "create"));
        await _pair.CarryAsync(deal, properties);

        var (second, _) = await _pair.CarryAsync(deal, properties);

        Assert.Equal(1, second.Outcome!.FilesSent);
        Assert.All(_pair.EsbDeals, esb => Assert.Single(esb["UF_CRM_FILES"]!.AsArray()));
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    [Fact]
    public async Task What_is_too_big_stays_behind_and_is_named_though_the_deal_arrives()
    {
        var deal = AddDeal(null, File("Видео.mp4", new string('x', PortalPair.MostFileBytes + 1)), File("just.bin", new string('y', PortalPair.MostFileBytes)));

        var (transfer, returned) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal((OutcomeStatus.Created, "FILES_SKIPPED", 1), (transfer.Outcome!.Status, transfer.Outcome.ErrorCode, transfer.Outcome.FilesSent));
        Assert.Contains("«Видео.mp4»", returned["error_message"]!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("just.bin", returned["error_message"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("Y", returned["success"]!.ToString());
    }

    [Fact]
    public async Task Of_several_files_the_first_one_goes_into_a_field_that_holds_one()
    {
        await _pair.UseProfileAsync(Profile.Replace("UF_CRM_SIGNED", "UF_CRM_DOCS", StringComparison.Ordinal));
        var deal = AddDeal(null, File("a.txt", "a"), File("b.txt", "b"));

        var (transfer, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(("FILES_SKIPPED", 3), (transfer.Outcome!.ErrorCode, transfer.Outcome.FilesSent));
        Assert.Equal(["a.txt=a"], FilesOf("UF_CRM_CONTRACT"));
        Assert.Equal(["a.txt=a", "b.txt=b"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task A_link_whose_token_has_expired_is_read_again()
    {
        var deal = AddDeal(File("a.txt", "a"));
        _pair.Source.Faults.Add(new FaultRule(FaultKind.ExpiredToken, "crm.controller.item.getfile", count: 1));
        var (workflow, id) = await _pair.SendAsync(deal, WithFiles);

        var transfer = await _pair.RunAsync(id);

        Assert.Equal((OutcomeStatus.Created, "", 1), (transfer.Outcome!.Status, transfer.Outcome.ErrorCode, transfer.Outcome.FilesSent));
        Assert.Equal(2, PortalPair.Methods(_pair.Source).Count(method => method == "crm.controller.item.getfile"));
        Assert.Equal("1", workflow.Returned.Values.Single()["files_sent"]!.ToString());
    }

    [Fact]
    public async Task A_file_that_the_portal_does_not_give_stays_behind_and_the_others_arrive()
    {
        var deal = AddDeal(File("a.txt", "a"), File("b.txt", "b"));
        _pair.Source.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.controller.item.getfile", count: 2) { Code = "ACCESS_DENIED", Status = 403 });

        var (transfer, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(("FILES_SKIPPED", 1), (transfer.Outcome!.ErrorCode, transfer.Outcome.FilesSent));
        Assert.Contains("ACCESS_DENIED", transfer.Outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(["b.txt=b"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task An_upload_whose_answer_was_lost_is_taken_up_and_not_repeated()
    {
        var deal = AddDeal(null, File("a.txt", "a"), File("b.txt", "b"));
        Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.update", count: 1));

        var (transfer, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal((OutcomeStatus.Created, 2, 1), (transfer.Outcome!.Status, transfer.Outcome.FilesSent, transfer.Attempt));
        Assert.Equal(["a.txt=a", "b.txt=b"], FilesOf("UF_CRM_FILES"));
    }

    [Fact]
    public async Task An_upload_that_may_be_under_way_is_not_repeated_because_the_clock_was_put_forward()
    {
        await _pair.SendAsync(AddDeal(null, File("a.txt", "a")), WithFiles);
        Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.update", count: 1));
        await _pair.AttemptAsync();
        Esb.Journal.Clear();

        // After an hour the deal would do without its files.
        _pair.AppClock.Offset = TimeSpan.FromMinutes(30);
        await _pair.AttemptAsync();

        Assert.DoesNotContain("crm.item.update", PortalPair.Methods(Esb));
        _pair.Clock.Advance(TimeSpan.FromSeconds(65));
        await _pair.AttemptAsync();
        Assert.Equal(["a.txt=a"], FilesOf("UF_CRM_FILES"));
    }

    [Theory]
    [InlineData("never", false, "theirs.txt=theirs")]
    [InlineData("onlyIfEmpty", false, "theirs.txt=theirs")]
    [InlineData("onlyIfEmpty", true, "a.txt=a;b.txt=b")]
    [InlineData("never", true, "")]
    public async Task An_update_does_to_files_what_the_rule_allows(string policy, bool empty, string expected)
    {
        var deal = AddDeal(null);
        var (first, _) = await _pair.CarryAsync(deal, WithFiles);
        await _pair.UseProfileAsync(Profile.Replace("\"from\":\"UF_CRM_DOCS\"", $"\"from\":\"UF_CRM_DOCS\",\"onUpdate\":\"{policy}\"", StringComparison.Ordinal));
        if (!empty)
        {
            PortalPair.Update(Esb, first.Outcome!.EsbDealId!.Value, new JsonObject { ["UF_CRM_FILES"] = new JsonArray(File("theirs.txt", "theirs")) });
        }

        AddToList(_pair.Source, deal, "UF_CRM_DOCS", File("a.txt", "a"));
        AddToList(_pair.Source, deal, "UF_CRM_DOCS", File("b.txt", "b"));
        await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal(expected, string.Join(';', FilesOf("UF_CRM_FILES")));
    }

    [Theory]
    [InlineData("{% if deal.title == 'Поставка' %}1{% endif %}", 1)]
    [InlineData("{% if deal.title == 'Другая' %}1{% endif %}", 0)]
    public async Task A_condition_decides_about_files_too(string when, int count)
    {
        await _pair.UseProfileAsync(Profile.Replace("\"from\":\"UF_CRM_DOCS\"", $"\"from\":\"UF_CRM_DOCS\",\"when\":\"{when}\"", StringComparison.Ordinal));
        await _pair.CarryAsync(AddDeal(null, File("a.txt", "a")), WithFiles);

        Assert.Equal(count, FilesOf("UF_CRM_FILES").Count);
    }

    [Theory]
    [InlineData(FaultKind.Refuse)]
    [InlineData(FaultKind.BadGatewayBefore)]
    public async Task An_upload_that_did_not_come_through_is_repeated_and_the_deal_counts_as_created(FaultKind fault)
    {
        var deal = AddDeal(null, File("a.txt", "a"), File("b.txt", "b"));
        Esb.Faults.Add(new FaultRule(fault, "crm.item.update", count: 1) { Code = "OVERLOAD_LIMIT", Status = 503 });

        var (transfer, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal((OutcomeStatus.Created, "", 2), (transfer.Outcome!.Status, transfer.Outcome.ErrorCode, transfer.Outcome.FilesSent));
        Assert.Equal(["a.txt=a", "b.txt=b"], FilesOf("UF_CRM_FILES"));
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_file_that_cannot_be_sent_does_not_keep_the_robot_waiting_for_days()
    {
        var deal = AddDeal(null, File("a.txt", "a"));
        Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "crm.item.update"));
        var sentAt = _pair.Clock.GetUtcNow();

        var (transfer, _) = await _pair.CarryAsync(deal, WithFiles);

        Assert.Equal((OutcomeStatus.Created, "FILES_SKIPPED"), (transfer.Outcome!.Status, transfer.Outcome.ErrorCode));
        Assert.InRange(_pair.Clock.GetUtcNow() - sentAt, TimeSpan.FromMinutes(5), TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task Neither_the_database_nor_the_data_directory_keeps_a_link_or_a_file()
    {
        await _pair.CarryAsync(AddDeal(File("a.txt", "a")), WithFiles);

        Assert.False(_pair.Database.Holds("getFile"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_pair.Database.Folder, "files")));
    }

    [Fact]
    public async Task A_connection_that_leads_to_another_portal_forgets_the_files_that_were_sent()
    {
        var deal = AddDeal(File("a.txt", "a"));
        var (transfer, _) = await _pair.CarryAsync(deal, WithFiles);
        var esbDeal = transfer.Outcome!.EsbDealId!.Value;
        Assert.Single(await _pair.Stores.Files.ListAsync(_pair.DealKey(deal), esbDeal, TestContext.Current.CancellationToken));

        await _pair.Stores.Connections.SaveAsync(
            Given.Connection("main", Given.Webhook("http://127.0.0.1:9/rest/1/elsewhere1/"), null, "127.0.0.1"), TestContext.Current.CancellationToken);

        Assert.Empty(await _pair.Stores.Files.ListAsync(_pair.DealKey(deal), esbDeal, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_crash_has_left_in_the_spool_is_removed_at_start()
    {
        var left = Path.Combine(_pair.Database.Folder, "files", "left.part");
        await System.IO.File.WriteAllTextAsync(left, "half a file", TestContext.Current.CancellationToken);

        using var spool = new FileSpool(Options.Create(_pair.Database.Options));

        Assert.False(System.IO.File.Exists(left));
    }

    private long AddDeal(JsonArray? single, params JsonArray[] several) => _pair.AddDeal(further: fields =>
    {
        fields["UF_CRM_SIGNED"] = single;
        fields["UF_CRM_DOCS"] = new JsonArray([.. several]);
    });

    private static JsonArray File(string name, string content) => new(name, Convert.ToBase64String(Encoding.UTF8.GetBytes(content)));

    private static void AddToList(SandboxPortal portal, long deal, string field, JsonArray file)
    {
        var ids = PortalPair.Items(portal, CrmEntityTypes.Deal).Single(item => item["id"]!.GetValue<long>() == deal)[field]!.AsArray();
        PortalPair.Update(portal, deal, new JsonObject { [field] = new JsonArray([.. ids.Select(file => new JsonObject { ["id"] = file!["id"]!.GetValue<long>() }), file]) });
    }

    private IReadOnlyList<long> Ids(string field) =>
        [.. Assert.Single(_pair.EsbDeals)[field]!.AsArray().Select(file => file!["id"]!.GetValue<long>())];

    private IReadOnlyList<string> FilesOf(string field)
    {
        var deal = Assert.Single(_pair.EsbDeals)["id"]!.GetValue<long>();
        return [.. Esb.Run(() => Esb.Crm.Files(deal, field)).Select(file => $"{file.Name}={Encoding.UTF8.GetString(file.Content.Span)}")];
    }
}
