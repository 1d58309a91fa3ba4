using System.Globalization;
using B24RobotApp.Monitoring;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Alerts;

/// <summary>Tells from how the work stands what needs a person.</summary>
internal static class AlertRules
{
    /// <summary>What has begun.</summary>
    public static IEnumerable<Alert> Find(WorkReport report, AlertOptions options)
    {
        if (report.FreeDiskBytes < options.FreeDiskBytes)
        {
            yield return new Alert { Kind = AlertKind.DiskLow, Since = report.At, Detail = (report.FreeDiskBytes / 1_048_576).ToString(CultureInfo.InvariantCulture) };
        }

        if (report.StorageProblem is not null)
        {
            yield return new Alert { Kind = AlertKind.StoreReadOnly, Since = report.At };
        }

        foreach (var (portal, _) in report.Portals)
        {
            if (portal.State == PortalState.Disconnected)
            {
                yield return new Alert { Kind = AlertKind.PortalDisconnected, Portal = portal.Id, Host = portal.Address.Authority, Since = report.At, Detail = portal.StateReason ?? "" };
            }
        }

        foreach (var (connection, _) in report.Esbs)
        {
            if (report.Webhooks.GetValueOrDefault(connection.Code) is { } refusal)
            {
                yield return new Alert
                {
                    Kind = AlertKind.WebhookRefused,
                    Portal = connection.Owner,
                    Connection = connection.Code,
                    Host = connection.Portal.Authority,
                    Since = refusal.Since,
                    Detail = refusal.Code,
                };
            }
        }

        foreach (var lanes in report.Overdue.Where(lane => report.At - lane.DueAt >= options.QueueAge).GroupBy(lane => lane.Portal.Id))
        {
            var oldest = lanes.MinBy(lane => lane.DueAt);
            yield return new Alert { Kind = AlertKind.QueueOverdue, Portal = lanes.Key, Host = oldest.Portal.Address.Authority, Since = oldest.DueAt };
        }
    }

    /// <summary>Whether what had begun is well again; not while nothing is known, and not at the first sign where a number goes up and down.</summary>
    public static bool IsWell(Alert alert, WorkReport report, AlertOptions options) => alert.Kind switch
    {
        AlertKind.StoreReadOnly => report.StorageProblem is null,
        AlertKind.DiskLow => report.FreeDiskBytes - options.FreeDiskBytes >= options.FreeDiskBytes / 5,

        // What the database does not tell is not known.
        _ when report.StorageProblem is not null => false,
        AlertKind.PortalDisconnected => !report.Portals.Any(one => one.Portal.Id == alert.Portal && one.Portal.State == PortalState.Disconnected),

        // After a start nobody knows it until a deal is sent there.
        AlertKind.WebhookRefused => !report.Esbs.Any(esb => esb.Connection.Code == alert.Connection)
            || (report.Webhooks.TryGetValue(alert.Connection, out var refusal) && refusal is null),
        _ => !report.Overdue.Any(lane => lane.Portal.Id == alert.Portal && report.At - lane.DueAt >= options.QueueAge / 2),
    };
}
