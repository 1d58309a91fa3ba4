using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace B24RobotApp.Sandbox.Demo;

/// <summary>The built app as a process of its own, with settings by environment alone, as a host would start it. It can be killed and started again.</summary>
public sealed class AppProcess(string program, int port, IReadOnlyDictionary<string, string> environment, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private const int Terminate = 15;
    private const int StopSignal = 19;
    private const int ContinueSignal = 18;

    /// <summary>The plain log's lines begin with date, time and zone, then comes the level.</summary>
    private const int LevelEnds = 36;

    private static readonly string[] Levels = [" WRN ", " ERR ", " FTL "];

    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    public Uri Url { get; } = new($"http://127.0.0.1:{port}/");

    /// <summary>The running process.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The app does not run.");

    /// <summary>Whether it was started and has not ended.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>With what it ended; <see langword="null"/> while it runs.</summary>
    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;

    /// <summary>All lines that the app has written so far, over all its lives.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>Of these the warnings and errors.</summary>
    public IReadOnlyList<string> Complaints =>
        [.. _output.Where(line => Levels.Any(level => line.AsSpan(0, Math.Min(line.Length, LevelEnds)).Contains(level, StringComparison.Ordinal)))];

    /// <summary>A loopback port that nobody uses at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts the app and returns when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; the message holds its last lines.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Launch();
        await WaitUntilReadyAsync(cancellationToken);
    }

    /// <summary>Starts the app and waits until it ends by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var process = Launch();
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Asks it to end, as a service manager does before it starts another one, and waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        Send(Terminate);
        await _process!.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Lets it stand still in the middle of whatever it does, as a machine that is overloaded or moved does.</summary>
    public void StandStill() => Send(StopSignal);

    /// <summary>Lets it go on as if nothing had been.</summary>
    public void GoOn() => Send(ContinueSignal);

    /// <summary>Ends it at once, as a power cut would end it.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private Process Launch()
    {
        var start = new ProcessStartInfo("dotnet", [Path.GetFullPath(program), "serve", "--urls", Url.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("The app's process did not start.");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return _process;
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler);
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < StartLimit)
        {
            if (_process!.HasExited)
            {
                break;
            }

            try
            {
                using var answer = await http.GetAsync(new Uri(Url, "health/ready"), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellationToken);
        }

        throw new InvalidOperationException($"The app was not ready:\n{string.Join('\n', _output.TakeLast(20))}");
    }

    private void Send(int signal)
    {
        if (Signal(ProcessId, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} did not reach the app.");
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }
}
