using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>Does what systemd does for a service with a socket: holds the listening socket, hands it to each server that is started, and hears when that is ready. Between two servers calls wait in the socket.</summary>
internal sealed partial class HeldSocket : IAsyncDisposable
{
    private const int SetDescriptorFlags = 2;
    private const int Terminate = 15;

    // The server asks whether its parent is called systemd; it is told its own id, as systemd tells it.
    private const string Launcher = """
        printf systemd > /proc/$BASHPID/comm
        exec 3<&"$1"
        pid_file="$2"
        shift 2
        ( export LISTEN_PID=$BASHPID LISTEN_FDS=1; exec dotnet "$@" ) &
        echo $! > "$pid_file"
        wait $!
        """;

    private readonly Socket _listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _notices = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _noticesPath = Path.Combine(Path.GetTempPath(), $"b24robot-{Guid.NewGuid():N}.notify");
    private readonly List<string> _output = [];
    private Process? _process;
    private int _server;

    public HeldSocket(int port)
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listening.Listen(512);

        // A server that is started inherits it.
        Assert.Equal(0, SetDescriptorFlag((int)_listening.Handle, SetDescriptorFlags, 0));
        _notices.Bind(new UnixDomainSocketEndPoint(_noticesPath));
    }

    private string PidFile => _noticesPath + ".pid";

    /// <summary>What the servers have written.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_output)
            {
                return [.. _output];
            }
        }
    }

    /// <summary>Starts a server on the socket and waits until it says that it is ready.</summary>
    public Task StartAsync(Stage stage, CancellationToken cancellationToken) => StartAsync(stage.Settings, cancellationToken);

    /// <summary>The same with settings that are not the stage's.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("bash", ["-c", Launcher, "bash", $"{_listening.Handle}", PidFile, BuiltApp.Program, "serve"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        start.Environment["NOTIFY_SOCKET"] = _noticesPath;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await NoticeAsync("READY=1", cancellationToken);
        _server = int.Parse(await File.ReadAllTextAsync(PidFile, cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Asks the server to stop, as an upgrade does, and waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        Assert.Equal(0, Signal(_server, Terminate));
        await _process!.WaitForExitAsync(cancellationToken);
        await NoticeAsync("STOPPING=1", cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _listening.Dispose();
        _notices.Dispose();
        File.Delete(_noticesPath);
        File.Delete(PidFile);
    }

    private async Task NoticeAsync(string expected, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        var bytes = new byte[256];
        string notice;
        do
        {
            notice = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, await _notices.ReceiveAsync(bytes, patience.Token)));
        }
        while (!notice.Contains(expected, StringComparison.Ordinal));
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.Add(line);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetDescriptorFlag(int descriptor, int command, int value);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
