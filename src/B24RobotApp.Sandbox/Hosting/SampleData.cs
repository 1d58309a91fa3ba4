namespace B24RobotApp.Sandbox.Hosting;

/// <summary>Deals, clients and products to look at.</summary>
internal static class SampleData
{
    public static void Fill(SandboxHost host)
    {
        if (host.Portals.TryGetValue("source", out var source))
        {
            Crm.SampleData.FillSource(source);
        }
        if (host.Portals.TryGetValue("esb", out var esb))
        {
            Crm.SampleData.FillEsb(esb);
        }
    }
}
