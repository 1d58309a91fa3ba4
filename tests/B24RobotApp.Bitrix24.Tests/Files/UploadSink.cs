using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace B24RobotApp.Bitrix24.Tests.Files;

/// <summary>A server that swallows one request's body without keeping it, and then answers or breaks the connection, perhaps before the body is complete.</summary>
internal sealed class UploadSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;
    private readonly bool _reset;
    private readonly long _breakAfter;
    private int _requests;

    public UploadSink(bool reset, long breakAfter)
    {
        (_reset, _breakAfter) = (reset, breakAfter);
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";
        _serving = ServeAsync();
    }

    public string Address { get; }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Bytes of the body.</summary>
    public long Received { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Interlocked.Increment(ref _requests);
                await SwallowAsync(socket);
                if (_reset)
                {
                    socket.LingerState = new LingerOption(true, 0);
                    socket.Close();
                }
                else
                {
                    await socket.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"result\":{}}"));
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task SwallowAsync(Socket socket)
    {
        var buffer = new byte[65_536];
        var head = new StringBuilder();
        var length = long.MaxValue;
        while (Received < Math.Min(length, _breakAfter) && await socket.ReceiveAsync(buffer, _stopping.Token) is > 0 and var read)
        {
            if (length < long.MaxValue)
            {
                Received += read;
                continue;
            }

            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var text = head.ToString();
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var end)
            {
                length = long.Parse(text.Split("Content-Length: ")[1].Split("\r\n")[0], CultureInfo.InvariantCulture);
                Received = text.Length - end - 4;
            }
        }
    }
}
