using System.Text;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Tests.Infrastructure;

/// <summary>The whole app in process, on a data directory of its own. Replaced are the time and what lies outside: the portal and the authorization server.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    public const string PublicUrl = "https://robot.example.com";

    private readonly WebApplication _app;
    private readonly bool _ownsFolder;

    private TestApp(WebApplication app, FakeTimeProvider clock, string folder, bool ownsFolder, bool listens)
    {
        _app = app;
        _ownsFolder = ownsFolder;
        Clock = clock;
        Folder = folder;
        Http = listens ? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) : app.GetTestServer().CreateClient();
        Http.BaseAddress = new Uri(listens ? app.Urls.Single() : PublicUrl);
    }

    public HttpClient Http { get; }

    public FakeTimeProvider Clock { get; }

    public string Folder { get; }

    public PortalStore Portals => Get<PortalStore>();

    public TransferStore Transfers => Get<TransferStore>();

    /// <summary>All lines logged so far.</summary>
    public string Log
    {
        get
        {
            var lines = new StringBuilder();
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "logs")).Order(StringComparer.Ordinal))
            {
                using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                lines.Append(reader.ReadToEnd());
            }

            return lines.ToString();
        }
    }

    /// <summary>Starts the app for a portal.</summary>
    /// <param name="bitrix24">Portal and authorization server.</param>
    /// <param name="settings">Settings beyond those that connect the app with the stub; an empty value takes one away.</param>
    /// <param name="folder">The data directory of an app that ran before; one of its own if <see langword="null"/>.</param>
    /// <param name="listens">Whether it listens on a socket of this machine, for attacks that begin below HTTP.</param>
    public static async Task<TestApp> StartAsync(Bitrix24Stub bitrix24, Dictionary<string, string?>? settings = null, string? folder = null, bool listens = false)
    {
        var directory = folder ?? Directory.CreateTempSubdirectory("b24robot-test-").FullName;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "b24robot", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["App:PublicUrl"] = PublicUrl,
            ["App:DataDirectory"] = directory,
            ["Bitrix24:AllowHttp"] = "true",
            ["Bitrix24:OAuthServers:0"] = bitrix24.OAuth.AbsoluteUri,
            ["Bitrix24:AllowedPortals:0"] = "127.0.0.1",
            ["Bitrix24:Burst"] = "10000",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.AddB24RobotApp();
        SettingsServices.Check(builder.Configuration);

        // Only a test itself ever holds a database, and waits for it to be said.
        builder.Services.PostConfigure<StorageOptions>(storage => storage.BusyTimeout = TimeSpan.FromSeconds(1));

        // Cookies are kept by the client's own clock, so the app's begins with that one.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.WebHost.UseStaticWebAssets();
        if (listens)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        var app = builder.Build();
        app.MapB24RobotApp();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestApp(app, clock, directory, folder is null, listens);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>The stub's portal as stored; fails if it is not.</summary>
    public async Task<Portal> PortalAsync() =>
        await Portals.FindAsync(Bitrix24.Values.MemberId.Parse(Bitrix24Stub.Member), TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException("The portal is not installed.");

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent content) => Http.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    /// <summary>Makes the app believe that it did not listen for a while, in place of all that it noted by itself.</summary>
    public Task SetGapAsync(DateTimeOffset from, DateTimeOffset to) => Get<StoreDatabase>().WriteAsync(
        connection => connection.Execute(
            "DELETE FROM listening; INSERT INTO listening (since, until) VALUES (@Before, @From), (@To, @Now)",
            new
            {
                Before = from.AddDays(-1).ToUnixTimeMilliseconds(),
                From = from.ToUnixTimeMilliseconds(),
                To = to.ToUnixTimeMilliseconds(),
                Now = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            }),
        Durability.Full,
        TestContext.Current.CancellationToken);

    /// <summary>Stops the app and keeps its data.</summary>
    public async Task StopAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
