using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using static B24RobotApp.Api.PortalHealthEndpoints;

namespace B24RobotApp.Api;

/// <summary>Gathers what the app knows of its standing with a portal and its ESBs.</summary>
internal sealed class PortalHealth(
    TokenStore tokens, TransferStore transfers, Circuits circuits, SourcePortals sources, EsbPortals esbs, Registration registration, TimeProvider clock)
{
    /// <summary>The most used methods tell the story; the rest is noise.</summary>
    private const int MostMethods = 5;

    public async Task<HealthReport> ReadAsync(ApiVisitor visitor, CancellationToken cancellationToken)
    {
        var portal = visitor.Portal;
        return new HealthReport(
            clock.GetUtcNow(),
            await ReadAccessAsync(portal, cancellationToken),
            await ReadQueueAsync(portal, cancellationToken),
            registration.FindLast(portal.Id) is { } last
                ? new Robot(last.At, last.Failure is null, last.Failure is { } failure ? $"{failure.Method}: {failure.Description} ({failure.Code})" : null)
                : null,
            LoadOf(portal),
            [.. visitor.Connections.Select(connection => LoadOf(connection, connection.Owner != portal.Id))]);
    }

    /// <summary>Whether the app can call a portal by itself.</summary>
    public async Task<AccessState> AccessToAsync(Portal portal, CancellationToken cancellationToken) => (await FindAccessAsync(portal, cancellationToken)).State;

    private async Task<Access> ReadAccessAsync(Portal portal, CancellationToken cancellationToken)
    {
        var (state, stored) = await FindAccessAsync(portal, cancellationToken);
        return new Access(state, stored?.ExpiresAt, portal.HasCredentials, portal.State == PortalState.Connected ? null : portal.StateReason);
    }

    private async Task<(AccessState State, PortalTokens? Stored)> FindAccessAsync(Portal portal, CancellationToken cancellationToken)
    {
        var stored = await tokens.FindAsync(new TokenOwner(portal.MemberId, portal.InstallerUserId), cancellationToken);
        var state = portal.State != PortalState.Connected || stored is null ? AccessState.Disconnected
            : stored.Refresh is not null && portal.HasCredentials ? AccessState.Lasting
            : stored.ExpiresAt <= clock.GetUtcNow() ? AccessState.Ended
            : portal.HasCredentials ? AccessState.Brief
            : AccessState.WithoutKeys;
        return (state, stored);
    }

    private async Task<Queue> ReadQueueAsync(Portal portal, CancellationToken cancellationToken)
    {
        var counts = await transfers.CountsAsync(portal.Id, cancellationToken);
        long CountOf(params TransferState[] states) => states.Sum(state => counts.GetValueOrDefault(state));
        return new Queue(
            CountOf(TransferState.Unverified, TransferState.Queued, TransferState.Running, TransferState.Parked),
            CountOf(TransferState.Running),
            CountOf(TransferState.Parked),
            await transfers.OldestWaitingAsync(portal.Id, cancellationToken),
            CountOf(TransferState.Failed));
    }

    private Load LoadOf(Portal portal)
    {
        var client = sources.For(portal, portal.InstallerUserId);
        return new Load(
            portal.Address.Authority, portal.Address.Authority, false, null, SilenceOf(circuits.FindSourceOutage(portal.Id)), RequestsOf(client), client.Waiting,
            [.. client.OperatingUse.Take(MostMethods).Select(use => MethodOf(null, use))]);
    }

    private Load LoadOf(EsbConnection connection, bool isShared)
    {
        var clients = esbs.ClientsOf(connection).ToList();
        var uses = clients.SelectMany((client, index) => client.OperatingUse.Select(use => (Number: clients.Count > 1 ? index + 1 : (int?)null, Use: use)));
        return new Load(
            connection.Name,
            connection.Portal.Authority,
            isShared,
            connection.PausedAt,
            SilenceOf(circuits.EsbOutages.GetValueOrDefault(connection.Code)),
            RequestsOf(clients[0]),
            isShared ? null : clients.Sum(client => client.Waiting),
            isShared
                ? [.. RestingOf(clients)]
                : [.. uses.OrderByDescending(one => one.Use.PausedUntil is not null).ThenByDescending(one => one.Use.Seconds).Take(MostMethods).Select(one => MethodOf(one.Number, one.Use))]);
    }

    /// <summary>What rests with every webhook, and so holds up this portal's deals too.</summary>
    private static IEnumerable<Method> RestingOf(List<PortalClient> clients) => clients
        .SelectMany(client => client.OperatingUse)
        .Where(use => use.PausedUntil is not null)
        .GroupBy(use => use.Method)
        .Where(uses => uses.Count() == clients.Count)
        .Select(uses => new Method(null, uses.Key, null, OperatingBudget.DocumentedLimitSeconds, uses.Min(use => use.PausedUntil)));

    private static Method MethodOf(int? webhook, MethodUse use) =>
        new(webhook, use.Method, Math.Round(use.Seconds, 1), OperatingBudget.DocumentedLimitSeconds, use.PausedUntil);

    private static Requests RequestsOf(PortalClient client) => new(client.Requests.Free, client.Requests.Most, client.Requests.PerSecond);

    private static Silence? SilenceOf(Outage? outage) => outage is null ? null : new Silence(outage.Since, $"{outage.Description} ({outage.Code})");
}
