using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace B24RobotApp.Benchmarks.Intake;

/// <summary>What one run of the load brought.</summary>
internal sealed record LoadResult(int Answered, int Refused, TimeSpan Elapsed, TimeSpan Median, TimeSpan P99, TimeSpan Worst)
{
    public double PerSecond => Answered / Elapsed.TotalSeconds;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Answered};{Refused};{Elapsed.TotalMilliseconds};{Median.TotalMilliseconds};{P99.TotalMilliseconds};{Worst.TotalMilliseconds}");

    public static LoadResult Parse(string line)
    {
        var parts = line.Split(';');
        TimeSpan Ms(int i) => TimeSpan.FromMilliseconds(double.Parse(parts[i], CultureInfo.InvariantCulture));
        return new LoadResult(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), Ms(2), Ms(3), Ms(4), Ms(5));
    }
}

/// <summary>
/// Posts robot calls over kept-alive connections, as cheaply as it can, since it shares the machine's two cores with the server it measures. Each call has an event token and a
/// deal of its own.
/// </summary>
internal sealed class RobotCallLoad(Uri server, string memberId, string applicationToken)
{
    /// <summary>Sends calls.</summary>
    /// <param name="calls">How many in all.</param>
    /// <param name="connections">How many are under way at once.</param>
    /// <param name="perSecond">The pace; 0 for as fast as possible.</param>
    public async Task<LoadResult> RunAsync(int calls, int connections, int perSecond)
    {
        var times = new TimeSpan[calls];
        var refused = 0;
        var next = -1;
        var run = Guid.NewGuid().ToString("N");
        var total = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(WorkAsync)));
        var elapsed = total.Elapsed;
        Array.Sort(times);
        return new LoadResult(calls - refused, refused, elapsed, times[calls / 2], times[calls * 99 / 100], times[^1]);

        async Task WorkAsync()
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server.Host, server.Port);
            var buffer = new byte[4096];
            for (var i = Interlocked.Increment(ref next); i < calls; i = Interlocked.Increment(ref next))
            {
                if (perSecond > 0)
                {
                    var due = TimeSpan.FromSeconds((double)i / perSecond) - total.Elapsed;
                    if (due > TimeSpan.Zero)
                    {
                        await Task.Delay(due, TimeProvider.System);
                    }
                }

                var request = Request(run, i);
                var started = Stopwatch.GetTimestamp();
                await socket.SendAsync(request);
                if (!await ReadOkAsync(socket, buffer))
                {
                    Interlocked.Increment(ref refused);
                }

                times[i] = Stopwatch.GetElapsedTime(started);
            }
        }
    }

    // An answer without a body: everything up to the empty line.
    private static async Task<bool> ReadOkAsync(Socket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0)
            {
                throw new InvalidOperationException("The server closed the connection.");
            }

            length += read;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                return buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8);
            }
        }
    }

    private byte[] Request(string run, int number)
    {
        var body = Body(run, number, memberId, applicationToken);
        return
        [
            .. Encoding.ASCII.GetBytes($"POST /robots/send-to-esb HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n"),
            .. body,
        ];
    }

    /// <summary>A robot's call as a portal posts it.</summary>
    /// <param name="run">Of the load; makes its event tokens unlike those of others.</param>
    /// <param name="number">Of the call within it.</param>
    /// <param name="memberId">The portal's.</param>
    /// <param name="applicationToken">The application's.</param>
    internal static byte[] Body(string run, int number, string memberId, string applicationToken)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var body = $"workflow_id={run}.{number}&code=send_to_esb&document_id%5B0%5D=crm&document_id%5B1%5D=CCrmDocumentDeal&document_id%5B2%5D=DEAL_{number + 1}"
            + "&document_type%5B0%5D=crm&document_type%5B1%5D=CCrmDocumentDeal&document_type%5B2%5D=DEAL"
            + $"&event_token={run}.{number}%7CA1_2_3_4%7C{new string('t', 32)}.{new string('a', 64)}"
            + "&properties%5Bconnection%5D=esb&properties%5Bmode%5D=update&properties%5Bdeal_title%5D=%D0%A1%D0%B4%D0%B5%D0%BB%D0%BA%D0%B0&properties%5Bsend_products%5D=Y&properties%5Bsend_client%5D=Y&properties%5Btimeline%5D=Y"
            + $"&use_subscription=Y&timeout_duration=86400&ts={now}"
            + $"&auth%5Baccess_token%5D={new string('b', 70)}&auth%5Brefresh_token%5D={new string('c', 70)}&auth%5Bexpires%5D={now + 3600}&auth%5Bexpires_in%5D=3600"
            + "&auth%5Bscope%5D=crm%2Cbizproc%2Cplacement%2Cim%2Cuser_basic&auth%5Bdomain%5D=127.0.0.1&auth%5Bstatus%5D=L"
            + $"&auth%5Bmember_id%5D={memberId}&auth%5Buser_id%5D=1&auth%5Bapplication_token%5D={applicationToken}";
        return Encoding.ASCII.GetBytes(body);
    }
}
