using System.CommandLine;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot migrate</c>: brings the database forward without starting the server, which otherwise does it itself.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only list what would be applied. The server may run." };
        var command = CommandHost.Create(
            "migrate",
            "Bring the database up to this version, as the server does at its start.",
            context =>
            {
                var isDry = context.Parsed.GetValue(dryRun);
                var scripts = isDry ? StoreChoice.FindPending(context.Storage) : StoreChoice.Migrate(context.Storage);
                context.Output.Write(
                    new { applied = !isDry, scripts },
                    scripts.Count == 0 ? ["The database is up to date."] : scripts.Select(script => isDry ? $"would apply {script}" : $"applied {script}"));
                return Task.FromResult(ExitCodes.Done);
            },
            CommandAccess.Files);
        command.Add(dryRun);
        return command;
    }
}
