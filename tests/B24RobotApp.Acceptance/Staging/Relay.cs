using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A line to a server that can be cut and joined again: while it is cut, connections are refused.</summary>
internal sealed class Relay(Uri server) : IAsyncDisposable
{
    private readonly ConcurrentBag<Socket> _sockets = [];
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>The server's address by way of this line.</summary>
    public Uri Url { get; } = new UriBuilder(server) { Port = Sandbox.Demo.AppProcess.FreePort() }.Uri;

    public void Join()
    {
        _listener = new TcpListener(IPAddress.Loopback, Url.Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    public async Task CutAsync()
    {
        _listener?.Stop();
        await _accepting;
        while (_sockets.TryTake(out var socket))
        {
            socket.Dispose();
        }
    }

    public async ValueTask DisposeAsync() => await CutAsync();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var from = await listener.AcceptSocketAsync();
                var to = new Socket(SocketType.Stream, ProtocolType.Tcp);
                _sockets.Add(from);
                _sockets.Add(to);
                await to.ConnectAsync(IPAddress.Loopback, server.Port);
                _ = PumpAsync(from, to);
                _ = PumpAsync(to, from);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The line was cut.
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            await source.CopyToAsync(target);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // The line was cut, or one side has hung up.
        }
    }
}
