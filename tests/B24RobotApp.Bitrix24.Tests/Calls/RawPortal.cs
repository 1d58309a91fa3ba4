using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>A server at the level of sockets, for what no HTTP server does on purpose: cut bodies, resets, silence.</summary>
internal sealed class RawPortal : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<Socket, Task> _afterRequest;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="afterRequest">What happens to the connection once a whole request was read.</param>
    public RawPortal(Func<Socket, Task> afterRequest)
    {
        _afterRequest = afterRequest;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>Requests that were read whole.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Done when the first request was read whole.</summary>
    public Task Requested => _requested.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

    public static Task SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), SocketFlags.None);

    /// <summary>Ends the connection with a reset instead of a farewell.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        // The listener last: the loop may be about to accept once more, which a stopped listener refuses in its own way.
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[65_536];
                var length = 0;
                while (true)
                {
                    var read = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, _stopping.Token);
                    if (read == 0)
                    {
                        return;
                    }

                    length += read;
                    if (IsWhole(Encoding.UTF8.GetString(buffer, 0, length), length))
                    {
                        length = 0;
                        Interlocked.Increment(ref _requests);
                        _requested.TrySetResult();
                        await _afterRequest(socket);
                    }
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // Cut by the test.
            }
        }
    }

    private static bool IsWhole(string text, int bytes)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var header = text[..end].Split("\r\n").SingleOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return bytes >= end + 4 + int.Parse(header?.Split(':')[1] ?? "0", CultureInfo.InvariantCulture);
    }
}
