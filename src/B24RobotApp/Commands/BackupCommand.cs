using System.CommandLine;
using System.Globalization;
using B24RobotApp.Transfers.Storage.Backups;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot backup</c>: the data directory in one file, while the server runs.</summary>
internal static class BackupCommand
{
    /// <summary>What there is instead, where the database is no file.</summary>
    internal const string ByPostgres = "The database is on a PostgreSQL server: save it by pg_dump, or as that server is saved, and restore it there; the keys are in it (data_protection_keys). After a restore, and before a server starts, say from when it was: b24robot restore --made-at TIME.";

    public static Command Create()
    {
        var to = new Option<string>("--to") { Description = "The file, replaced if it is there, or a folder for a file named by the time.", DefaultValueFactory = _ => "." };
        var withoutKeys = new Option<bool>("--without-keys") { Description = "Leave the key ring out, to keep it elsewhere: whoever has both can read tokens and webhooks." };
        var command = CommandHost.Create(
            "backup",
            "Save the database and its keys in one file. The server may run.",
            async context =>
            {
                if (context.Storage.IsPostgres)
                {
                    return context.Refuse(ByPostgres);
                }

                using var progress = new CommandProgress(context.Parsed.InvocationConfiguration.Error);
                var (file, manifest) = await Backup.MakeAsync(
                    context.Storage, context.Parsed.GetRequiredValue(to), !context.Parsed.GetValue(withoutKeys), step => progress.Show(step.Step, step.Done), context.Get<TimeProvider>(), context.CancellationToken);
                progress.Dispose();
                context.Output.Write(
                    new { file, bytes = new FileInfo(file).Length, backup = manifest },
                    [
                        string.Create(CultureInfo.InvariantCulture, $"{file}: the database of {manifest.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, {manifest.Bytes} bytes, checked, {(manifest.HasKeys ? "with its keys: keep it as you would keep passwords." : "without its keys: keep the folder keys of the data directory too.")}"),
                    ]);
                return ExitCodes.Done;
            },
            CommandAccess.Files);
        command.Add(to);
        command.Add(withoutKeys);
        return command;
    }
}
