using B24RobotApp.Bitrix24.Apps;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Placements;
using B24RobotApp.Bitrix24.Users;

namespace B24RobotApp.Bitrix24.Tests.Apps;

public sealed class AppResultTests
{
    // Trap 16.
    [Fact]
    public void Robots_are_listed_by_their_codes_only() =>
        Assert.Equal(["send_to_esb", "wait_for_esb"], Robots.ReadCodes(Payload.Result("bizproc.robot.list")).Order());

    [Fact]
    public void A_workflow_that_waits_is_owned_by_nobody()
    {
        var instances = WorkflowInstances.Read(Payload.Result("bizproc.workflow.instances")).ToList();

        Assert.Equal(("66e412fdc9bd44.36306599", "DEAL_15", 212L, 0L), (instances[0].Id, instances[0].DocumentId, instances[0].TemplateId, instances[0].StartedBy));
        Assert.Null(instances[0].OwnedUntil);
        Assert.NotNull(instances[1].OwnedUntil);
    }

    [Fact]
    public void Placements_are_known_by_place_and_handler() =>
        Assert.Equal(
            [new PlacementBinding("CRM_DEAL_DETAIL_TAB", "https://app.example/placements/deal-tab", "ESB")],
            PlacementBindings.Read(Payload.Result("placement.get")));

    [Fact]
    public void Events_are_known_by_name_and_handler_and_offline_ones_have_none() =>
        Assert.Equal(
            [new EventBinding("ONAPPUNINSTALL", "https://app.example/events", 0, false), new EventBinding("ONCRMDEALUPDATE", "", 15, true)],
            EventBindings.Read(Payload.Result("event.get")));

    [Fact]
    public void Who_calls_is_known_by_id_and_whether_he_administers_the_portal()
    {
        Assert.Equal(new PortalProfile(7, true), PortalProfile.Read(Payload.Result("profile")));
        Assert.Equal(new PortalProfile(0, false), PortalProfile.Read(Payload.Result("profile-inactive")));
    }

    [Fact]
    public void Scopes_and_methods_tell_what_may_be_called()
    {
        var scopes = Permissions.ReadScopes(Payload.Result("scope"));

        Assert.Contains("CRM", scopes);
        Assert.DoesNotContain("disk", scopes);
        Assert.Equal(new MethodAvailability(Exists: true, IsAvailable: false), Permissions.ReadMethod(Payload.Result("method.get")));
    }

    [Fact]
    public void The_apps_code_is_the_client_id_of_a_local_application() =>
        Assert.Equal(new AppInfo("local.5f3e2a1b4c5d6e.12345678", "L", IsInstalled: true, "ru_std", IsPaymentExpired: false), AppInfo.Read(Payload.Result("app.info")));

    [Fact]
    public void Users_have_a_name_an_address_and_may_have_left()
    {
        Assert.Equal(
            [new PortalUser(1, "Vera Vetrova", "vera@acme.example", IsActive: true), new PortalUser(3, "Stone", "", IsActive: false)],
            PortalUsers.Read(Payload.Result("user.get")));
        Assert.Equal(new PortalUser(3, "Lev Stone", "lev@acme.example", IsActive: true), PortalUsers.ReadCurrent(Payload.Result("user.current")));
    }

    [Fact]
    public void A_notification_that_nobody_wants_has_no_id()
    {
        Assert.Equal(12345, Notifications.ReadId(Payload.Result("im.notify.system.add")));
        Assert.Null(Notifications.ReadId(Payload.Result("im.notify.system.add-unwanted")));
    }
}
