using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Calls of one portal with one credential. Callers await single calls or groups; how these travel is the client's affair: while nothing is under way, a call leaves at once
/// and alone; while as many requests are under way as the portal's rate and latency call for, calls wait and leave together in a <c>batch</c>.
/// </summary>
public sealed class PortalClient
{
    /// <summary>Batches stay far below the portal's 60-second cut. Source: settings/performance/limits.md.</summary>
    private static readonly TimeSpan MaxBatchDuration = TimeSpan.FromSeconds(20);

    private readonly PortalCredential _credential;
    private readonly OperatingBudget _operating;
    private readonly LoadSender _sender;
    private readonly BatchCoalescer _coalescer;

    internal PortalClient(
        PortalCredential credential, HttpClient http, LeakyBucket bucket, PortalLimits limits, TimeProvider clock, ILogger<PortalClient> logger)
    {
        _credential = credential;
        _operating = new OperatingBudget(clock);
        var latency = new RequestLatency();
        var durations = new MethodDurations();
        var transport = new PortalTransport(http, credential, bucket, limits, latency, clock, Random.Shared, logger);
        _sender = new LoadSender(credential, transport, bucket, limits, durations, _operating, clock, logger);
        var halfOfTimeout = limits.RequestTimeout / 2;
        _coalescer = new BatchCoalescer(
            bucket, limits, latency, durations, halfOfTimeout < MaxBatchDuration ? halfOfTimeout : MaxBatchDuration, clock, _sender.SendAsync);
    }

    /// <summary>The portal's address as known now.</summary>
    public Uri Portal => _credential.Portal;

    /// <summary>Seconds of execution time that this credential has used of a method within the last ten minutes, as last told by the portal.</summary>
    public double OperatingSecondsUsed(string method) => _operating.SecondsUsed(method);

    /// <summary>Until when a method rests because its execution time is used up; <see langword="null"/> if it may be called.</summary>
    public DateTimeOffset? PausedUntil(string method) => _operating.PausedUntil(method);

    /// <summary>Calls one method.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the waiting. A request that was sent goes on, and its outcome is then nobody's.</param>
    /// <exception cref="Bitrix24Exception">The call brought no result; its kind says what is known.</exception>
    public async Task<CallResult> CallAsync(Call call, CancellationToken cancellationToken)
    {
        var outcomes = await SubmitAsync([call], cancellationToken);
        return outcomes[0].GetOrThrow();
    }

    /// <summary>Runs calls in order, each with an outcome of its own: in one request, or one by one if a value cannot be said in a batch.</summary>
    /// <param name="group">The calls.</param>
    /// <param name="cancellationToken">As for <see cref="CallAsync"/>.</param>
    /// <returns>An outcome per call, in the group's order. Calls that travelled one by one may have any kind of failure here.</returns>
    /// <exception cref="Bitrix24Exception">The request as a whole failed. With <see cref="FailureKind.OutcomeUnknown"/> any of the calls may have run.</exception>
    public Task<IReadOnlyList<CallOutcome>> CallGroupAsync(CallGroup group, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(group.Calls.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(group.Calls.Count, BatchLimits.MaxCommands);
        return SubmitAsync(group.Calls, cancellationToken);
    }

    private async Task<IReadOnlyList<CallOutcome>> SubmitAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_sender.FindPause(calls) is { } pause)
        {
            throw pause;
        }

        return await _coalescer.SubmitAsync(new PendingCalls(calls, cancellationToken));
    }
}
