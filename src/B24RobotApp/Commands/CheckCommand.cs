using System.CommandLine;
using B24RobotApp.Checks;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot check</c>: what is wrong, in words.</summary>
internal static class CheckCommand
{
    public static Command Create() => CommandHost.Create(
        "check",
        "Check settings, data directory, the ESBs' webhooks and the installed portals.",
        async context =>
        {
            var report = await context.Get<AppCheck>().RunAsync(context.CancellationToken);
            context.Output.Write(
                new { good = report.IsGood, checks = report.Lines },
                report.Lines.Select(line => line.ToString()).Append(report.IsGood ? "Everything is as it should be." : "Something has to be done; see the lines marked BAD."));
            return report.IsGood ? ExitCodes.Done : ExitCodes.ToActOn;
        });
}
