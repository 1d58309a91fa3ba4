using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Sandbox.Control;

/// <summary>
/// The control interface: what a person does in a portal's pages, as JSON for scripts and for a web page. It is no part of Bitrix24 and
/// shows secrets: it listens on loopback alone.
/// </summary>
internal sealed class ControlEndpoints(SandboxHost host)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var control = new ControlRoutes(routes, host);
        PortalControl.Map(control);
        DealControl.Map(control);
        AutomationControl.Map(control);
        ApplicationControl.Map(control);
        TrafficControl.Map(control);
        WebPage.Map(routes);
    }
}
