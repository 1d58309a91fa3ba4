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
using B24RobotApp.Transfers.Sharing;

namespace B24RobotApp.Robots;

/// <summary>
/// Robot calls whose application token is not the stored one. If a trusted authorization server vouches for the access token that came along, the call counts; otherwise it never happened. Their access
/// tokens are in memory only. For a call that is older than the process, or that nobody could be asked about within the hour, the portal itself is asked: it has signed its event tokens and
/// knows a forged one.
/// </summary>
internal sealed partial class UnverifiedCalls(
    TokenVerification verification, PortalVisitors visitors, SourcePortals sources, PortalStore portals, TokenStore tokens, IEnumerable<IRobotInbox> inboxes,
    IWorkShare share, TimeProvider clock, ILogger<UnverifiedCalls> logger) : BackgroundService
{
    private const int AtOnce = 8;

    /// <summary>A stranger can make such calls as he likes, and each costs a row and a question; a portal whose token has changed has so many deals at once at most.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
    private readonly ConcurrentDictionary<string, Waiting> _known = new();

    /// <summary>Whether another call can wait to be verified.</summary>
    public bool HasRoom => _known.Count < Most;

    public void Verify(IRobotInbox inbox, string call, Portal portal, IncomingAuth auth)
    {
        var waiting = new Waiting(inbox, call, portal, auth);
        if (_known.TryAdd(call, waiting))
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
            Log.Broke(logger, exception, waiting.Call);
        }
        finally
        {
            _known.TryRemove(waiting.Call, out _);
        }
    }

    /// <returns><see langword="false"/> if nobody could be asked.</returns>
    private async Task<bool> TryVerifyAsync(Waiting waiting, CancellationToken cancellationToken)
    {
        var (inbox, call, portal, auth) = waiting;
        try
        {
            if (await portals.IsApplicationTokenAsync(portal.Id, auth.ApplicationToken, cancellationToken))
            {
                // A call before this one has brought the new token.
                await ConfirmAsync(inbox, call, portal, cancellationToken);
                return true;
            }

            var verified = await verification.VerifyAsync(
                auth.Tokens!.Access, portal.Address.Authority, portal.OAuthServer.AbsoluteUri, portal.MemberId, cancellationToken);
            if (verified is null or { IsOtherApplication: true })
            {
                await DiscardAsync(inbox, call, portal, cancellationToken);
                return true;
            }

            // With the application token one can speak for the whole portal, so it takes an administrator's token to bring a new one. Other users' calls count one by one, and not by their tokens,
            // which any script in the portal's frame has: an employee could send deals that he may not see. The portal says whether it has signed the call's event token.
            var user = await visitors.WhoIsAsync(portal.Address, auth.Tokens.Access, cancellationToken);
            if (!user.IsAdministrator
                && (await inbox.FindUnverifiedAsync(call, cancellationToken) is not { } unverified
                    || !await visitors.HasSignedAsync(portal.Address, auth.Tokens.Access, unverified.EventToken, LineFor(portal), cancellationToken)))
            {
                await DiscardAsync(inbox, call, portal, cancellationToken);
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

            await ConfirmAsync(inbox, call, portal, cancellationToken);
            return true;
        }
        catch (Bitrix24Exception exception)
        {
            Log.Later(logger, portal.Address.Authority, exception.Code);
            return false;
        }
    }

    /// <summary>Looks after rows whose tokens are gone; one server does.</summary>
    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepEvery, clock);
        do
        {
            using var lead = await share.LeadAsync(stoppingToken);
            foreach (var inbox in inboxes)
            {
                foreach (var call in await inbox.UnverifiedAsync(stoppingToken))
                {
                    if (!_known.ContainsKey(call.Name) && await portals.FindAsync(call.Portal, stoppingToken) is { } portal)
                    {
                        await AskPortalAsync(inbox, call, portal, stoppingToken);
                    }
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task AskPortalAsync(IRobotInbox inbox, UnverifiedCall call, Portal portal, CancellationToken cancellationToken)
    {
        try
        {
            await sources.CallAsync(portal, null, RobotEvents.Log(call.EventToken, LineFor(portal)));
            await ConfirmAsync(inbox, call.Name, portal, cancellationToken);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // Everything but this code says that the token is genuine and its workflow is past.
            if (exception.HasCode("ACCESS_DENIED"))
            {
                await DiscardAsync(inbox, call.Name, portal, cancellationToken);
            }
            else
            {
                await ConfirmAsync(inbox, call.Name, portal, cancellationToken);
            }
        }
        catch (Bitrix24Exception exception)
        {
            Log.Later(logger, portal.Address.Authority, exception.Code);
            if (clock.GetUtcNow() > call.DropAt)
            {
                await DiscardAsync(inbox, call.Name, portal, cancellationToken);
            }
        }
    }

    private static string LineFor(Portal portal) => new PageTexts(portal.Language)["robot.checked"];

    private async Task ConfirmAsync(IRobotInbox inbox, string call, Portal portal, CancellationToken cancellationToken)
    {
        await inbox.ConfirmAsync(call, cancellationToken);
        Log.Confirmed(logger, portal.Address.Authority);
    }

    private async Task DiscardAsync(IRobotInbox inbox, string call, Portal portal, CancellationToken cancellationToken)
    {
        await inbox.DiscardAsync(call, cancellationToken);
        Log.Discarded(logger, portal.Address.Authority);
    }

    private sealed record Waiting(IRobotInbox Inbox, string Call, Portal Portal, IncomingAuth Auth);

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Information, "A robot's call from {Portal} with another application token than the stored one counts: it was vouched for")]
        public static partial void Confirmed(ILogger logger, string portal);

        [LoggerMessage(3402, LogLevel.Warning, "A robot's call in the name of {Portal} is dropped: its application token is not the portal's, and nobody vouches for it")]
        public static partial void Discarded(ILogger logger, string portal);

        [LoggerMessage(3403, LogLevel.Warning, "Whether a call with a new application token came from {Portal} is not known yet: {Code}. It is asked again")]
        public static partial void Later(ILogger logger, string portal, string code);

        [LoggerMessage(3404, LogLevel.Error, "The verification of the robot's call {Call} broke")]
        public static partial void Broke(ILogger logger, Exception exception, string call);

        [LoggerMessage(3405, LogLevel.Information, "{Portal} has a new application token; the authorization server vouched for it")]
        public static partial void NewToken(ILogger logger, string portal);
    }
}
