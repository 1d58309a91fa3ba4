using System.Collections.Concurrent;
using System.Threading.Channels;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Robots;

/// <summary>
/// Robot calls whose application token is not the stored one. If a trusted authorization server vouches for the access token that came along, the call counts; otherwise it never happened. Their access
/// tokens are in memory only. For a call that is older than the process, or that nobody could be asked about within the hour, the portal itself is asked: it has signed its event tokens and
/// knows a forged one.
/// </summary>
internal sealed partial class UnverifiedCalls(
    TokenVerification verification, PortalVisitors visitors, SourcePortals sources, PortalStore portals, TokenStore tokens, TransferStore transfers,
    TransferSignal signal, TimeProvider clock, ILogger<UnverifiedCalls> logger) : BackgroundService
{
    private const int AtOnce = 8;

    /// <summary>A stranger can make such calls as he likes, and each costs a row and a question; a portal whose token has changed has so many deals at once at most.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
    private readonly ConcurrentDictionary<TransferId, Waiting> _known = new();

    /// <summary>Whether another call can wait to be verified.</summary>
    public bool HasRoom => _known.Count < Most;

    public void Verify(TransferId transfer, Portal portal, IncomingAuth auth)
    {
        var waiting = new Waiting(transfer, portal, auth);
        if (_known.TryAdd(transfer, waiting))
        {
            _waiting.Writer.TryWrite(waiting);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken };
            await Task.WhenAll(
                Parallel.ForEachAsync(_waiting.Reader.ReadAllAsync(stoppingToken), parallel, VerifyAsync),
                SweepAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; the next start asks the portals.
        }
    }

    /// <summary>Asks the authorization server for as long as the token lives.</summary>
    private async ValueTask VerifyAsync(Waiting waiting, CancellationToken stoppingToken)
    {
        try
        {
            while (!await TryVerifyAsync(waiting, stoppingToken) && waiting.Auth.Tokens!.ExpiresAt > clock.GetUtcNow())
            {
                await Task.Delay(Again, clock, stoppingToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A defect, or a store that cannot write: the row stays, and so do the others' turns.
            Log.Broke(logger, exception, waiting.Transfer);
        }
        finally
        {
            _known.TryRemove(waiting.Transfer, out _);
        }
    }

    /// <returns><see langword="false"/> if nobody could be asked.</returns>
    private async Task<bool> TryVerifyAsync(Waiting waiting, CancellationToken cancellationToken)
    {
        var (transfer, portal, auth) = waiting;
        try
        {
            if (await portals.IsApplicationTokenAsync(portal.Id, auth.ApplicationToken, cancellationToken))
            {
                // A call before this one has brought the new token.
                await ConfirmAsync(transfer, portal, cancellationToken);
                return true;
            }

            var verified = await verification.VerifyAsync(
                auth.Tokens!.Access, portal.Address.Authority, portal.OAuthServer.AbsoluteUri, portal.MemberId, cancellationToken);
            if (verified is null or { IsOtherApplication: true })
            {
                await DiscardAsync(transfer, portal, cancellationToken);
                return true;
            }

            // With the application token one can speak for the whole portal, so it takes an administrator's token to bring a new one. Other users' calls count one by one, and not by their tokens,
            // which any script in the portal's frame has: an employee could send deals that he may not see. The portal says whether it has signed the call's event token.
            var user = await visitors.WhoIsAsync(portal.Address, auth.Tokens.Access, cancellationToken);
            if (!user.IsAdministrator
                && (await transfers.FindAsync(transfer, cancellationToken) is not { } unverified
                    || !await visitors.HasSignedAsync(portal.Address, auth.Tokens.Access, unverified.Request.EventToken, LineFor(portal), cancellationToken)))
            {
                await DiscardAsync(transfer, portal, cancellationToken);
                return true;
            }

            if (user.IsAdministrator)
            {
                await portals.SaveApplicationTokenAsync(portal.Id, auth.ApplicationToken, cancellationToken);
                Log.NewToken(logger, portal.Address.Authority);
            }

            if (user.Id > 0)
            {
                await tokens.KeepAsync(new TokenOwner(portal.MemberId, user.Id), auth.Tokens, cancellationToken);
            }

            await ConfirmAsync(transfer, portal, cancellationToken);
            return true;
        }
        catch (Bitrix24Exception exception)
        {
            Log.Later(logger, portal.Address.Authority, exception.Code);
            return false;
        }
    }

    /// <summary>Looks after rows whose tokens are gone.</summary>
    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepEvery, clock);
        do
        {
            foreach (var transfer in await transfers.UnverifiedAsync(stoppingToken))
            {
                if (!_known.ContainsKey(transfer.Id) && await portals.FindAsync(transfer.Request.Portal, stoppingToken) is { } portal)
                {
                    await AskPortalAsync(transfer, portal, stoppingToken);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task AskPortalAsync(Transfer transfer, Portal portal, CancellationToken cancellationToken)
    {
        try
        {
            await sources.CallAsync(portal, null, RobotEvents.Log(transfer.Request.EventToken, LineFor(portal)));
            await ConfirmAsync(transfer.Id, portal, cancellationToken);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // Everything but this code says that the token is genuine and its workflow is past.
            if (exception.HasCode("ACCESS_DENIED"))
            {
                await DiscardAsync(transfer.Id, portal, cancellationToken);
            }
            else
            {
                await ConfirmAsync(transfer.Id, portal, cancellationToken);
            }
        }
        catch (Bitrix24Exception exception)
        {
            Log.Later(logger, portal.Address.Authority, exception.Code);
            if (clock.GetUtcNow() > transfer.Request.GiveUpAt)
            {
                await DiscardAsync(transfer.Id, portal, cancellationToken);
            }
        }
    }

    private static string LineFor(Portal portal) => new PageTexts(portal.Language)["robot.checked"];

    private async Task ConfirmAsync(TransferId transfer, Portal portal, CancellationToken cancellationToken)
    {
        // Looked up before: one that joins another transfer is gone afterwards.
        if (await transfers.FindAsync(transfer, cancellationToken) is { } unverified)
        {
            await transfers.ConfirmAsync(transfer, cancellationToken);
            signal.Wake(unverified.Lane);
        }

        Log.Confirmed(logger, portal.Address.Authority);
    }

    private async Task DiscardAsync(TransferId transfer, Portal portal, CancellationToken cancellationToken)
    {
        await transfers.DiscardUnverifiedAsync(transfer, cancellationToken);
        Log.Discarded(logger, portal.Address.Authority);
    }

    private sealed record Waiting(TransferId Transfer, Portal Portal, IncomingAuth Auth);

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Information, "A robot's call from {Portal} with another application token than the stored one counts: it was vouched for")]
        public static partial void Confirmed(ILogger logger, string portal);

        [LoggerMessage(3402, LogLevel.Warning, "A robot's call in the name of {Portal} is dropped: its application token is not the portal's, and nobody vouches for it")]
        public static partial void Discarded(ILogger logger, string portal);

        [LoggerMessage(3403, LogLevel.Warning, "Whether a call with a new application token came from {Portal} is not known yet: {Code}. It is asked again")]
        public static partial void Later(ILogger logger, string portal, string code);

        [LoggerMessage(3404, LogLevel.Error, "The verification of transfer {TransferId} broke")]
        public static partial void Broke(ILogger logger, Exception exception, TransferId transferId);

        [LoggerMessage(3405, LogLevel.Information, "{Portal} has a new application token; the authorization server vouched for it")]
        public static partial void NewToken(ILogger logger, string portal);
    }
}
