using System.Net;
using System.Net.Sockets;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>
/// Connects as browsers do: every name under <c>localhost</c> is this machine (RFC 6761, 6.3), whatever its resolver knows. So an application
/// can have an address that is another site than the portals'.
/// </summary>
internal static class LoopbackNames
{
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint endPoint = context.DnsEndPoint.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
                ? new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port)
                : context.DnsEndPoint;
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
