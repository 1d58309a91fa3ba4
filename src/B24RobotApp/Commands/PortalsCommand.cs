using System.CommandLine;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot portals list</c>: where the app is installed.</summary>
internal static class PortalsCommand
{
    public static Command Create() => new("portals", "The portals on which the app is installed.") { CommandHost.Create("list", "List them.", ListAsync) };

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

        context.Output.WriteTable(
            rows,
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
        return ExitCodes.Done;
    }

    private static string Count(PortalRow row, TransferState state) => row.Transfers.GetValueOrDefault(state).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private sealed record PortalRow(
        string Host, string MemberId, PortalState State, string? Reason, long InstallerUserId, bool HasCredentials, DateTimeOffset InstalledAt,
        DateTimeOffset? EraseAt, IReadOnlyDictionary<TransferState, long> Transfers);
}
