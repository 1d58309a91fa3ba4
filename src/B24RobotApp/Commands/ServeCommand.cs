using System.CommandLine;
using B24RobotApp.Settings;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot serve</c>: runs the server until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Run the server (also without a word). Settings: environment, appsettings.json, --Section:Key value, --urls.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
        return command;
    }

    public static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!SettingsArguments.TryRead(parsed, out var args))
        {
            return ExitCodes.WrongUse;
        }

        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
            // Unpublished, as the demo and a developer run it, the pages' files are found through this; published they lie beside the program.
            builder.WebHost.UseStaticWebAssets();
            builder.AddB24RobotApp();

            // Under systemd the socket may be systemd's: it stays open while the server is replaced, and calls wait in it instead of being refused. And systemd hears when the server is ready.
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseSystemd());
            builder.Services.AddSystemd();
            builder.Services.AddSingleton<Drain>();
            builder.Services.AddHostedService(provider => provider.GetRequiredService<Drain>());
            SettingsServices.Check(builder.Configuration);
            await using var app = builder.Build();
            app.Use(next => context => app.Services.GetRequiredService<Drain>().TellAsync(context, next));
            app.MapB24RobotApp();
            await app.RunAsync(cancellationToken);
            return ExitCodes.Done;
        }
        catch (Exception exception) when (StartProblems.Of(exception) is { Lines.Count: > 0 } problems)
        {
            // What a person can mend needs no stack trace.
            foreach (var line in problems.Lines)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(line);
            }

            return problems.ExitCode;
        }
    }
}
