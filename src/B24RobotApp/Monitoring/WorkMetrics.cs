using System.Diagnostics.Metrics;
using System.Text.Json;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Transfers.Queue;
using static B24RobotApp.Api.PortalHealthEndpoints;

namespace B24RobotApp.Monitoring;

/// <summary>How the work stood when it was last looked at, as measurements. What is not there any more is not told any more.</summary>
internal static class WorkMetrics
{
    private static readonly TransferState[] OpenStates = [TransferState.Unverified, TransferState.Queued, TransferState.Running, TransferState.Parked];

    private static WorkReport? s_last;

    static WorkMetrics()
    {
        Gauge("b24robot.transfers.open", "{transfer}", "Transfers that have not come to their end.", report => OpenStates.Select(state =>
            Of(report.Waiting.GetValueOrDefault(state), ("state", NameOf(state)))));
        Gauge("b24robot.transfers.oldest_due", "s", "How long the oldest due transfer has been due.", report => [Of(report.OldestDue.TotalSeconds)]);
        Gauge("b24robot.portals", "{portal}", "Portals, by what the app can do with its tokens there.", report => Enum.GetValues<AccessState>().Select(state =>
            Of(report.Portals.Count(portal => portal.Access == state), ("access", NameOf(state)))));
        Gauge("b24robot.esb.silent", "{connection}", "Whether a connection's ESB does not answer: 1 or 0.", report => report.Esbs.Select(esb =>
            Of(esb.Outage is null ? 0 : 1, ("connection", esb.Connection.Code))));
        Gauge("b24robot.portal.silent", "{portal}", "Whether a source portal does not answer: 1 or 0.", report => report.Portals.Select(portal =>
            Of(report.SourceOutages.ContainsKey(portal.Portal.Id) ? 1 : 0, ("portal", portal.Portal.Address.Authority))));
        Gauge("b24robot.portal.operating.used", "s", "Execution time used within ten minutes, of 480 seconds.", report => report.OperatingUse.Select(one =>
            Of(one.Use.Seconds, ("portal", one.Portal), ("method", one.Use.Method))));
        Gauge("b24robot.store.size", "By", "Size of the database and of its log.", report =>
            [Of(report.DatabaseBytes, ("file", "database")), Of(report.LogBytes, ("file", "log"))]);
        Gauge("b24robot.disk.free", "By", "What the disk of the data directory has left.", report => [Of(report.FreeDiskBytes)]);
        Gauge("b24robot.store.writable", "1", "Whether the database takes writes: 1 or 0.", report => [Of(report.StorageProblem is null ? 1 : 0)]);
        Count("b24robot.store.commits", "{commit}", "Transactions committed.", report => report.Commits);
        Count("b24robot.store.writes", "{write}", "Writes that were part of transactions; several share one under load.", report => report.Writes);
    }

    /// <summary>It was looked how the work stands.</summary>
    public static void Seen(WorkReport report) => Volatile.Write(ref s_last, report);

    private static void Gauge(string name, string unit, string description, Func<WorkReport, IEnumerable<Measurement<double>>> read) =>
        Telemetry.Meter.CreateObservableGauge(name, () => Volatile.Read(ref s_last) is { } last ? read(last) : [], unit, description);

    private static void Count(string name, string unit, string description, Func<WorkReport, long> read) =>
        Telemetry.Meter.CreateObservableCounter<long>(name, () => Volatile.Read(ref s_last) is { } last ? [new Measurement<long>(read(last))] : [], unit, description);

    private static Measurement<double> Of(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            tags[i] = new(labels[i].Name, labels[i].Value);
        }

        return new Measurement<double>(value, tags);
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
