using System.Text.Json;
using B24RobotApp.Transfers.Queue;
using static B24RobotApp.Api.PortalHealthEndpoints;

namespace B24RobotApp.Monitoring;

/// <summary>How the work stands, in words, for <c>/health/work</c>.</summary>
/// <param name="Status"><c>works</c>, or <c>stands still in part</c>.</param>
/// <param name="Problems">What stands still and what to do, a sentence each.</param>
/// <param name="Waiting">Transfers that have not come to their end, by state.</param>
/// <param name="OldestDueSeconds">How long the oldest due transfer has been due.</param>
/// <param name="FreeDiskBytes">What the disk of the data directory has left.</param>
internal sealed record WorkSummary(string Status, IReadOnlyList<string> Problems, IReadOnlyDictionary<string, long> Waiting, double OldestDueSeconds, long FreeDiskBytes)
{
    public static WorkSummary Of(WorkReport report)
    {
        string[] problems = [.. ProblemsOf(report)];
        return new WorkSummary(
            problems.Length == 0 ? "works" : "stands still in part",
            problems,
            report.Waiting.ToDictionary(state => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.Key.ToString()), state => state.Value),
            Math.Round(report.OldestDue.TotalSeconds),
            report.FreeDiskBytes);
    }

    private static IEnumerable<string> ProblemsOf(WorkReport report)
    {
        if (report.StorageProblem is { } problem)
        {
            yield return $"Nothing can be written: {problem}";
        }

        foreach (var (connection, outage) in report.Esbs)
        {
            if (report.Webhooks.GetValueOrDefault(connection.Code) is { } refusal)
            {
                yield return $"The ESB of the connection {connection.Code} refuses its webhook ({Describe(refusal)}) since {refusal.Since:u}. Make a new webhook there and enter it.";
            }
            else if (outage is not null)
            {
                yield return $"The ESB of the connection {connection.Code} does not answer ({Describe(outage)}) since {outage.Since:u}. Its transfers wait.";
            }
        }

        foreach (var (portal, access) in report.Portals)
        {
            if (access == AccessState.Disconnected)
            {
                yield return $"{portal.Address.Authority} is not connected any more ({portal.StateReason}). An administrator there has to open the app.";
            }
            else if (report.SourceOutages.TryGetValue(portal.Id, out var outage))
            {
                yield return $"{portal.Address.Authority} does not answer ({Describe(outage)}) since {outage.Since:u}. Its transfers wait.";
            }
        }
    }

    private static string Describe(Outage outage) => $"{outage.Code}: {outage.Description}";
}
