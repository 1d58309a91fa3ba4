using System.Text.Json;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Where calls of the robot that waits become promises.</summary>
public sealed partial class WaitInbox(WaitStore store, TransferInbox transfers, WaitSignal signal, TimeProvider clock, ILogger<WaitInbox> logger) : IRobotInbox
{
    /// <summary>How long it is tried to find out whether a call with another application token came from the portal.</summary>
    private static readonly TimeSpan DoubtfulFor = TimeSpan.FromDays(3);

    public string RobotCode => "wait_for_esb";

    public async Task<string?> AcceptAsync(Portal portal, RobotCall call, bool verified, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var wait = new NewWait
        {
            Id = TransferId.New(now).Value,
            Portal = portal.Id,
            EventToken = call.EventToken,
            WorkflowId = call.WorkflowId,
            EntityTypeId = call.EntityTypeId,
            ItemId = call.ItemId,
            UserId = call.Auth.UserId,
            Connection = await transfers.ConnectionOfAsync(portal, call, cancellationToken),
            Properties = JsonSerializer.Serialize(call.Properties),
            NamesDeal = call.Properties.TryGetValue(WaitSettings.DealProperty, out var deal) && deal.Any(id => !string.IsNullOrWhiteSpace(id)),
            Waits = call.Waits,
            TimesOutAt = call.Timeout is { } timeout ? call.CalledAt + timeout : null,
            CalledAt = call.CalledAt,
            ReceivedAt = now,
            Verified = verified,
            Trace = Telemetry.Current,
        };
        if (verified)
        {
            await transfers.KeepTokensAsync(portal, call.Auth, cancellationToken);
        }

        if (!await store.TryAddAsync(wait, cancellationToken))
        {
            Log.Repeated(logger, portal.Address.Authority, call.ItemId);
            return null;
        }

        if (verified)
        {
            await transfers.ReconnectAsync(portal, call.Auth, cancellationToken);
            signal.Wake();
        }

        return wait.Id;
    }

    public async Task<IReadOnlyList<UnverifiedCall>> UnverifiedAsync(CancellationToken cancellationToken) => [.. (await store.UnverifiedAsync(cancellationToken)).Select(Unverified)];

    public async Task<UnverifiedCall?> FindUnverifiedAsync(string name, CancellationToken cancellationToken) =>
        await store.FindAsync(name, cancellationToken) is { } wait ? Unverified(wait) : null;

    public async Task ConfirmAsync(string name, CancellationToken cancellationToken)
    {
        await store.ConfirmAsync(name, cancellationToken);
        signal.Wake();
    }

    public Task DiscardAsync(string name, CancellationToken cancellationToken) => store.DiscardAsync(name, cancellationToken);

    private static UnverifiedCall Unverified(Wait wait) => new(wait.Request.Id, wait.Request.Portal, wait.Request.EventToken, wait.Request.ReceivedAt + DoubtfulFor);

    private static partial class Log
    {
        [LoggerMessage(2601, LogLevel.Information, "{Portal} delivered the waiting robot's call for deal {DealId} again; it is one wait")]
        public static partial void Repeated(ILogger logger, string portal, long dealId);
    }
}
