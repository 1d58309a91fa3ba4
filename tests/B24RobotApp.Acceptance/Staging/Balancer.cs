using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>What stands in front of several servers: each connection goes to the next one that takes it.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private volatile IReadOnlyList<Uri> _servers = [];
    private int _next;

    public Balancer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Those that it knows; the check that a real one makes is made by the test.</summary>
    public IReadOnlyList<Uri> Servers
    {
        get => _servers;
        set => _servers = value;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        while (_sockets.TryTake(out var socket))
        {
            socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task CarryAsync(Socket from)
    {
        _sockets.Add(from);
        var servers = _servers;
        for (var tries = 0; tries < servers.Count; tries++)
        {
            var to = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await to.ConnectAsync(IPAddress.Loopback, servers[(Interlocked.Increment(ref _next) & int.MaxValue) % servers.Count].Port);
            }
            catch (SocketException)
            {
                to.Dispose();
                continue;
            }

            _sockets.Add(to);
            await Task.WhenAll(PumpAsync(from, to), PumpAsync(to, from));
            return;
        }

        from.Dispose();
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
            // One side is gone; the other one hears of it.
            from.Dispose();
            to.Dispose();
        }
    }
}
