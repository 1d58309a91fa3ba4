using System.CommandLine;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot connections list</c>: the ESBs that deals can be sent to. Webhooks are secret and not shown.</summary>
internal static class ConnectionsCommand
{
    public static Command Create() => new("connections", "The connections to ESB portals.") { CommandHost.Create("list", "List them.", ListAsync) };

    private static async Task<int> ListAsync(CommandContext context)
    {
        var rows = new List<ConnectionRow>();
        foreach (var connection in await context.Get<ConnectionStore>().ListAsync(context.CancellationToken))
        {
            var owner = connection.Owner is { } id ? await context.Get<PortalStore>().FindAsync(id, context.CancellationToken) : null;
            rows.Add(new ConnectionRow(
                connection.Code, connection.Name, connection.Portal.Authority, connection.Webhooks.Count, connection.Profile, connection.CreateMissingFields,
                owner is null ? connection.Portals : [owner.Address.Authority], owner is null ? "settings" : "portal"));
        }

        context.Output.WriteTable(
            rows,
            ["CODE", "NAME", "ESB", "WEBHOOKS", "PROFILE", "FROM", "FOR PORTALS"],
            [.. rows.Select(row => new[] { row.Code, row.Name, row.Esb, $"{row.Webhooks}", row.Profile, row.From, string.Join(", ", row.Portals) })]);
        return ExitCodes.Done;
    }

    private sealed record ConnectionRow(
        string Code, string Name, string Esb, int Webhooks, string Profile, bool CreateMissingFields, IReadOnlyList<string> Portals, string From);
}
