namespace B24RobotApp.Sandbox.Demo;

/// <summary>Several servers of the app on one database, behind a balancer, on a stage. Each has a data directory of its own.</summary>
public sealed class ServerGroup : IAsyncDisposable
{
    private readonly string _program;
    private readonly List<string> _folders = [];
    private readonly List<AppProcess> _servers = [];

    private ServerGroup(string program, Balancer balancer, Stage stage) => (_program, Balancer, Stage) = (program, balancer, stage);

    public Balancer Balancer { get; }

    /// <summary>Portals, and the first of the servers.</summary>
    public Stage Stage { get; }

    /// <summary>All that were ever started, whether they run or not.</summary>
    public IReadOnlyList<AppProcess> Servers => _servers;

    /// <summary>Starts the sandbox and the servers; nothing is installed yet.</summary>
    /// <param name="options">With the settings of a database that servers can share, unless the environment has them.</param>
    /// <param name="servers">How many.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<ServerGroup> StartAsync(StageOptions options, int servers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var balancer = await Balancer.StartAsync(cancellationToken);
        var stage = await Stage.StartAsync(options with { PublicUrl = balancer.Url }, cancellationToken);
        var group = new ServerGroup(options.Program, balancer, stage);
        group.Take(stage.App);
        while (group.Servers.Count < servers)
        {
            await group.AddAsync(cancellationToken);
        }

        return group;
    }

    /// <summary>Starts one more.</summary>
    public async Task<AppProcess> AddAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("b24robot-server-").FullName;
        _folders.Add(folder);
        var server = new AppProcess(_program, AppProcess.FreePort(), new Dictionary<string, string>(Stage.Settings) { ["App__DataDirectory"] = folder }, TimeProvider.System);
        Take(server);
        await server.StartAsync(cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.KillAsync();
        }

        await Stage.DisposeAsync();
        await Balancer.DisposeAsync();
        _folders.ForEach(folder => Directory.Delete(folder, recursive: true));
    }

    private void Take(AppProcess server)
    {
        _servers.Add(server);
        Balancer.Add(server.Url);
    }
}
