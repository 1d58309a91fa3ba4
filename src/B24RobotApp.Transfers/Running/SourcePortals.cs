using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Access to source portals. The installing administrator's tokens come first, since they read every deal and let the calls of many robots share batches; the tokens of the user whose
/// robot called stand in where those fail.
/// </summary>
public sealed class SourcePortals(
    PortalClients clients, TokenStore tokens, TokenRefresher refresher, PortalStore portals, PortalAddressRules addresses, TimeProvider clock)
{
    /// <summary>The client for one user of a portal.</summary>
    public PortalClient For(Portal portal, long userId)
    {
        async ValueTask<bool> MoveAsync(Uri address, CancellationToken cancellationToken)
        {
            if (!addresses.IsAllowed(address))
            {
                return false;
            }

            await portals.SetAddressAsync(portal.Id, address, cancellationToken);
            return true;
        }

        return clients.For(new UserCredential(new TokenOwner(portal.MemberId, userId), portal.Address, tokens, refresher, MoveAsync, clock));
    }

    /// <summary>Calls one method with the first user's tokens that work.</summary>
    /// <exception cref="Bitrix24Exception">No user's tokens work, or the call failed.</exception>
    public async Task<CallResult> CallAsync(Portal portal, long? robotUser, Call call)
    {
        var (_, outcomes) = await CallGroupAsync(portal, robotUser, [call], _ => false);
        return outcomes[0].GetOrThrow();
    }

    /// <summary>Runs calls with the first user's tokens that work.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="robotUser">The user whose token came with the robot's call.</param>
    /// <param name="calls">At most a batch.</param>
    /// <param name="isDenied">Whether the outcomes say that this user lacks rights which another may have.</param>
    /// <returns>The client that ran them, and how each ended.</returns>
    /// <exception cref="Bitrix24Exception">No user's tokens work; a failure that passes by itself counts before one that does not.</exception>
    public async Task<(PortalClient Client, IReadOnlyList<CallOutcome> Outcomes)> CallGroupAsync(
        Portal portal, long? robotUser, IReadOnlyList<Call> calls, Func<IReadOnlyList<CallOutcome>, bool> isDenied)
    {
        Bitrix24Exception? failed = null;
        (PortalClient, IReadOnlyList<CallOutcome>)? denied = null;
        long[] users = robotUser is { } user && user != portal.InstallerUserId ? [portal.InstallerUserId, user] : [portal.InstallerUserId];
        foreach (var owner in users)
        {
            try
            {
                var client = For(portal, owner);
                var outcomes = await client.CallGroupAsync(new CallGroup(calls), CancellationToken.None);

                // A call that travels alone, or in front of others one by one, brings such a failure as its outcome. Then none of them has run.
                if (outcomes[0].Failure is { } failure && IsOfTheUser(portal, failure))
                {
                    failed = Worse(failed, failure);
                }
                else if (!isDenied(outcomes))
                {
                    return (client, outcomes);
                }
                else
                {
                    denied ??= (client, outcomes);
                }
            }
            catch (Bitrix24Exception exception) when (IsOfTheUser(portal, exception))
            {
                failed = Worse(failed, exception);
            }
        }

        return denied ?? throw failed ?? throw new InvalidOperationException("A portal without an installing user.");
    }

    /// <summary>This user is gone, may not use the app, has no tokens that live or cannot get new ones now; the next one's may do.</summary>
    private static bool IsOfTheUser(Portal portal, Bitrix24Exception failure) =>
        failure.Kind == FailureKind.Disconnected || failure.HasCode("user_access_error") || failure.PortalHost == portal.OAuthServer.Authority;

    /// <summary>As long as one user's tokens may come back by themselves the portal is not lost.</summary>
    private static Bitrix24Exception Worse(Bitrix24Exception? first, Bitrix24Exception second) =>
        first is null || (first.Kind == FailureKind.Disconnected && second.Kind != FailureKind.Disconnected) ? second : first;
}
