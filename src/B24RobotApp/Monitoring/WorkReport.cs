using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using static B24RobotApp.Api.PortalHealthEndpoints;

namespace B24RobotApp.Monitoring;

/// <summary>How the work stands at a moment: what waits, who does not answer, what the disk has left.</summary>
internal sealed record WorkReport
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Why nothing can be written; <see langword="null"/> if it can. What follows is then empty.</summary>
    public string? StorageProblem { get; init; }

    /// <summary>Transfers that have not come to their end.</summary>
    public IReadOnlyDictionary<TransferState, long> Waiting { get; init; } = new Dictionary<TransferState, long>();

    /// <summary>Lanes in which transfers are due, connections that are paused left out: the portal, the connection and since when the oldest is due.</summary>
    public IReadOnlyList<(Portal Portal, string Connection, DateTimeOffset DueAt)> Overdue { get; init; } = [];

    /// <summary>The portals on which the app is installed, and whether it can call them.</summary>
    public IReadOnlyList<(Portal Portal, AccessState Access)> Portals { get; init; } = [];

    /// <summary>Connections, and since when and why their ESB does not answer.</summary>
    public IReadOnlyList<(EsbConnection Connection, Outage? Outage)> Esbs { get; init; } = [];

    /// <summary>Source portals that do not answer.</summary>
    public IReadOnlyDictionary<PortalId, Outage> SourceOutages { get; init; } = new Dictionary<PortalId, Outage>();

    /// <summary>Connections' webhooks, as far as their ESBs have said anything since the start: <see langword="null"/> where they are taken.</summary>
    public IReadOnlyDictionary<string, Outage?> Webhooks { get; init; } = new Dictionary<string, Outage?>();

    /// <summary>Execution time used, by portal and method.</summary>
    public IReadOnlyList<(string Portal, MethodUse Use)> OperatingUse { get; init; } = [];

    public long DatabaseBytes { get; init; }

    public long LogBytes { get; init; }

    /// <summary>What the disk of the data directory has left.</summary>
    public required long FreeDiskBytes { get; init; }

    /// <summary>Transactions committed since the start.</summary>
    public long Commits { get; init; }

    /// <summary>Writes that were part of them.</summary>
    public long Writes { get; init; }

    /// <summary>How long the oldest due transfer has been due.</summary>
    public TimeSpan OldestDue => Overdue.Count == 0 ? TimeSpan.Zero : At - Overdue.Min(lane => lane.DueAt);
}
