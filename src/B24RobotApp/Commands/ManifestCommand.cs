using System.CommandLine;
using B24RobotApp.Install;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot manifest</c>: what to enter in the portal's developer section for this server.</summary>
internal static class ManifestCommand
{
    public static Command Create() => CommandHost.Create("manifest", "Print what to enter in the card of the local application.", context =>
    {
        var manifest = context.Get<ManifestText>();
        context.Output.Write(manifest.Card, manifest.Write().TrimEnd().Split('\n'));
        return Task.FromResult(ExitCodes.Done);
    });
}
