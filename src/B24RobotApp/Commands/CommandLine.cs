using System.CommandLine;
using B24RobotApp.Commands.Profiles;

namespace B24RobotApp.Commands;

/// <summary>The words that <c>b24robot</c> knows. Exit codes: 0 done, 1 something to act on, 2 wrong use.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Carries deals from a Bitrix24 portal to another one, from the robot \"Send to ESB\".")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        root.SetAction(ServeCommand.RunAsync);
        root.Add(ServeCommand.Create());
        root.Add(CheckCommand.Create());
        root.Add(HealthCommand.Create());
        root.Add(ManifestCommand.Create());
        root.Add(PortalsCommand.Create());
        root.Add(ConnectionsCommand.Create());
        root.Add(TransfersCommand.Create());
        root.Add(WaitsCommand.Create());
        root.Add(SendCommand.Create());
        root.Add(SendCommand.CreateSendings());
        root.Add(AuditCommand.Create());
        root.Add(CatchUpCommand.Create());
        root.Add(ProfileCommand.Create());
        root.Add(BackupCommand.Create());
        root.Add(RestoreCommand.Create());
        root.Add(MigrateCommand.Create());
        root.Add(MigrateStoreCommand.Create());
        root.Add(KeysCommand.Create());
        return root;
    }

    /// <summary>Parses and runs; wrong use is 2 in every case, where the library would say 1.</summary>
    /// <param name="args">The words.</param>
    /// <param name="output">The answer; the console if <see langword="null"/>.</param>
    /// <param name="error">Why there is none; the console if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter? output, TextWriter? error, CancellationToken cancellationToken)
    {
        var parsed = Create().Parse(SettingsArguments.First(args));

        // The server ends in its own time: what was sent to a portal is finished and recorded first. So the library must not end the process.
        var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null, Output = output ?? Console.Out, Error = error ?? Console.Error };
        var code = await parsed.InvokeAsync(configuration, cancellationToken);
        return parsed.Errors.Count > 0 ? ExitCodes.WrongUse : code;
    }
}
