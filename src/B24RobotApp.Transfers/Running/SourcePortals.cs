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

    /// <summary>Runs calls with the first user's tokens that work.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="robotUser">The user whose token came with the robot's call.</param>
    /// <param name="call">What to do with a client.</param>
    /// <param name="isDenied">Whether an answer says that this user lacks rights which another may have.</param>
    /// <exception cref="Bitrix24Exception">No user's tokens work; of the failures the first one's.</exception>
    public async Task<T> CallAsync<T>(Portal portal, long? robotUser, Func<PortalClient, Task<T>> call, Func<T, bool> isDenied)
    {
        Bitrix24Exception? first = null;
        var users = robotUser is { } user && user != portal.InstallerUserId ? [portal.InstallerUserId, user] : new[] { portal.InstallerUserId };
        for (var i = 0; i < users.Length; i++)
        {
            try
            {
                var answer = await call(For(portal, users[i]));
                if (i == users.Length - 1 || !isDenied(answer))
                {
                    return answer;
                }
            }
            catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Disconnected || exception.HasCode("user_access_error"))
            {
                // This user is gone or has no tokens that live; the next one's may.
                first ??= exception;
            }
        }

        throw first ?? throw new InvalidOperationException("A portal without an installing user.");
    }
}
