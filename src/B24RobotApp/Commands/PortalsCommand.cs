using System.CommandLine;
using B24RobotApp.Portals;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot portals list|allow|disallow</c>: where the app is installed, and where it may be.</summary>
internal static class PortalsCommand
{
    public static Command Create() => new("portals", "The portals on which the app is installed, and those that may install it.") { CommandHost.Create("list", "List them.", ListAsync), CreateAllow(), CreateDisallow() };

    private static Command CreateAllow() => CreateEntry("allow", "Let a portal install and use the app, beside those of the settings. The server may run.", async (context, entry) =>
    {
        if (!await context.Get<AllowedPortalStore>().AddAsync(entry, context.CancellationToken))
        {
            return context.Refuse($"{entry} is allowed already.");
        }

        context.Output.Write(
            new { entry, allowed = true },
            [$"{entry} may install and use the app. A connection that it may use is named in the settings (Esb:Connections), or its administrator adds one on the app's page."]);
        return ExitCodes.Done;
    });

    private static Command CreateDisallow() => CreateEntry("disallow", "Take back what portals allow has allowed. The server may run.", async (context, entry) =>
    {
        if (!await context.Get<AllowedPortalStore>().RemoveAsync(entry, context.CancellationToken))
        {
            return context.Refuse(
                context.Get<IOptions<Bitrix24Options>>().Value.AllowedPortals.Contains(entry, StringComparer.OrdinalIgnoreCase)
                    ? $"{entry} stands in the settings (Bitrix24:AllowedPortals); take it out there and start the server anew."
                    : $"{entry} was not allowed by a command. b24robot portals list shows what is.");
        }

        context.Output.Write(new { entry, allowed = false }, [$"{entry} may not install or use the app any more, unless another entry takes it in. Its data stays; transfers that wait are not sent."]);
        return ExitCodes.Done;
    });

    private static Command CreateEntry(string name, string description, Func<CommandContext, string, Task<int>> run)
    {
        var host = new Argument<string>("host") { Description = "A host such as acme.bitrix24.ru, or a pattern such as *.bitrix24.ru." };
        host.Validators.Add(result =>
        {
            if (!AllowedPortal.TryParse(result.GetValueOrDefault<string>() ?? "", out _))
            {
                result.AddError("The host must be a name such as acme.bitrix24.ru or a pattern such as *.bitrix24.ru.");
            }
        });
        var command = CommandHost.Create(name, description, context => run(context, context.Parsed.GetRequiredValue(host).Trim().ToLowerInvariant()), CommandAccess.Beside);
        command.Add(host);
        return command;
    }

    private static async Task<int> ListAsync(CommandContext context)
    {
        var portals = await context.Get<PortalStore>().ListAsync(context.CancellationToken);
        var rows = new List<PortalRow>();
        foreach (var portal in portals)
        {
            var counts = await context.Get<TransferStore>().CountsAsync(portal.Id, context.CancellationToken);
            rows.Add(new PortalRow(
                portal.Address.Authority, portal.MemberId.Value, portal.State, portal.StateReason, portal.InstallerUserId, portal.HasCredentials,
                portal.InstalledAt, portal.EraseAt, counts));
        }

        var added = context.Get<AllowedPortalStore>().Entries;
        var configured = context.Get<IOptions<Bitrix24Options>>().Value.AllowedPortals;
        context.Output.WriteTable(
            new { portals = rows, allowed = new { settings = configured, commands = added } },
            ["PORTAL", "STATE", "REASON", "KEYS", "INSTALLED", "WAITING", "PARKED", "FAILED"],
            [.. rows.Select(row => new[]
            {
                row.Host,
                row.State.ToString().ToLowerInvariant(),
                row.Reason ?? "",
                row.HasCredentials ? "yes" : "no",
                $"{row.InstalledAt:yyyy-MM-dd}",
                Count(row, TransferState.Queued),
                Count(row, TransferState.Parked),
                Count(row, TransferState.Failed),
            })]);
        if (!context.Output.IsJson)
        {
            context.Output.Write("", [
                "",
                $"Allowed by the settings: {(configured.Count > 0 ? string.Join(", ", configured) : "nobody")}",
                $"Allowed by command: {(added.Count > 0 ? string.Join(", ", added) : "nobody")}",
            ]);
        }

        return ExitCodes.Done;
    }

    private static string Count(PortalRow row, TransferState state) => row.Transfers.GetValueOrDefault(state).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private sealed record PortalRow(
        string Host, string MemberId, PortalState State, string? Reason, long InstallerUserId, bool HasCredentials, DateTimeOffset InstalledAt,
        DateTimeOffset? EraseAt, IReadOnlyDictionary<TransferState, long> Transfers);
}
