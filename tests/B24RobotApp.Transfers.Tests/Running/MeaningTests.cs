using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas.DryRuns;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>Values whose meaning has to be asked for, over the wire: employees, links to other items, names.</summary>
public sealed class MeaningTests : IAsyncLifetime
{
    private const string Email = "vetrov@partner.example";

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        foreach (var (code, type) in new[] { ("EMPLOYEE", "employee"), ("LINK", "crm"), ("NOTE", "string") })
        {
            var settings = type == "crm" ? new JsonObject { ["CONTACT"] = "Y", ["COMPANY"] = "Y" } : null;
            AddField(_pair.Source, code, type, settings);
            AddField(_pair.Esb, code, type, settings);
        }
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task A_text_with_an_e_mail_becomes_the_employee()
    {
        await UseRulesAsync("""{"to":"UF_CRM_EMPLOYEE","from":"UF_CRM_NOTE"}""");

        Assert.Equal($"{Manager}", (await ArriveAsync(fields => fields["UF_CRM_NOTE"] = Email))["UF_CRM_EMPLOYEE"]!.ToString());
    }

    [Fact]
    public async Task An_e_mail_in_the_robots_lines_or_in_a_template_becomes_the_employee()
    {
        await UseRulesAsync("""{"to":"UF_CRM_EMPLOYEE","template":"{{ deal.UF_CRM_NOTE }}"}""");
        Assert.Equal($"{Manager}", (await ArriveAsync(fields => fields["UF_CRM_NOTE"] = Email))["UF_CRM_EMPLOYEE"]!.ToString());

        await UseRulesAsync("""{"to":"title","from":"title"}""");
        Assert.Equal($"{Manager}", (await ArriveAsync(null, Properties(("fields", $"UF_CRM_EMPLOYEE={Email}"))))["UF_CRM_EMPLOYEE"]!.ToString());
    }

    [Fact]
    public async Task An_employee_of_a_field_named_in_the_older_way_is_found()
    {
        await UseRulesAsync("""{"to":"UF_CRM_EMPLOYEE","from":"ASSIGNED_BY_ID"}""");

        Assert.Equal($"{Manager}", (await ArriveAsync())["UF_CRM_EMPLOYEE"]!.ToString());
    }

    [Fact]
    public async Task An_employee_whom_nobody_knows_is_the_default_or_a_problem()
    {
        await UseRulesAsync("""{"to":"UF_CRM_EMPLOYEE","from":"UF_CRM_NOTE"}""", "1");
        Assert.Equal("1", (await ArriveAsync(fields => fields["UF_CRM_NOTE"] = "stranger@nowhere.example"))["UF_CRM_EMPLOYEE"]!.ToString());

        await UseRulesAsync("""{"to":"UF_CRM_EMPLOYEE","from":"UF_CRM_NOTE"}""");
        var (_, returned) = await _pair.CarryAsync(_pair.AddDeal(further: fields => fields["UF_CRM_NOTE"] = "stranger@nowhere.example"));
        Assert.Equal(("failed", "TABLE_MISSING"), (returned["status"]!.ToString(), returned["error_code"]!.ToString()));
    }

    [Theory]
    [InlineData("companyId", "CO")]
    [InlineData("contactId", "C")]
    public async Task A_link_to_the_deals_own_new_client_arrives_with_the_client(string clientField, string prefix)
    {
        await UseRulesAsync("""{"to":"UF_CRM_LINK","from":"UF_CRM_LINK"},{"to":"UF_CRM_NOTE","from":"UF_CRM_LINK","convert":"text"}""");
        var client = Add(_pair.Source, clientField == "companyId" ? 4 : 3, new JsonObject { [clientField == "companyId" ? "title" : "name"] = "Новый клиент" });
        var deal = _pair.AddDeal(further: fields =>
        {
            fields[clientField] = client;
            fields["UF_CRM_LINK"] = $"{prefix}_{client}";
        });

        var (transfer, _) = await _pair.CarryAsync(deal);

        Assert.Equal(TransferState.Done, transfer.State);
        var arrived = _pair.EsbDeals[^1];
        Assert.Equal($"{prefix}_{arrived[clientField]}", arrived["UF_CRM_LINK"]!.ToString());
        Assert.Equal("Новый клиент", arrived["UF_CRM_NOTE"]!.ToString());

        _pair.Esb.Journal.Clear();
        await _pair.CarryAsync(deal);
        Assert.Equal(["crm.item.get"], Methods(_pair.Esb));
    }

    [Fact]
    public async Task A_bare_id_in_a_link_field_for_companies_alone_is_a_company()
    {
        AddField(_pair.Source, "FIRM", "crm", new JsonObject { ["LEAD"] = "N", ["CONTACT"] = "N", ["COMPANY"] = "Y", ["DEAL"] = "N" });
        await UseRulesAsync("""{"to":"UF_CRM_NOTE","from":"UF_CRM_FIRM"}""");
        var company = Add(_pair.Source, 4, new JsonObject { ["title"] = "ООО Ромашка" });

        Assert.Equal("ООО Ромашка", (await ArriveAsync(fields => fields["UF_CRM_FIRM"] = company.ToString(System.Globalization.CultureInfo.InvariantCulture)))["UF_CRM_NOTE"]!.ToString());
    }

    [Fact]
    public async Task Templates_know_the_client_even_where_it_does_not_travel()
    {
        await UseRulesAsync("""{"to":"UF_CRM_NOTE","template":"{{ company.title }}"}""");
        var company = Add(_pair.Source, 4, new JsonObject { ["title"] = "ООО Ромашка" });

        var arrived = await ArriveAsync(fields => fields["companyId"] = company, Properties(("send_client", "N")));

        Assert.Equal("ООО Ромашка", arrived["UF_CRM_NOTE"]!.ToString());
        Assert.Empty(Items(_pair.Esb, 4));
    }

    [Fact]
    public async Task A_list_of_which_nothing_matches_keeps_what_the_ESBs_people_chose()
    {
        _pair.AddEsbField("KIND", "enumeration", fields =>
        {
            fields["MULTIPLE"] = "Y";
            fields["LIST"] = new JsonArray(new JsonObject { ["VALUE"] = "Опт" }, new JsonObject { ["VALUE"] = "Розница" });
        });
        await UseRulesAsync("""{"to":"UF_CRM_KIND","from":"UF_CRM_NOTE","noMatch":"skip"},{"to":"title","from":"title"}""");
        var deal = _pair.AddDeal(further: fields => fields["UF_CRM_NOTE"] = "Опт");
        await _pair.CarryAsync(deal);
        Update(_pair.Source, deal, new JsonObject { ["UF_CRM_NOTE"] = "нечто", ["title"] = "Другое" });

        await _pair.CarryAsync(deal);

        Assert.Equal("Другое", _pair.EsbDeals[0]["title"]!.ToString());
        Assert.Single(_pair.EsbDeals[0]["UF_CRM_KIND"]!.AsArray());
    }

    [Fact]
    public async Task A_dry_run_says_of_a_template_that_it_is_one()
    {
        await UseRulesAsync("""{"to":"UF_CRM_NOTE","template":"{{ deal.title }}"}""");

        var report = await _pair.DryRunAsync(_pair.AddDeal());

        Assert.Equal("template {{ deal.title }}", Assert.Single(report.Fields, field => field.Field == "UF_CRM_NOTE").Rule);
        Assert.Equal(DryRunOutcome.Create, report.Outcome);
    }

    private static void AddField(SandboxPortal portal, string code, string type, JsonObject? settings = null)
    {
        var fields = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = type };
        if (settings is not null)
        {
            fields["SETTINGS"] = settings.DeepClone();
        }

        portal.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = fields });
    }

    private Task UseRulesAsync(string rules, string userDefault = "") =>
        _pair.UseProfileAsync($$"""{"schema":2,"name":{},"userDefault":"{{userDefault}}","rules":[{{rules}}]}""");

    private async Task<JsonObject> ArriveAsync(Action<JsonObject>? fields = null, JsonObject? properties = null)
    {
        var (transfer, returned) = await _pair.CarryAsync(_pair.AddDeal(further: fields), properties);
        Assert.True(transfer.State == TransferState.Done && returned["status"]!.ToString() == "created", returned.ToJsonString());
        return _pair.EsbDeals.Single(deal => (long)deal["id"]! == transfer.Outcome!.EsbDealId);
    }
}
