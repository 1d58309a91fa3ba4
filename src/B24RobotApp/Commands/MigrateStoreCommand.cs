using System.CommandLine;
using System.Globalization;
using B24RobotApp.Transfers.Storage.Moving;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot migrate-store</c>: moves everything from the file in the data directory to a PostgreSQL database.</summary>
internal static class MigrateStoreCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "What the server uses now: sqlite, the file in the data directory.", Required = true };
        var to = new Option<string>("--to") { Description = "What it is to use: postgres, an empty database (Storage:ConnectionString).", Required = true };
        from.AcceptOnlyFromAmong("sqlite");
        to.AcceptOnlyFromAmong("postgres");
        var command = CommandHost.Create(
            "migrate-store",
            "Move everything from SQLite to PostgreSQL. The server may run while most is copied, and is stopped for the rest. Cut off, it goes on where it was when it is run again.",
            async context =>
            {
                if (context.BothStorages.ConnectionString.Length == 0)
                {
                    return context.Refuse("Say where the PostgreSQL database is: Storage:ConnectionString, for instance in the environment as Storage__ConnectionString_FILE, the name of a file that holds it.");
                }

                var error = context.Parsed.InvocationConfiguration.Error;
                using var progress = new CommandProgress(error);
                var report = await StoreMove.RunAsync(
                    context.BothStorages,
                    step => progress.Show(step.Step, step.Done),
                    () =>
                    {
                        progress.Dispose();
                        return error.WriteLineAsync("Everything is copied but for what the server still writes. Stop the server now; the rest follows by itself.");
                    },
                    context.Get<TimeProvider>(),
                    context.CancellationToken);
                progress.Dispose();
                context.Output.Write(report, Describe(report));
                return ExitCodes.Done;
            },
            CommandAccess.Files);
        command.Add(from);
        command.Add(to);
        return command;
    }

    private static IEnumerable<string> Describe(MoveReport report)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Tables.Count} tables with {report.Tables.Sum(table => table.Rows)} rows are in PostgreSQL, {report.To}; numbers and checksums are the same on both sides. The server could not run for {report.Standstill.TotalSeconds:0.0} s.");
        yield return report.Keys > 0
            ? $"The key ring is there too (keys: {report.Keys}). A certificate that protects it must be set for every server."
            : "The key ring is not in the data directory: set the same App:KeyDirectory for every server.";
        yield return "Set Storage:Provider=postgres and Storage:ConnectionString, and start the server.";
        yield return $"No server works on {report.From} any more. Delete it when you trust the new one: what is secret in it is encrypted, deals are not.";
    }
}
