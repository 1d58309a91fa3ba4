using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Benchmarks.Intake;

/// <summary>What the intake brought.</summary>
/// <param name="FsyncsPerSecond">What the disk itself can do.</param>
/// <param name="Fsync">The median of one.</param>
/// <param name="PerSecond">Durable calls per second with 64 callers at once.</param>
/// <param name="P99">Of the answers at 1,000 calls a second.</param>
/// <param name="ResidentMegabytes">Of the app's process with 100,000 calls queued.</param>
/// <param name="Open">Open transfers when it was killed.</param>
/// <param name="Ready">How long it then took to be ready again.</param>
internal sealed record IntakeFigures(double FsyncsPerSecond, TimeSpan Fsync, double PerSecond, TimeSpan P99, long ResidentMegabytes, int Open, TimeSpan Ready);

/// <summary>
/// How many robot calls the built app makes durable per second, from a load process of its own, with portals that take every connection and never answer: whatever the app does beside the intake, it does here
/// too. Beside it the same disk's fsync loop.
/// </summary>
internal static class IntakeBenchmark
{
    private const string Member = "0123456789abcdef0123456789abcdef";
    private const string ApplicationToken = "bench0application0token";

    private const int Queued = 100_000;

    /// <param name="output">Gets a line per run.</param>
    public static async Task<IntakeFigures> RunAsync(TextWriter output)
    {
        // On the disk of the repository: a memory file system would flatter.
        var directory = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "bench-data", Guid.NewGuid().ToString("N"))).FullName;
        using var silence = new TcpListener(IPAddress.Loopback, 0);
        silence.Start();
        var portal = new Uri($"http://127.0.0.1:{((IPEndPoint)silence.LocalEndpoint).Port}/");
        try
        {
            var (fsyncs, fsync) = FsyncLoop.Measure(directory, TimeSpan.FromSeconds(3));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"disk: {fsyncs:0} fsyncs/s of one page, median {fsync.TotalMilliseconds:0.00} ms"));
            await InstallAsync(directory, portal);

            var port = AppProcess.FreePort();
            await using var app = new AppProcess(AppProgram, port, Settings(directory, port, portal), TimeProvider.System);
            await app.StartAsync(CancellationToken.None);
            await output.WriteLineAsync("\nload                                calls     durable/s   median      p99    worst");
            var calls = 0;
            async Task<LoadResult> LoadAsync(string name, int most, int connections, int perSecond)
            {
                var result = await SpawnLoadAsync(app.Url, most, connections, perSecond);
                calls += result.Answered;
                await WriteRunAsync(output, name, result);
                return result;
            }

            await LoadAsync("warm-up, 32 at once", 20_000, 32, 0);
            await LoadAsync("as fast as possible, 1 at once", 2_000, 1, 0);
            var steady = await LoadAsync("steady 1,000/s, 32 at once", 10_000, 32, 1000);
            await LoadAsync("as fast as possible, 16 at once", Queued - calls, 16, 0);
            var resident = Resident(app);
            await output.WriteLineAsync($"resident with {calls:N0} calls queued: {resident} MB");
            var fastest = await LoadAsync("as fast as possible, 64 at once", 60_000, 64, 0);
            await LoadAsync("as fast as possible, 256 at once", 60_000, 256, 0);
            await output.WriteLineAsync($"resident with {calls:N0} calls queued: {Resident(app)} MB");

            await app.KillAsync();
            var watch = Stopwatch.StartNew();
            await app.StartAsync(CancellationToken.None);
            var ready = watch.Elapsed;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"killed, and ready again with {calls:N0} open transfers after {ready.TotalSeconds:0.0} s"));
            return new IntakeFigures(fsyncs, fsync, fastest.PerSecond, steady.P99, resident, calls, ready);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static long Resident(AppProcess app) => Process.GetProcessById(app.ProcessId).WorkingSet64 / 1024 / 1024;

    /// <summary>The load process.</summary>
    public static async Task<int> LoadAsync(string[] args, TextWriter output)
    {
        var load = new RobotCallLoad(new Uri(args[0]), Member, ApplicationToken);
        int Number(int i) => int.Parse(args[i], CultureInfo.InvariantCulture);
        await output.WriteLineAsync((await load.RunAsync(Number(1), Number(2), Number(3))).ToString());
        return 0;
    }

    internal static string AppProgram => Path.Combine(AppContext.BaseDirectory, "b24robot.dll");

    internal static Dictionary<string, string> Settings(string directory, int port, Uri portal) => new()
    {
        ["App__PublicUrl"] = $"http://127.0.0.1:{port}",
        ["App__DataDirectory"] = directory,
        ["Bitrix24__AllowHttp"] = "true",
        ["Bitrix24__AllowedPortals__0"] = "127.0.0.1",
        ["Esb__Connections__0__Code"] = "esb",
        ["Esb__Connections__0__WebhookUrl"] = $"{portal}rest/1/abcdefghijklmnop/",
        ["Esb__Connections__0__Portals__0"] = "127.0.0.1",
    };

    /// <summary>Writes into the database what an installation leaves there.</summary>
    internal static async Task InstallAsync(string directory, Uri portal, string? connectionString = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.ClearProviders());
        services.AddStorage(storage => (storage.DataDirectory, storage.ConnectionString) = (directory, connectionString ?? Environment.GetEnvironmentVariable("Storage__ConnectionString") ?? ""));
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<PortalStore>().SaveInstallationAsync(
            new NewInstallation
            {
                MemberId = MemberId.Parse(Member),
                Address = portal,
                OAuthServer = portal,
                InstallerUserId = 1,
                Language = "ru",
                Tokens = new PortalTokens
                {
                    Access = new AccessToken("access"),
                    Refresh = new RefreshToken("refresh"),
                    ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1),
                },
                ApplicationToken = new ApplicationToken(ApplicationToken),
            },
            CancellationToken.None);
    }

    internal static async Task<LoadResult> SpawnLoadAsync(Uri app, int calls, int connections, int perSecond)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [typeof(IntakeBenchmark).Assembly.Location, "intake-load", app.AbsoluteUri, calls.ToString(CultureInfo.InvariantCulture), connections.ToString(CultureInfo.InvariantCulture), perSecond.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The load did not start.");
        var line = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        return LoadResult.Parse(line ?? throw new InvalidOperationException("The load said nothing."));
    }

    private static Task WriteRunAsync(TextWriter output, string name, LoadResult result) => output.WriteLineAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-33} {result.Answered,8:0} {result.PerSecond,12:0} {result.Median.TotalMilliseconds,7:0.00} {result.P99.TotalMilliseconds,8:0.00} {result.Worst.TotalMilliseconds,8:0.00}{(result.Refused > 0 ? $"  refused {result.Refused}" : "")}"));
}
