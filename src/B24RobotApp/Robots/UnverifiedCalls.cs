using System.Threading.Channels;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Robots;

/// <summary>
/// Robot calls whose application token is not the stored one. If a trusted authorization server vouches for the access token they brought, the new application token is the right one from now on;
/// otherwise the call never happened. Their access tokens stand in memory only, so what a restart left unverified is discarded when its hour is over.
/// </summary>
internal sealed partial class UnverifiedCalls(
    TokenVerification verification, PortalStore portals, TokenStore tokens, TransferStore transfers, TransferSignal signal, TimeProvider clock,
    ILogger<UnverifiedCalls> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(1);

    // More than this many strangers at once are not worth the memory; the rows stay and lapse.
    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Verify(TransferId transfer, Portal portal, IncomingAuth auth) => _waiting.Writer.TryWrite(new Waiting(transfer, portal, auth));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await DiscardOrphansAsync(stoppingToken);
            await foreach (var waiting in _waiting.Reader.ReadAllAsync(stoppingToken))
            {
                await VerifyAsync(waiting, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; the rows stay unverified.
        }
    }

    /// <summary>Rows of an earlier process: the tokens that could have proved them are gone.</summary>
    private async Task DiscardOrphansAsync(CancellationToken cancellationToken)
    {
        foreach (var orphan in await transfers.UnverifiedAsync(cancellationToken))
        {
            await transfers.DiscardUnverifiedAsync(orphan.Id, cancellationToken);
            Log.Lapsed(logger, orphan.Request.ItemId, orphan.Request.Portal);
        }
    }

    private async Task VerifyAsync(Waiting waiting, CancellationToken cancellationToken)
    {
        var (transfer, portal, auth) = waiting;
        try
        {
            var verified = await verification.VerifyAsync(
                auth.Tokens!.Access, portal.Address.Authority, portal.OAuthServer.AbsoluteUri, portal.MemberId, cancellationToken);
            if (verified is null)
            {
                await transfers.DiscardUnverifiedAsync(transfer, cancellationToken);
                Log.Discarded(logger, portal.Address.Authority);
                return;
            }

            await portals.SaveApplicationTokenAsync(portal.Id, auth.ApplicationToken, cancellationToken);
            if (auth.UserId is { } user)
            {
                await tokens.KeepAsync(new TokenOwner(portal.MemberId, user), auth.Tokens, cancellationToken);
            }

            await transfers.ConfirmAsync(transfer, cancellationToken);
            if (await transfers.FindAsync(transfer, cancellationToken) is { } confirmed)
            {
                signal.Wake(confirmed.Lane);
            }

            Log.Confirmed(logger, portal.Address.Authority);
        }
        catch (Bitrix24Exception exception)
        {
            // Nobody could be asked. Later, as long as the token lives.
            Log.Later(logger, portal.Address.Authority, exception.Code);
            if (auth.Tokens!.ExpiresAt + TokenLife > clock.GetUtcNow())
            {
                _ = VerifyLaterAsync(waiting, cancellationToken);
            }
        }
    }

    private async Task VerifyLaterAsync(Waiting waiting, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Again, clock, cancellationToken);
            _waiting.Writer.TryWrite(waiting);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private sealed record Waiting(TransferId Transfer, Portal Portal, IncomingAuth Auth);

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Information, "{Portal} has a new application token; the authorization server vouched for it")]
        public static partial void Confirmed(ILogger logger, string portal);

        [LoggerMessage(3402, LogLevel.Warning, "A robot's call in the name of {Portal} is dropped: its application token is not the portal's, and nobody vouches for its access token")]
        public static partial void Discarded(ILogger logger, string portal);

        [LoggerMessage(3403, LogLevel.Warning, "Whether a call with a new application token came from {Portal} is not known yet: {Code}. The authorization server is asked again")]
        public static partial void Later(ILogger logger, string portal, string code);

        [LoggerMessage(3404, LogLevel.Warning, "A call for deal {DealId} of portal {PortalId} is dropped: it was not verified before the app stopped. If the deal is missing on the ESB, start its robot again")]
        public static partial void Lapsed(ILogger logger, long dealId, PortalId portalId);
    }
}
