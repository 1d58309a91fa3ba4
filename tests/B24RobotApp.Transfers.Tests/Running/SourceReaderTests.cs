using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class SourceReaderTests : IAsyncLifetime
{
    private readonly TransferTexts _texts = new("ru");
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Everything_is_read_in_one_request_the_primary_contact_first()
    {
        var company = Add(_pair.Source, 4, new() { ["title"] = "ООО «Ромашка»" });
        var contacts = new[] { Add(_pair.Source, 3, new() { ["name"] = "А" }), Add(_pair.Source, 3, new() { ["name"] = "Б" }) };
        var deal = _pair.AddDeal(further: fields =>
        {
            fields["companyId"] = company;
            fields["contactIds"] = new JsonArray(contacts[1], contacts[0]);
        });
        SetRows(_pair.Source, deal, Row("Станок"));
        _pair.Source.Journal.Clear();

        var source = await ReadAsync(deal);

        Assert.Equal(1, _pair.Source.Journal.RequestCount);
        Assert.Equal("ООО «Ромашка»", source.Company!.Value.Text("title"));
        Assert.Equal(["Б", "А"], source.Contacts.Select(contact => contact.Text("name")));
        Assert.Equal("Станок", Assert.Single(source.Rows).Text("productName"));
    }

    [Fact]
    public async Task A_deal_without_contacts_brings_no_strangers()
    {
        Add(_pair.Source, 3, new() { ["name"] = "Чужой" });
        Add(_pair.Source, 4, new() { ["title"] = "Чужая" });

        var source = await ReadAsync(_pair.AddDeal());

        Assert.Empty(source.Contacts);
        Assert.Null(source.Company);
    }

    [Fact]
    public async Task What_the_installer_may_not_read_is_read_with_the_robots_users_token()
    {
        await UseInstallerAsync(Manager);
        _pair.Source.Crm.Rights.None.Add(Manager);
        await _pair.Stores.Tokens.SaveAsync(new(_pair.Portal.MemberId, 1), _pair.Tokens(1), Cancel);

        var source = await ReadAsync(_pair.AddDeal("Поставка"));

        Assert.Equal("Поставка", source.Deal.Text("title"));
    }

    [Fact]
    public async Task Nobody_may_read_it_and_the_other_has_no_tokens_that_is_no_lost_portal()
    {
        await UseInstallerAsync(Manager);
        _pair.Source.Crm.Rights.None.Add(Manager);
        await _pair.Stores.Tokens.EraseAsync(_pair.Portal, Cancel);
        await _pair.Stores.Tokens.SaveAsync(new(_pair.Portal.MemberId, Manager), _pair.Tokens(Manager), Cancel);

        var failure = await Assert.ThrowsAsync<TransferFailedException>(() => ReadAsync(_pair.AddDeal()));

        Assert.Equal("DEAL_NOT_FOUND", failure.Code);
    }

    [Fact]
    public async Task Trap_23_without_the_installers_tokens_the_robots_users_do()
    {
        await UseInstallerAsync(Manager);
        await _pair.Stores.Tokens.MarkDeadAsync(new(_pair.Portal.MemberId, Manager), Cancel);

        var source = await ReadAsync(_pair.AddDeal("Поставка"));

        Assert.Equal("Поставка", source.Deal.Text("title"));
    }

    [Fact]
    public async Task While_the_authorization_server_is_down_the_robots_fresh_token_does()
    {
        await UseInstallerAsync(Manager);
        await _pair.Stores.Tokens.SaveAsync(
            new(_pair.Portal.MemberId, Manager), _pair.Tokens(Manager) with { ExpiresAt = _pair.Clock.GetUtcNow().AddHours(-1) }, Cancel);
        _pair.OAuth.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));

        var source = await ReadAsync(_pair.AddDeal("Поставка"));

        Assert.Equal("Поставка", source.Deal.Text("title"));
    }

    [Fact]
    public async Task Trap_43_an_older_portal_that_names_user_fields_in_its_own_way_is_understood()
    {
        _pair.Source.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = new JsonObject { ["FIELD_NAME"] = "3_DIGIT", ["USER_TYPE_ID"] = "string" } });
        var deal = _pair.AddDeal(further: fields => fields["UF_CRM_3_DIGIT"] = "значение");
        _pair.Source.Crm.Settings.KnowsOriginalNames = false;

        var source = await ReadAsync(deal);

        Assert.Equal("значение", source.Deal.Text("UF_CRM_3_DIGIT"));
        Assert.Equal("Поставка", source.Deal.Text("title"));
    }

    private async Task UseInstallerAsync(long user)
    {
        await _pair.Stores.Portals.SetInstallerAsync(_pair.Portal.Id, user, Cancel);
        await _pair.Stores.Tokens.SaveAsync(new(_pair.Portal.MemberId, user), _pair.Tokens(user), Cancel);
    }

    private async Task<SourceDeal> ReadAsync(long deal)
    {
        var portal = await _pair.Stores.Portals.FindAsync(_pair.Portal.Id, Cancel);
        var (_, id) = await _pair.SendAsync(deal);
        return await _pair.Reader.ReadAsync(await _pair.FindAsync(id), portal!, RobotSettings.Parse("{}", _texts), _texts, new MappingProfile { Schema = 2, Name = new Dictionary<string, string>(), Rules = [] });
    }
}
