using System.CommandLine;
using System.Globalization;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Storage.Backups;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot restore</c>: puts a backup into the data directory, on this machine or a new one.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var backup = new Argument<string?>("file") { Description = "What b24robot backup has made.", Arity = ArgumentArity.ZeroOrOne };
        var force = new Option<bool>("--force") { Description = "Move data that is there aside, into a folder of the data directory." };
        var madeAt = new Option<DateTimeOffset?>("--made-at")
        {
            Description = "Instead of a file, with PostgreSQL: the database was restored by its own means from a backup of this time. What was sent since is then looked for on the ESB before anything is created.",
        };
        var command = CommandHost.Create(
            "restore",
            "Put a backup into the data directory (App:DataDirectory). The server must not run.",
            async context =>
            {
                if (context.Storage.IsPostgres)
                {
                    return context.Parsed.GetValue(madeAt) is { } time ? await MarkAsync(context, time) : context.Refuse(BackupCommand.ByPostgres);
                }

                if (context.Parsed.GetValue(backup) is not { } file)
                {
                    return context.Refuse("The database is a file in the data directory: name the file that b24robot backup has made.");
                }

                using var progress = new CommandProgress(context.Parsed.InvocationConfiguration.Error);
                var report = await BackupRestore.RunAsync(
                    file, context.Storage, context.Parsed.GetValue(force), step => progress.Show(step.Step, step.Done), context.Get<TimeProvider>(), context.CancellationToken);
                progress.Dispose();
                context.Output.Write(report, Describe(report));
                return report.LacksKeys ? ExitCodes.ToActOn : ExitCodes.Done;
            },
            CommandAccess.Files);
        command.Add(backup);
        command.Add(force);
        command.Add(madeAt);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(backup) is null == parsed.GetValue(madeAt) is null)
            {
                parsed.AddError("Name the file that b24robot backup has made, or with PostgreSQL --made-at.");
            }
        });
        return command;
    }

    private static async Task<int> MarkAsync(CommandContext context, DateTimeOffset madeAt)
    {
        using var database = PostgresDatabase.OpenBeside(context.Storage, writes: true);
        var doubted = await database.WriteAsync(connection => RestoreLog.Mark(connection, madeAt, context.Get<TimeProvider>().GetUtcNow()), Durability.Full, context.CancellationToken);
        context.Output.Write(new { madeAt, doubted }, [string.Create(CultureInfo.InvariantCulture, $"Noted. {doubted} transfers that were not over, and whatever was sent after {madeAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, are looked up on the ESB before anything is created. Start the servers.")]);
        return ExitCodes.Done;
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
