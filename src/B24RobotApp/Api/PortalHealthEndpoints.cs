using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>How the app stands with a portal and its ESBs. Nothing is asked of any portal for it: it tells what the app knows.</summary>
internal static class PortalHealthEndpoints
{
    public static void MapPortalHealth(this IEndpointRouteBuilder api) => api.MapGet("/health", ShowAsync);

    /// <summary>Whether the app can call the portal by itself.</summary>
    internal enum AccessState
    {
        /// <summary>It can, and renews its access itself.</summary>
        Lasting,

        /// <summary>It can, until a time; the next robot call or whoever opens the app brings more.</summary>
        Brief,

        /// <summary>As <see cref="Brief"/>, and it could last if client id and secret were known.</summary>
        WithoutKeys,

        /// <summary>It cannot until a robot calls or an administrator opens the app.</summary>
        Ended,

        /// <summary>It cannot: the portal said so, or the tokens are dead. An administrator has to open the app.</summary>
        Disconnected,
    }

    /// <summary>All of it.</summary>
    /// <param name="At">As of when, by the server's clock.</param>
    /// <param name="Access">The app's access to the portal.</param>
    /// <param name="Queue">The portal's transfers.</param>
    /// <param name="Robot">What the portal knows of the robot; <see langword="null"/> if it was not asked since the app's start.</param>
    /// <param name="Portal">How the portal answers and what may be asked of it.</param>
    /// <param name="Esbs">The same of its ESBs.</param>
    internal sealed record HealthReport(DateTimeOffset At, Access Access, Queue Queue, Robot? Robot, Load Portal, IReadOnlyList<Load> Esbs);

    /// <param name="State">Whether it works, and for how long.</param>
    /// <param name="Until">When the access token ends; <see langword="null"/> if there is none.</param>
    /// <param name="HasKeys">Whether client id and secret are known.</param>
    /// <param name="Reason">Why it is disconnected: the portal's code.</param>
    internal sealed record Access(AccessState State, DateTimeOffset? Until, bool HasKeys, string? Reason);

    /// <param name="Waiting">Transfers that have not ended, those under way included.</param>
    /// <param name="Running">Of these: under way.</param>
    /// <param name="Parked">Of these: wait for the portal to be connected.</param>
    /// <param name="OldestAt">When the oldest of them came.</param>
    /// <param name="Failed">Transfers that failed.</param>
    internal sealed record Queue(long Waiting, long Running, long Parked, DateTimeOffset? OldestAt, long Failed);

    /// <param name="At">When it was last compared.</param>
    /// <param name="IsRegistered">Whether all stands there as it should.</param>
    /// <param name="Problem">What the portal would not do.</param>
    internal sealed record Robot(DateTimeOffset At, bool IsRegistered, string? Problem);

    /// <summary>What may be asked of a portal now.</summary>
    /// <param name="Name">What people call it.</param>
    /// <param name="Host">Its host.</param>
    /// <param name="IsShared">A connection of the host's settings: other portals may use the ESB too, so only what concerns them all is told, and no figure that would tell of one of them.</param>
    /// <param name="PausedAt">Since when an administrator has its transfers wait.</param>
    /// <param name="Outage">Since when it does not answer; <see langword="null"/> if it does.</param>
    /// <param name="Requests">Its limit of requests per second.</param>
    /// <param name="Waiting">Calls that wait for their turn; <see langword="null"/> if it is shared.</param>
    /// <param name="Methods">The methods whose execution time is used most, and those that rest because it is used up.</param>
    internal sealed record Load(
        string Name, string Host, bool IsShared, DateTimeOffset? PausedAt, Silence? Outage, Requests Requests, int? Waiting, IReadOnlyList<Method> Methods);

    /// <param name="Since">The first failure.</param>
    /// <param name="Description">What the last attempt brought.</param>
    internal sealed record Silence(DateTimeOffset Since, string Description);

    /// <param name="Free">Requests that may leave at once.</param>
    /// <param name="Most">Requests that may leave at once after a rest.</param>
    /// <param name="PerSecond">How many a second may leave when they are used up.</param>
    internal sealed record Requests(int Free, int Most, double PerSecond);

    /// <param name="Webhook">Which of the connection's webhooks, the first being 1; <see langword="null"/> if it has one only, of a shared one, and of the portal itself.</param>
    /// <param name="Name">The method.</param>
    /// <param name="Seconds">Execution time within the last ten minutes; <see langword="null"/> if it is shared.</param>
    /// <param name="Limit">From how many on the portal refuses the method, by the documentation.</param>
    /// <param name="PausedUntil">Until when it rests because its time is used up.</param>
    internal sealed record Method(int? Webhook, string Name, double? Seconds, double Limit, DateTimeOffset? PausedUntil);

    internal static async Task<Results<Ok<HealthReport>, UnauthorizedHttpResult>> ShowAsync(
        ClaimsPrincipal user, ApiVisitors visitors, PortalHealth health, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor
            ? TypedResults.Ok(await health.ReadAsync(visitor, cancellationToken))
            : TypedResults.Unauthorized();
}
