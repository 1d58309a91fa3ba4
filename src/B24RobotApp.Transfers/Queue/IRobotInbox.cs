using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Queue;

/// <summary>Where the calls of one robot become promises. A robot is a definition in <c>app-manifest/robots</c>, an inbox that reads its properties, and what does the work afterwards.</summary>
public interface IRobotInbox
{
    /// <summary>The robot's code as registered.</summary>
    string RobotCode { get; }

    /// <summary>Writes a call to the disk; when this returns it is there.</summary>
    /// <param name="portal">The portal that called.</param>
    /// <param name="call">Its call.</param>
    /// <param name="verified">Whether the application token was the stored one. If not, the call waits until somebody has vouched for it.</param>
    /// <param name="cancellationToken">Ends the waiting of a caller that has gone; what is being written is written.</param>
    /// <returns>Its name for the methods below; <see langword="null"/> if the portal had delivered this event before.</returns>
    Task<string?> AcceptAsync(Portal portal, RobotCall call, bool verified, CancellationToken cancellationToken);

    /// <summary>Calls that nobody has vouched for yet, oldest first.</summary>
    Task<IReadOnlyList<UnverifiedCall>> UnverifiedAsync(CancellationToken cancellationToken);

    /// <summary>A call that nobody has vouched for yet; <see langword="null"/> if there is none of this name.</summary>
    Task<UnverifiedCall?> FindUnverifiedAsync(string name, CancellationToken cancellationToken);

    /// <summary>Somebody vouched for the call: its work begins.</summary>
    Task ConfirmAsync(string name, CancellationToken cancellationToken);

    /// <summary>Nobody vouched for the call: it never came.</summary>
    Task DiscardAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A robot's call whose application token is not the stored one.</summary>
/// <param name="Name">Its name in its inbox.</param>
/// <param name="Portal">In whose name it came.</param>
/// <param name="EventToken">What the portal, if it was the portal, has signed.</param>
/// <param name="DropAt">When it is not waited for any longer that somebody can be asked.</param>
public sealed record UnverifiedCall(string Name, PortalId Portal, string EventToken, DateTimeOffset DropAt);
