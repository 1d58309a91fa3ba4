using System.CommandLine;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary>What a command does with the database.</summary>
internal enum CommandAccess
{
    /// <summary>It looks, while a server may run.</summary>
    Read,

    /// <summary>It writes too, while a server may run: in one transaction, as the server does, which takes it up within a second (<see cref="OutsideChanges"/>). So it needs neither the server's help nor its absence.</summary>
    Beside,

    /// <summary>It works on the data directory as files, or on a database that is made anew, and needs no other setting: on a new machine there are none yet.</summary>
    Files,
}

/// <summary>Runs a command that looks into the app, or mends something in it, without starting the server.</summary>
internal static class CommandHost
{
    /// <summary>A command with the switch <c>--json</c>; settings are taken as by <c>serve</c>.</summary>
    public static Command Create(string name, string description, Func<CommandContext, Task<int>> run, CommandAccess access = CommandAccess.Read)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        var json = new Option<bool>("--json") { Description = "Write JSON, for scripts." };
        command.Add(json);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, parsed.GetValue(json), access, run, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, bool json, CommandAccess access, Func<CommandContext, Task<int>> run, CancellationToken cancellationToken)
    {
        if (!SettingsArguments.TryRead(parsed, out var settings))
        {
            return ExitCodes.WrongUse;
        }

        var output = new CommandOutput(parsed.InvocationConfiguration.Output, json);
        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
            if (access == CommandAccess.Files)
            {
                builder.Configuration.AddSecretFiles();
                await using var services = new ServiceCollection().AddSingleton<IConfiguration>(builder.Configuration).AddSingleton(TimeProvider.System).BuildServiceProvider();
                return await run(new CommandContext(services, parsed, output, cancellationToken));
            }

            builder.AddB24RobotApp();

            // A command's output is its answer, not a log; and a server may own the database.
            builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
            builder.Services.AddSingleton<ITokenStore, TokensAsTheyAre>();
            builder.Services.AddSingleton(provider => StoreChoice.OpenBeside(provider.GetRequiredService<IOptions<StorageOptions>>().Value, writes: access == CommandAccess.Beside));

            SettingsServices.Check(builder.Configuration);
            await using var app = builder.Build();
            return await run(new CommandContext(app.Services, parsed, output, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            output.Problems(["Stopped before the end; what was not finished was not done."], parsed.InvocationConfiguration.Error);
            return ExitCodes.ToActOn;
        }
        catch (Exception exception) when (StartProblems.Of(exception) is { Lines.Count: > 0 } problems)
        {
            output.Problems(problems.Lines, parsed.InvocationConfiguration.Error);
            return problems.ExitCode;
        }
    }
}

/// <summary>What a command works with.</summary>
internal sealed record CommandContext(IServiceProvider Services, ParseResult Parsed, CommandOutput Output, CancellationToken CancellationToken)
{
    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Where the data is, where nothing else of the settings is needed.</summary>
    public StorageOptions Storage => StorageOf(always: false);

    /// <summary>The same with both databases, whichever the server uses.</summary>
    public StorageOptions BothStorages => StorageOf(always: true);

    private StorageOptions StorageOf(bool always)
    {
        var settings = Get<IConfiguration>().GetSection(StorageSettings.SectionName).Get<StorageSettings>() ?? new StorageSettings();
        return new StorageOptions
        {
            DataDirectory = Get<IConfiguration>()["App:DataDirectory"] ?? new AppOptions().DataDirectory,
            KeyDirectory = Get<IConfiguration>()["App:KeyDirectory"] ?? "",
            ConnectionString = always || settings.IsPostgres ? settings.ConnectionString ?? "" : "",
        };
    }

    /// <summary>Says why a command does nothing.</summary>
    /// <returns>The exit code.</returns>
    public int Refuse(string problem)
    {
        Output.Problems([problem], Parsed.InvocationConfiguration.Error);
        return ExitCodes.ToActOn;
    }
}
