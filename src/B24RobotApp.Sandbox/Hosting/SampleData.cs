namespace B24RobotApp.Sandbox.Hosting;

/// <summary>Deals, clients and products to look at.</summary>
internal static class SampleData
{
    public static void Fill(SandboxHost host)
    {
    }
}
