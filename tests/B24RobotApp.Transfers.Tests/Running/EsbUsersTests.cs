using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Sandbox.Faults;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class EsbUsersTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Many_who_ask_at_once_ask_the_portal_once()
    {
        var facts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal)));

        Assert.Single(facts.Distinct());
        Assert.Single(Methods(_pair.Esb), "crm.item.fields");
    }

    [Fact]
    public async Task Stages_of_all_pipelines_are_known()
    {
        var facts = await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal);

        Assert.Equal(0, facts.Stages["WON"].CategoryId);
        Assert.Equal(5, facts.Stages["C5:WON"].CategoryId);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
        await Assert.ThrowsAsync<Bitrix24Exception>(() => _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal));

        Assert.NotEmpty((await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal)).Fields);
    }

    [Theory]
    [InlineData("7", 7L)]
    [InlineData("VETROV@partner.example", 7L)]
    [InlineData("8", null)]
    [InlineData("nobody@partner.example", null)]
    [InlineData("user_7", null)]
    [InlineData("Олег Ветров", null)]
    public async Task A_user_is_found_by_id_or_email_and_nobody_else_is_taken_for_him(string user, long? expected) =>
        Assert.Equal(expected, await _pair.Users.FindAsync(_pair.Connection, user));

    [Fact]
    public async Task A_user_who_left_is_not_found_and_one_who_came_since_is()
    {
        _pair.Esb.Users[1].IsActive = false;
        Assert.Null(await _pair.Users.FindAsync(_pair.Connection, "7"));
        _pair.Esb.Users[1].IsActive = true;

        Assert.Equal(7, await _pair.Users.FindAsync(_pair.Connection, "7"));
    }

    [Fact]
    public async Task Provenance_fields_are_created_where_the_connection_allows_it()
    {
        var facts = await _pair.Schemas.OfEsbAsync(_pair.Connection with { CreateMissingFields = true }, CrmEntityTypes.Deal);

        Assert.Equal("datetime", facts.Fields["UF_CRM_TRANSFER_DATE"].Type);
        Assert.True(facts.Fields.ContainsKey("uf_crm_source_portal"));
    }

    [Fact]
    public async Task System_fields_are_found_by_their_older_names_too()
    {
        var facts = await _pair.Schemas.OfEsbAsync(_pair.Connection, CrmEntityTypes.Deal);

        Assert.Equal("assignedById", facts.Fields["ASSIGNED_BY_ID"].Name);
    }
}
