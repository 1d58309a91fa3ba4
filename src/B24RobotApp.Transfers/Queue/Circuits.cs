using System.Collections.Concurrent;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Queue;

/// <summary>The circuits of all ESBs (by connection) and source portals. What is learnt is lost with the process: the first transfers after its start learn it again.</summary>
public sealed partial class Circuits(TimeProvider clock, ILogger<Circuits> logger)
{
    private readonly ConcurrentDictionary<string, Circuit> _esbs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PortalId, Circuit> _sources = new();
    private readonly ConcurrentDictionary<string, Outage?> _refusals = new(StringComparer.Ordinal);

    /// <summary>A portal answers again: what waits for it need not wait any longer. Says which lanes are meant.</summary>
    public event Action<Func<Lane, bool>>? Recovered;

    /// <summary>How many transfers of a lane's ESB, and of its source portal, may be under way now.</summary>
    public (int Esb, int Source) PlacesOf(Lane lane) => (EsbOf(lane.Connection).Places, SourceOf(lane.Portal).Places);

    /// <summary>When the next transfer of a lane may try; <see langword="null"/> if both portals answer.</summary>
    public DateTimeOffset? ProbeAt(Lane lane) => (EsbOf(lane.Connection).ProbeAt, SourceOf(lane.Portal).ProbeAt) switch
    {
        ({ } esb, { } source) => esb > source ? esb : source,
        var (esb, source) => esb ?? source,
    };

    /// <summary>When the next transfer may try a lane's source portal; <see langword="null"/> if that answers.</summary>
    public DateTimeOffset? SourceProbeAt(Lane lane) => SourceOf(lane.Portal).ProbeAt;

    /// <summary>Whether a lane's source portal answers.</summary>
    public bool SourceAnswers(Lane lane) => SourceOf(lane.Portal).Outage is null;

    /// <summary>Why transfers of a lane cannot come through now.</summary>
    public Outage? FindOutage(Lane lane) => EsbOf(lane.Connection).Outage ?? SourceOf(lane.Portal).Outage;

    /// <summary>Since when a source portal does not answer; <see langword="null"/> if it does.</summary>
    public Outage? FindSourceOutage(PortalId portal) => SourceOf(portal).Outage;

    /// <summary>The ESBs that do not answer, by connection.</summary>
    public IReadOnlyDictionary<string, Outage> EsbOutages => _esbs.Where(esb => esb.Value.Outage is not null).ToDictionary(esb => esb.Key, esb => esb.Value.Outage!);

    /// <summary>The source portals that do not answer.</summary>
    public IReadOnlyDictionary<PortalId, Outage> SourceOutages => _sources.Where(source => source.Value.Outage is not null).ToDictionary(source => source.Key, source => source.Value.Outage!);

    /// <summary>What is known of connections' webhooks since the start: since when an ESB refuses them for good, or <see langword="null"/> where it takes them. Of a connection that is not here nothing is known.</summary>
    public IReadOnlyDictionary<string, Outage?> Webhooks => _refusals;

    /// <summary>What a connection's ESB did with a transfer.</summary>
    /// <param name="connection">The connection's code.</param>
    /// <param name="transfer">The transfer.</param>
    /// <param name="failure">How it failed; <see langword="null"/>: it did not.</param>
    public void LearnOfEsb(string connection, TransferId transfer, Bitrix24Exception? failure)
    {
        if (failure is null)
        {
            _refusals[connection] = null;
        }
        else if (failure.Kind == FailureKind.Disconnected && !failure.HasCode("PAYMENT_REQUIRED") && _refusals.GetValueOrDefault(connection) is null)
        {
            _refusals[connection] = new Outage(clock.GetUtcNow(), failure.Code, failure.Description);
        }

        Learn(EsbOf(connection), "ESB", connection, lane => lane.Connection == connection, transfer, failure);
    }

    /// <summary>What a source portal did with a transfer.</summary>
    public void LearnOfSource(Portal portal, TransferId transfer, Bitrix24Exception? failure) =>
        Learn(SourceOf(portal.Id), "portal", portal.Address.Authority, lane => lane.Portal == portal.Id, transfer, failure);

    /// <summary>Whether nobody answered who could have dealt with the call: a portal that counts requests, or says no, is there.</summary>
    private static bool IsSilence(Bitrix24Exception failure) =>
        failure.HasCode("PAYMENT_REQUIRED")
        || (failure.Kind is FailureKind.NotExecuted or FailureKind.OutcomeUnknown
            && !failure.HasCode("QUERY_LIMIT_EXCEEDED") && !failure.HasCode("OPERATION_TIME_LIMIT") && !failure.HasCode("423") && !failure.HasCode("OUTCOME_PENDING"));

    private void Learn(Circuit circuit, string kind, string name, Func<Lane, bool> concerns, TransferId transfer, Bitrix24Exception? failure)
    {
        if (failure is not null && IsSilence(failure))
        {
            if (circuit.Failed(transfer, failure.Code, failure.Description) is not null)
            {
                Log.Down(logger, kind, name, failure.Code, failure.Description);
            }
        }
        else if (circuit.Succeeded() is { } ended)
        {
            Log.Back(logger, kind, name, clock.GetUtcNow() - ended.Since);
            Recovered?.Invoke(concerns);
        }
    }

    private Circuit EsbOf(string connection) => _esbs.GetOrAdd(connection, static (_, clock) => new Circuit(clock), clock);

    private Circuit SourceOf(PortalId portal) => _sources.GetOrAdd(portal, static (_, clock) => new Circuit(clock), clock);

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Warning, "The {Kind} {Name} does not answer ({Code}: {Description}). Its transfers wait; one of them tries now and then")]
        public static partial void Down(ILogger logger, string kind, string name, string code, string description);

        [LoggerMessage(2202, LogLevel.Information, "The {Kind} {Name} answers again after {Duration}; its transfers go on")]
        public static partial void Back(ILogger logger, string kind, string name, TimeSpan duration);
    }
}
