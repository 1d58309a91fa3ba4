using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The control interface.</summary>
internal sealed class ControlEndpoints(SandboxHost host)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/control/state", () => host.Portals.Keys);
}
