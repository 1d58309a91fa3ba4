using B24RobotApp.Bitrix24.Incoming;

namespace B24RobotApp.Bitrix24.Tests.Incoming;

public sealed class PortalEventTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_760_000_003);

    [Fact]
    public void An_installation_brings_tokens_their_user_and_the_language()
    {
        var installed = Read(Payload.Form("on-app-install"));

        Assert.Equal("ONAPPINSTALL", installed.Name);
        Assert.Equal("ru", installed.Language);
        Assert.Equal("accessToken3", installed.Auth.Tokens!.Access.Reveal());
        Assert.Equal("refreshToken3", installed.Auth.Tokens.Refresh!.Reveal());
        Assert.Equal(7, installed.Auth.UserId);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_760_000_000), installed.RaisedAt);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData(null, false)]
    public void An_uninstallation_has_no_tokens_and_says_whether_data_is_to_go(string? clean, bool expected)
    {
        var uninstalled = Read(Payload.Form("on-app-uninstall", ("data[CLEAN]", clean)));

        Assert.Equal("ONAPPUNINSTALL", uninstalled.Name);
        Assert.Equal(expected, uninstalled.Clean);
        Assert.Null(uninstalled.Auth.Tokens);
        Assert.Equal("applicationToken1", uninstalled.Auth.ApplicationToken.Reveal());
    }

    [Fact]
    public void An_update_of_the_app_may_bring_another_application_token_and_its_name_in_any_case()
    {
        var updated = Read(Payload.Form("on-app-update"));

        Assert.Equal("ONAPPUPDATE", updated.Name);
        Assert.Equal("applicationToken2", updated.Auth.ApplicationToken.Reveal());
        Assert.Equal(["crm", "bizproc", "im"], updated.Auth.Scopes);
        Assert.Equal(Now.AddHours(1), updated.Auth.Tokens!.ExpiresAt);
    }

    // Trap 57.
    [Fact]
    public void An_outgoing_webhook_names_the_deal_and_has_no_tokens()
    {
        var changed = Read(Payload.Form("on-crm-deal-update-webhook"));

        Assert.Equal("ONCRMDEALUPDATE", changed.Name);
        Assert.Equal(4021, changed.ItemId);
        Assert.Null(changed.EntityTypeId);
        Assert.Null(changed.Auth.Tokens);
    }

    [Fact]
    public void An_item_of_a_smart_process_is_named_with_its_type()
    {
        var changed = Read(Payload.Form("on-crm-dynamic-item-update"));

        Assert.Equal("ONCRMDYNAMICITEMUPDATE_147", changed.Name);
        Assert.Equal((147L, 3L), (changed.EntityTypeId, changed.ItemId));
    }

    [Theory]
    [InlineData("event", null, "event is missing.")]
    [InlineData("event", "ON\r\nFORGED LINE", "event is not an event's name.")]
    [InlineData("auth[member_id]", null, "auth[member_id] is missing.")]
    [InlineData("auth[application_token]", null, "auth[application_token] is missing.")]
    public void What_is_missing_is_named_by_its_key(string key, string? value, string expected)
    {
        Assert.False(PortalEvent.TryParse(Payload.Form("on-app-install", (key, value)), Now, out var portalEvent, out var problem));
        Assert.Null(portalEvent);
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void An_event_without_data_is_one_without_an_item()
    {
        var changed = Read(Payload.Form("on-crm-deal-update-webhook", ("data[FIELDS][ID]", null)));

        Assert.Null(changed.Data);
        Assert.Null(changed.ItemId);
        Assert.False(changed.Clean);
        Assert.Null(changed.Language);
    }

    private static PortalEvent Read(PhpForm form)
    {
        Assert.True(PortalEvent.TryParse(form, Now, out var portalEvent, out var problem), problem);
        return portalEvent;
    }
}
