using System.Text.Json;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Queue;

/// <summary>Where robot calls become promises: when <see cref="AcceptAsync"/> returns, the transfer is on disk.</summary>
public sealed partial class TransferInbox(
    TransferStore store, TokenStore tokens, PortalStore portals, ConnectionStore connections, TransferSignal signal,
    IOptions<TransferOptions> options, TimeProvider clock, ILogger<TransferInbox> logger) : IRobotInbox
{
    /// <summary>The code of the robot that sends.</summary>
    public const string SendToEsb = "send_to_esb";

    /// <summary>Characters of a connection's code that are looked at: what is longer names none, and is kept as a key in memory.</summary>
    private const int LongestConnection = 100;

    /// <summary>Writes a robot's call to the inbox.</summary>
    /// <param name="portal">The portal that called.</param>
    /// <param name="call">Its call.</param>
    /// <param name="verified">Whether the application token was the stored one. If not, the transfer waits until the authorization server has vouched for the call.</param>
    /// <param name="cancellationToken">Ends the waiting of a caller that has gone; what is being written is written.</param>
    /// <returns>The new transfer's id, or that of the one that had caught up its deal before it came; <see langword="null"/> if the portal had delivered this event before.</returns>
    public async Task<TransferId?> AcceptAsync(Portal portal, RobotCall call, bool verified, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var connection = await ConnectionOfAsync(portal, call, cancellationToken);
        var transfer = new NewTransfer
        {
            Id = TransferId.New(now),
            Portal = portal.Id,
            RobotCode = call.Code,
            EventToken = call.EventToken,
            WorkflowId = call.WorkflowId,
            EntityTypeId = call.EntityTypeId,
            ItemId = call.ItemId,
            UserId = call.Auth.UserId,
            Connection = connection,
            Properties = JsonSerializer.Serialize(call.Properties),
            Waits = call.Waits,
            TimesOutAt = call.Timeout is { } timeout ? call.CalledAt + timeout : null,
            CalledAt = call.CalledAt,
            ReceivedAt = now,
            GiveUpAt = now + options.Value.GiveUpAfter,
            SkipsIfLate = RobotSettings.SkipsIfLate(call.Properties),
            Verified = verified,
            Trace = Telemetry.Current,
        };

        // The tokens first: a transfer that is taken at once must find them.
        if (verified)
        {
            await KeepTokensAsync(portal, call.Auth, cancellationToken);
        }

        if (await store.TakeInAsync(transfer, cancellationToken) is not { } id)
        {
            Log.Repeated(logger, portal.Address.Authority, call.ItemId);
            return null;
        }

        if (id != transfer.Id)
        {
            Log.Joined(logger, portal.Address.Authority, call.ItemId, id);
        }

        if (verified)
        {
            await ReconnectAsync(portal, call.Auth, cancellationToken);
            signal.Wake(new Lane(portal.Id, connection));
        }

        return id;
    }

    string IRobotInbox.RobotCode => SendToEsb;

    async Task<string?> IRobotInbox.AcceptAsync(Portal portal, RobotCall call, bool verified, CancellationToken cancellationToken) =>
        (await AcceptAsync(portal, call, verified, cancellationToken))?.Value;

    async Task<IReadOnlyList<UnverifiedCall>> IRobotInbox.UnverifiedAsync(CancellationToken cancellationToken) =>
        [.. (await store.UnverifiedAsync(cancellationToken)).Select(Unverified)];

    async Task<UnverifiedCall?> IRobotInbox.FindUnverifiedAsync(string name, CancellationToken cancellationToken) =>
        await store.FindAsync(new TransferId(name), cancellationToken) is { } transfer ? Unverified(transfer) : null;

    async Task IRobotInbox.ConfirmAsync(string name, CancellationToken cancellationToken)
    {
        // Looked up before: one that joins another transfer is gone afterwards.
        if (await store.FindAsync(new TransferId(name), cancellationToken) is { } transfer)
        {
            await store.ConfirmAsync(transfer.Id, cancellationToken);
            signal.Wake(transfer.Lane);
        }
    }

    Task IRobotInbox.DiscardAsync(string name, CancellationToken cancellationToken) => store.DiscardUnverifiedAsync(new TransferId(name), cancellationToken);

    private static UnverifiedCall Unverified(Transfer transfer) =>
        new(transfer.Id.Value, transfer.Request.Portal, transfer.Request.EventToken, transfer.Request.GiveUpAt);

    /// <summary>The connection that a robot's call is for: its property, or the first usable one where that is empty; <c>""</c> if there is none.</summary>
    internal async Task<string> ConnectionOfAsync(Portal portal, RobotCall call, CancellationToken cancellationToken)
    {
        var connection = call.Properties.TryGetValue("connection", out var values) && values.Count > 0 ? values[0].Trim() : "";
        if (connection.Length > 0)
        {
            return connection[..Math.Min(connection.Length, LongestConnection)];
        }

        var usable = await connections.UsableByAsync(portal, cancellationToken);
        return usable.Count > 0 ? usable[0].Code : "";
    }

    /// <summary>Keeps the tokens that a call has brought.</summary>
    internal async Task KeepTokensAsync(Portal portal, IncomingAuth auth, CancellationToken cancellationToken)
    {
        if (auth is { Tokens: { } callTokens, UserId: { } userId })
        {
            await tokens.KeepAsync(new TokenOwner(portal.MemberId, userId), callTokens, cancellationToken);
        }
    }

    /// <summary>A call with tokens came: its portal is connected again, if it was not.</summary>
    internal async Task ReconnectAsync(Portal portal, IncomingAuth auth, CancellationToken cancellationToken)
    {
        // As it stands now: a transfer that ran out of tokens a moment ago may have disconnected the portal since it was looked up.
        if (auth.Tokens is not null && await portals.FindAsync(portal.Id, cancellationToken) is { State: PortalState.Disconnected } disconnected)
        {
            await ReconnectAsync(disconnected, cancellationToken);
        }
    }

    /// <summary>Fresh tokens came from a portal that counted as disconnected: what was parked goes on.</summary>
    public async Task ReconnectAsync(Portal portal, CancellationToken cancellationToken)
    {
        await portals.SetStateAsync(portal.Id, PortalState.Connected, null, cancellationToken);
        await store.UnparkAsync(portal.Id, cancellationToken);
        foreach (var backlog in await store.BacklogAsync(cancellationToken))
        {
            if (backlog.Lane.Portal == portal.Id)
            {
                signal.Wake(backlog.Lane);
            }
        }

        Log.Reconnected(logger, portal.Address.Authority);
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Information, "{Portal} delivered the robot's call for deal {DealId} again; it is one transfer")]
        public static partial void Repeated(ILogger logger, string portal, long dealId);

        [LoggerMessage(2103, LogLevel.Information, "{Portal} delivered the robot's call for deal {DealId} late; transfer {TransferId} has caught it up and answers it")]
        public static partial void Joined(ILogger logger, string portal, long dealId, TransferId transferId);

        [LoggerMessage(2102, LogLevel.Information, "{Portal} is connected again; its waiting transfers go on")]
        public static partial void Reconnected(ILogger logger, string portal);
    }
}
