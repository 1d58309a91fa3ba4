using B24RobotApp.Transfers.Sharing;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary>
/// The first part of stopping: the work comes to its end while the server still takes calls, and records them for its successor. The other way round, as a host does it by itself, calls would wait in
/// the socket for as long as a request under way takes, and a portal waits ten seconds only.
/// Whoever calls meanwhile is told to connect anew next time, so that no connection is left that the end could cut off in the middle of a call. One of several servers says from the beginning that it is not ready
/// any more, and stays until the balancer has noticed.
/// </summary>
internal sealed class Drain(IServiceProvider services, IWorkShare share, IOptions<SharingOptions> sharing, TimeProvider clock) : IHostedLifecycleService
{
    /// <summary>How long connections that are kept open have to learn of it.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(500);

    /// <summary>What of the time to stop (<see cref="B24RobotAppBuilder.ShutdownTimeout"/>) is left for the server itself.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(5);

    private volatile bool _hasBegun;

    /// <summary>Tells whoever calls a server that is stopping to connect anew.</summary>
    public Task TellAsync(HttpContext context, RequestDelegate next)
    {
        if (_hasBegun)
        {
            context.Response.Headers.Connection = "close";
        }

        return next(context);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _hasBegun = true;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ends.CancelAfter(B24RobotAppBuilder.ShutdownTimeout - Reserve);

        // The system resets what is connected to a socket when it is closed, calls too that have been sent already: so nobody may be about to connect.
        var farewell = share.Number is null || sharing.Value.StopAfter < Farewell ? Farewell : sharing.Value.StopAfter;

        // Asked for only now: this is one of them.
        var workers = services.GetServices<IHostedService>().OfType<BackgroundService>();
        await Task.WhenAll([Task.Delay(farewell, clock, ends.Token), .. workers.Select(worker => worker.StopAsync(ends.Token))]);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
