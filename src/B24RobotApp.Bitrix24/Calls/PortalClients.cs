using System.Collections.Concurrent;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// The clients of all portals, one per credential, and the leaky buckets, one per portal host. One instance per process: what it counts is counted by the portal per source address.
/// </summary>
/// <param name="http">Follows no redirects, sends no cookies and logs nothing; its own time-out is infinite.</param>
/// <param name="limits">The same for all portals.</param>
/// <param name="clock">The time.</param>
/// <param name="loggers">Logs hosts and methods, never parameters.</param>
public sealed class PortalClients(HttpClient http, PortalLimits limits, TimeProvider clock, ILoggerFactory loggers)
{
    private readonly ConcurrentDictionary<string, PortalClient> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LeakyBucket> _buckets = new(StringComparer.OrdinalIgnoreCase);
    private volatile Func<string, double> _shareOf = _ => 1;
    private volatile bool _isOpen;
    private readonly ILogger<PortalClient> _logger = loggers.CreateLogger<PortalClient>();

    /// <summary>What each portal's execution time was used for, by all credentials kept here; of several, the one that has used most.</summary>
    public IReadOnlyList<(string Portal, MethodUse Use)> OperatingUse =>
    [
        .. _clients.Values
            .SelectMany(client => client.OperatingUse.Select(use => (Portal: client.Portal.Authority, Use: use)))
            .GroupBy(one => (one.Portal, one.Use.Method))
            .Select(same => same.MaxBy(one => one.Use.Seconds)),
    ];

    /// <summary>How fast each portal may be asked.</summary>
    public PortalLimits Limits => limits;

    /// <summary>Keeps to a part of each portal's limit, since other processes use the rest from the same address.</summary>
    /// <param name="shareOf">The part of a portal's host, as in <see cref="LeakyBucket.KeepTo"/>.</param>
    public void KeepTo(Func<string, double> shareOf)
    {
        _shareOf = shareOf;
        foreach (var (host, bucket) in _buckets)
        {
            bucket.KeepTo(shareOf(host));
        }
    }

    /// <summary>Whether no request leaves this process at the moment, so that nobody need wait for his turn (<see cref="LeakyBucket.Open"/>).</summary>
    public void Open(bool isOpen)
    {
        _isOpen = isOpen;
        foreach (var bucket in _buckets.Values)
        {
            bucket.Open(isOpen);
        }
    }

    /// <summary>The client that sends with this credential; the same one for equal keys.</summary>
    public PortalClient For(PortalCredential credential) =>
        _clients.GetOrAdd(credential.Key, _ => Once(credential));

    /// <summary>A client for a few calls with a credential that is not kept, such as the token of someone who just opened a page. It shares the portal's bucket.</summary>
    public PortalClient Once(PortalCredential credential) =>
        new(credential, http, BucketOf(credential.Portal), limits, clock, _logger);

    private LeakyBucket BucketOf(Uri portal) =>
        _buckets.GetOrAdd(
            portal.Authority,
            host =>
            {
                var bucket = new LeakyBucket(limits.RequestsPerSecond, limits.Burst, clock) { Portal = host };
                bucket.KeepTo(_shareOf(host));
                bucket.Open(_isOpen);
                return bucket;
            });
}
