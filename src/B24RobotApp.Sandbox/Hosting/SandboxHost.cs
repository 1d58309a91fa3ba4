using System.Collections.Concurrent;
using B24RobotApp.Sandbox.Control;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Hosting;

/// <summary>A running sandbox: an authorization server, portals and, if wanted, the control interface, each on a loopback port of its own.</summary>
public sealed class SandboxHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, SandboxPortal> _portals = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentBag<Listener> _listeners = [];
    private readonly TimeProvider _clock;

    private SandboxHost(TimeProvider clock)
    {
        _clock = clock;
        OAuthServer = new OAuthServer(clock);
    }

    public OAuthServer OAuthServer { get; }

    /// <summary>By code.</summary>
    public IReadOnlyDictionary<string, SandboxPortal> Portals => _portals;

    /// <summary>Address of the control interface, if there is one.</summary>
    public Uri? ControlUrl { get; private set; }

    public static async Task<SandboxHost> StartAsync(SandboxOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SandboxOptions();
        var host = new SandboxHost(options.Clock);
        var authorization = await host.ListenAsync(options.OAuthPort, new OAuthEndpoints(host.OAuthServer).HandleAsync, cancellationToken);
        host.OAuthServer.BaseUrl = authorization.Url;
        foreach (var portal in options.Portals)
        {
            await host.AddPortalAsync(portal, cancellationToken);
        }
        if (options.WithSampleData)
        {
            host.FillWithSamples();
        }
        if (options.ControlPort is { } port)
        {
            var control = await Listener.StartAsync(port, application => new ControlEndpoints(host).Map(application), cancellationToken);
            host._listeners.Add(control);
            host.ControlUrl = control.Url;
        }
        return host;
    }

    public async Task<SandboxPortal> AddPortalAsync(PortalOptions options, CancellationToken cancellationToken = default)
    {
        var portal = new SandboxPortal(_clock, OAuthServer, options);
        if (!_portals.TryAdd(options.Code, portal))
        {
            throw new ArgumentException($"There is a portal {options.Code} already.", nameof(options));
        }
        var listener = await ListenAsync(options.Port, new PortalEndpoints(this, portal).HandleAsync, cancellationToken);
        portal.BaseUrl = listener.Url;
        return portal;
    }

    /// <summary>Gives a portal a new address. The old one answers 302 to the same path there.</summary>
    public async Task<Uri> ChangeAddressAsync(SandboxPortal portal, int port = 0, CancellationToken cancellationToken = default)
    {
        var listener = await ListenAsync(port, new PortalEndpoints(this, portal).HandleAsync, cancellationToken);
        portal.BaseUrl = listener.Url;
        return listener.Url;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }
        foreach (var portal in _portals.Values)
        {
            portal.Deliveries.Dispose();
        }
    }

    private void FillWithSamples()
    {
        if (_portals.TryGetValue("source", out var source))
        {
            SampleData.FillSource(source);
        }
        if (_portals.TryGetValue("esb", out var esb))
        {
            SampleData.FillEsb(esb);
        }
    }

    private async Task<Listener> ListenAsync(int port, RequestDelegate handler, CancellationToken cancellationToken)
    {
        var listener = await Listener.StartAsync(port, handler, cancellationToken);
        _listeners.Add(listener);
        return listener;
    }
}
