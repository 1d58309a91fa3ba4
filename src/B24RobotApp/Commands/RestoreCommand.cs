using System.CommandLine;
using System.Globalization;
using B24RobotApp.Transfers.Storage.Backups;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot restore</c>: puts a backup into the data directory, on this machine or a new one.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var backup = new Argument<string>("file") { Description = "What b24robot backup has made." };
        var force = new Option<bool>("--force") { Description = "Move data that is there aside, into a folder of the data directory." };
        var command = CommandHost.Create(
            "restore",
            "Put a backup into the data directory (App:DataDirectory). The server must not run.",
            async context =>
            {
                using var progress = new CommandProgress(context.Parsed.InvocationConfiguration.Error);
                var report = await BackupRestore.RunAsync(
                    context.Parsed.GetRequiredValue(backup), context.Storage, context.Parsed.GetValue(force), step => progress.Show(step.Step, step.Done), context.Get<TimeProvider>(), context.CancellationToken);
                progress.Dispose();
                context.Output.Write(report, Describe(report));
                return report.LacksKeys ? ExitCodes.ToActOn : ExitCodes.Done;
            },
            CommandAccess.Files);
        command.Add(backup);
        command.Add(force);
        return command;
    }

    private static IEnumerable<string> Describe(RestoreReport report)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"The database of {report.Backup.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC is restored{(report.Backup.HasKeys ? " with its keys" : "")}.");
        if (report.Migrated.Count > 0)
        {
            yield return $"It was brought up to this version: {string.Join(", ", report.Migrated)}.";
        }

        if (report.MovedTo is { } aside)
        {
            yield return $"What was there before lies in {aside}.";
        }

        if (report.LacksKeys)
        {
            yield return "Its keys are missing: put the folder keys that belongs to it into the data directory before you start the server.";
        }

        yield return "Start the server. What was sent after the backup is looked up on the ESB before anything is created; robot calls that came since are shown by b24robot catch-up.";
    }
}
