using B24RobotApp.Sandbox.Crm.Samples;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>
/// Pipelines, people, user fields, clients, products and deals to begin with. The two portals name and number nearly
/// everything differently, as real ones do: only e-mails, tax numbers and <c>XML_ID</c>s agree.
/// </summary>
public static class SampleData
{
    /// <summary>Fills the partner's portal, from which deals are sent.</summary>
    public static void FillSource(SandboxPortal portal) => portal.Run(() => SourceSample.Fill(portal));

    /// <summary>Fills the portal that receives. Of the fields that a transfer writes for people to see, it has none yet.</summary>
    public static void FillEsb(SandboxPortal portal) => portal.Run(() => EsbSample.Fill(portal));
}
