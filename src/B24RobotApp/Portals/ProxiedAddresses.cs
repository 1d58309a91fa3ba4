using System.Net;
using System.Net.Sockets;

namespace B24RobotApp.Portals;

/// <summary>
/// Behind a proxy the app does not connect by itself, so <see cref="AddressGuard"/> never sees where a request goes. What the address itself gives away is refused here: numbers of private networks, and
/// names that are not of the internet. What other names resolve to is known to the proxy alone; it must not let the app into the host's network.
/// </summary>
internal sealed class ProxiedAddresses(AddressGuard guard) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        var isPermitted = IPAddress.TryParse(address.IdnHost, out var number)
            ? guard.IsPermitted(number, address.Scheme == Uri.UriSchemeHttp)
            : address.IdnHost.TrimEnd('.').Contains('.', StringComparison.Ordinal);
        return isPermitted
            ? base.SendAsync(request, cancellationToken)
            : Task.FromException<HttpResponseMessage>(
                new HttpRequestException(HttpRequestError.ConnectionError, "Refused.", new SocketException((int)SocketError.AccessDenied)));
    }
}
