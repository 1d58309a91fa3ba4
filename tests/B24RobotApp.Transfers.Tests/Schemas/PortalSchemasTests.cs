using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed class PortalSchemasTests : IAsyncLifetime
{
    private const int Equipment = 147;

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Many_who_ask_at_once_ask_the_portal_once()
    {
        var schemas = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal)));

        Assert.Single(schemas.Distinct());
        Assert.Single(Methods(_pair.Esb), "crm.item.fields");
    }

    [Fact]
    public async Task All_that_is_to_be_known_of_a_portal_comes_in_two_requests()
    {
        // More than a page of fields and of entries.
        for (var i = 0; i < 60; i++)
        {
            _pair.AddEsbField($"FIELD_{i}", "string");
        }

        for (var category = 6; category < 16; category++)
        {
            _pair.Esb.Crm.SetPipeline(category, $"Воронка {category}", new("NEW", "Новая"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        }

        _pair.Esb.Journal.Clear();

        var schema = await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal);

        Assert.Equal(2, _pair.Esb.Journal.Entries.Count);
        Assert.Equal(60, schema.AllFields.Count(field => field.XmlId is not null || field.IsUserField));
        Assert.Equal(15, schema.Stages["C15:LOSE"].CategoryId);
        Assert.Equal(12, schema.Categories.Count);
    }

    [Fact]
    public async Task Labels_come_in_both_languages_and_codes_with_fields_and_choices()
    {
        _pair.AddEsbField("REGION", "enumeration", fields =>
        {
            fields["XML_ID"] = "sales_region";
            fields["EDIT_FORM_LABEL"] = new JsonObject { ["ru"] = "Регион", ["en"] = "Region" };
            fields["LIST"] = new JsonArray(
                new JsonObject { ["VALUE"] = "Север", ["XML_ID"] = "NORTH" }, new JsonObject { ["VALUE"] = "Юг", ["XML_ID"] = "SOUTH" });
        });

        var field = (await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal)).Fields["uf_crm_region"];

        Assert.Equal(("Регион", "Region", "sales_region"), (field.Label("ru"), field.Label("en"), field.XmlId));
        Assert.Equal(["NORTH Север", "SOUTH Юг"], field.Options.Select(option => $"{option.XmlId} {option.Value}"));
    }

    [Fact]
    public async Task Stages_directories_currencies_and_measures_are_known()
    {
        var schema = await _pair.Schemas.OfSourceAsync(_pair.Portal, CrmEntityTypes.Deal);

        Assert.Equal(new SchemaStage(RobotStage, 0, "Передать", "P"), schema.Stages[RobotStage]);
        Assert.Equal(("S", "F"), (schema.Stages["C5:WON"].Semantics, schema.Stages["C5:LOSE"].Semantics));
        Assert.Contains(schema.Directories["SOURCE"], status => status.Code == "CALL");
        Assert.DoesNotContain("DEAL_STAGE", schema.Directories.Keys);
        Assert.Single(schema.Currencies.Values, currency => currency.IsBase);
        Assert.True(schema.Measures.ContainsKey(796));
    }

    [Fact]
    public async Task System_fields_are_found_by_their_older_names_too()
    {
        var schema = await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal);

        Assert.Same(schema.Fields["assignedById"], schema.Fields["ASSIGNED_BY_ID"]);
        Assert.Single(schema.AllFields, field => field.Name == "assignedById");
    }

    [Fact]
    public async Task A_portal_that_names_user_fields_in_its_own_way_is_understood()
    {
        _pair.Esb.Crm.Settings.KnowsOriginalNames = false;
        _pair.AddEsbField("ORDER_NO", "string");

        var field = (await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal)).Fields["UF_CRM_ORDER_NO"];

        Assert.Equal("ufCrmOrderNo", field.PortalName);
    }

    [Theory]
    [InlineData(CrmEntityTypes.Lead, "PROCESSED", 0)]
    [InlineData(CrmEntityTypes.Quote, "DRAFT", 0)]
    public async Task Kinds_without_pipelines_have_their_stages_in_pipeline_0(int entityTypeId, string stage, long category)
    {
        var schema = await _pair.Schemas.OfSourceAsync(_pair.Portal, entityTypeId);

        Assert.Equal(category, schema.Stages[stage].CategoryId);
        Assert.Empty(schema.Categories);
        Assert.DoesNotContain("crm.category.list", Methods(_pair.Source));
    }

    [Fact]
    public async Task Invoices_have_the_stages_of_their_pipelines()
    {
        var schema = await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.SmartInvoice);

        Assert.NotEmpty(schema.Categories);
        Assert.NotEmpty(schema.Stages);
        Assert.All(schema.Stages.Values, stage => Assert.Contains(stage.CategoryId, schema.Categories.Keys));
    }

    [Theory]
    [InlineData(true, "sales_region", "Регион")]
    [InlineData(false, null, "Region")]
    public async Task Fields_of_smart_processes_have_codes_where_the_scope_allows_it_and_come_all_the_same(bool withScope, string? code, string russian)
    {
        _pair.Esb.Crm.AddSmartProcess(Equipment, "Оборудование");
        var owner = UserFieldOwner();
        Assert.NotNull(_pair.Esb.Call("userfieldconfig.add", new JsonObject
        {
            ["moduleId"] = "crm",
            ["field"] = new JsonObject
            {
                ["entityId"] = owner,
                ["fieldName"] = $"UF_{owner}_REGION",
                ["userTypeId"] = "enumeration",
                ["xmlId"] = "sales_region",
                ["editFormLabel"] = new JsonObject { ["ru"] = "Регион", ["en"] = "Region" },
                ["enum"] = new JsonArray(new JsonObject { ["value"] = "Север", ["xmlId"] = "NORTH" }),
            },
        }));
        var webhook = withScope ? _pair.Esb.CreateIncomingWebhook(1, "crm", "userfieldconfig") : _pair.Webhook;

        var schema = await _pair.Schemas.OfEsbAsync(_pair.Connection with { Webhooks = [Given.Webhook(webhook.Url.AbsoluteUri)] }, Equipment);

        var field = schema.Fields[$"UF_{owner}_REGION"];
        Assert.Equal(code, field.XmlId);
        Assert.Equal(withScope ? "NORTH" : null, Assert.Single(field.Options).XmlId);
        Assert.Equal(russian, field.Label("ru"));
        Assert.NotEmpty(schema.Stages);
    }

    [Fact]
    public async Task What_a_portal_refuses_beyond_fields_and_stages_is_done_without()
    {
        string[] refused = ["crm.deal.userfield.list", "crm.currency.list", "crm.measure.list"];
        var asked = new List<string>();
        var loader = new SchemaLoader(
            async calls =>
            {
                asked.AddRange(calls.Select(call => call.Method));
                return [.. (await _pair.EsbPortals.CallGroupAsync(_pair.Connection, calls)).Select(outcome => refused.Contains(outcome.Method)
                    ? new CallOutcome(outcome.Method, null, new Bitrix24Exception(FailureKind.Refused, "esb", outcome.Method, "ACCESS_DENIED", "no"))
                    : outcome)];
            },
            CrmEntityTypes.Deal, "esb", NullLogger.Instance);

        var schema = await loader.LoadAsync(_pair.Clock.GetUtcNow());

        Assert.Empty(schema.Currencies);
        Assert.Empty(schema.Measures);
        Assert.Contains("catalog.measure.list", asked);
        Assert.NotEmpty(schema.Stages);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
        await Assert.ThrowsAsync<Bitrix24Exception>(() => _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal));

        Assert.NotEmpty((await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal)).Fields);
    }

    [Fact]
    public async Task A_schema_is_loaded_again_after_an_hour_or_when_it_proves_stale()
    {
        var first = await _pair.Schemas.OfSourceAsync(_pair.Portal, CrmEntityTypes.Deal);
        Assert.Null(await _pair.Schemas.RenewAsync(_pair.Portal, first));

        _pair.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(first, await _pair.Schemas.OfSourceAsync(_pair.Portal, CrmEntityTypes.Deal));
        var second = await _pair.Schemas.RenewAsync(_pair.Portal, first);
        Assert.NotSame(first, second);

        _pair.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.NotSame(second, await _pair.Schemas.OfSourceAsync(_pair.Portal, CrmEntityTypes.Deal));
    }

    [Fact]
    public async Task A_refused_write_makes_the_next_transfer_load_the_ESBs_schema_again()
    {
        await _pair.CarryAsync(_pair.AddDeal());
        _pair.Clock.Advance(TimeSpan.FromMinutes(1));
        _pair.Esb.Journal.Clear();
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.add", count: 1) { Code = "CRM_FIELD_ERROR_REQUIRED" });

        await _pair.CarryAsync(_pair.AddDeal());
        Assert.DoesNotContain("crm.item.fields", Methods(_pair.Esb));
        await _pair.CarryAsync(_pair.AddDeal());

        Assert.Single(Methods(_pair.Esb), "crm.item.fields");
    }

    [Fact]
    public async Task Provenance_fields_are_created_where_the_connection_allows_it()
    {
        var schema = await _pair.Schemas.OfEsbAsync(_pair.Connection with { CreateMissingFields = true }, CrmEntityTypes.Deal);

        Assert.Equal("datetime", schema.Fields["UF_CRM_TRANSFER_DATE"].Type);
        Assert.True(schema.Fields.ContainsKey("uf_crm_source_portal"));
    }

    private string UserFieldOwner()
    {
        var types = _pair.Esb.Call("crm.type.list", [])!["types"]!.AsArray();
        return "CRM_" + types.Single(type => (int)type!["entityTypeId"]! == Equipment)!["id"]!.ToJsonString();
    }
}
