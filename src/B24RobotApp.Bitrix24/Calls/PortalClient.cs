using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Calls of one portal with one credential. Callers await single calls or groups; how these travel is the client's affair: while a request would be
/// under way for nothing, a call leaves at once and alone; while as many are under way as the portal's rate and latency call for, calls wait and leave together in a
/// <c>batch</c>. There are no timers to tune: latency when idle, density when loaded.
/// </summary>
public sealed partial class PortalClient
{
    /// <summary>Batches stay far below the portal's 60-second cut. Source: settings/performance/limits.md.</summary>
    private static readonly TimeSpan MaxBatchDuration = TimeSpan.FromSeconds(20);

    private readonly PortalCredential _credential;
    private readonly PortalTransport _transport;
    private readonly LeakyBucket _bucket;
    private readonly PortalLimits _limits;
    private readonly TimeProvider _clock;
    private readonly ILogger<PortalClient> _logger;
    private readonly MethodDurations _durations = new();
    private readonly OperatingBudget _operating;
    private readonly TimeSpan _maxBatchDuration;

    private readonly Lock _lock = new();
    private readonly LinkedList<PendingCalls> _waiting = new();
    private readonly LinkedList<long> _inFlight = new();
    private double _averageSeconds;
    private bool _pumping;
    private bool _looking;

    internal PortalClient(
        PortalCredential credential, HttpClient http, LeakyBucket bucket, PortalLimits limits, TimeProvider clock, ILogger<PortalClient> logger)
    {
        _credential = credential;
        _bucket = bucket;
        _limits = limits;
        _clock = clock;
        _logger = logger;
        _operating = new OperatingBudget(clock);
        _transport = new PortalTransport(http, credential, bucket, limits, clock);
        var halfOfTimeout = limits.RequestTimeout / 2;
        _maxBatchDuration = halfOfTimeout < MaxBatchDuration ? halfOfTimeout : MaxBatchDuration;
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

    /// <summary>Runs calls in order within one request, each with an outcome of its own.</summary>
    /// <param name="group">The calls.</param>
    /// <param name="cancellationToken">As for <see cref="CallAsync"/>.</param>
    /// <returns>An outcome per call, in the group's order.</returns>
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
        foreach (var call in calls)
        {
            ThrowIfPaused(call.Method);
        }

        var pending = new PendingCalls(calls, cancellationToken);
        lock (_lock)
        {
            _waiting.AddLast(pending);
            StartPumping();
        }

        return await pending.Outcomes.WaitAsync(cancellationToken);
    }

    /// <summary>Starts the one loop that sends, unless it runs. Called with the lock held.</summary>
    private void StartPumping()
    {
        if (!_pumping && _waiting.Count > 0 && MaySend())
        {
            _pumping = true;
            _ = PumpAsync();
        }
    }

    /// <summary>
    /// Whether one more request is worth it: requests under way times one over rate is what the portal's latency asks for. The age of the oldest counts like latency, so a
    /// request that hangs does not hold up those behind it. Called with the lock held.
    /// </summary>
    private bool MaySend()
    {
        if (_inFlight.First is not { } oldest)
        {
            return true;
        }

        var latency = Math.Max(_averageSeconds, _clock.GetElapsedTime(oldest.Value).TotalSeconds);
        var useful = Math.Clamp((int)Math.Ceiling(_limits.RequestsPerSecond * latency), 1, _limits.MaxInFlight);
        return _inFlight.Count < useful;
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            await _bucket.TakeAsync(CancellationToken.None);

            // Taken apart only now, so that all that came while the permit was awaited travels along.
            List<PendingCalls> load;
            LinkedListNode<long>? flight;
            lock (_lock)
            {
                load = TakeLoad();
                flight = load.Count > 0 ? _inFlight.AddLast(_clock.GetTimestamp()) : null;
            }

            if (flight is null)
            {
                _bucket.Return();
            }
            else
            {
                _ = FlyAsync(load, flight);
            }

            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _pumping = false;
                    return;
                }

                if (!MaySend())
                {
                    // Whoever lands next starts the loop again; if nobody lands, age does.
                    _pumping = false;
                    StartLooking();
                    return;
                }
            }
        }
    }

    /// <summary>While something waits behind requests that do not come back, looks again whether their age justifies one more. Called with the lock held.</summary>
    private void StartLooking()
    {
        if (!_looking && _inFlight.Count < _limits.MaxInFlight)
        {
            _looking = true;
            _ = LookAgainAsync();
        }
    }

    private async Task LookAgainAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(1 / _limits.RequestsPerSecond), _clock, CancellationToken.None);
        lock (_lock)
        {
            _looking = false;
            StartPumping();
            if (!_pumping && _waiting.Count > 0)
            {
                StartLooking();
            }
        }
    }

    /// <summary>Takes from the front what fits into one request: a lone call that must travel plain, or as many as a batch holds by number and by time. Called with the lock held.</summary>
    private List<PendingCalls> TakeLoad()
    {
        var load = new List<PendingCalls>();
        var commands = 0;
        var duration = TimeSpan.Zero;
        for (var node = _waiting.First; node is not null && commands < BatchLimits.MaxCommands;)
        {
            var pending = node.Value;
            var next = node.Next;
            if (pending.CancellationToken.IsCancellationRequested)
            {
                _waiting.Remove(node);
            }
            else if (!pending.CanBatch)
            {
                if (load.Count == 0)
                {
                    _waiting.Remove(node);
                    return [pending];
                }
            }
            else
            {
                var expected = pending.Calls.Aggregate(TimeSpan.Zero, (sum, call) => sum + _durations.Expected(call.Method, call.Writes));
                var fits = commands + pending.Calls.Count <= BatchLimits.MaxCommands
                    && (load.Count == 0 || duration + expected <= _maxBatchDuration);
                if (!fits)
                {
                    break;
                }

                _waiting.Remove(node);
                load.Add(pending);
                commands += pending.Calls.Count;
                duration += expected;
            }

            node = next;
        }

        return load;
    }

    private async Task FlyAsync(List<PendingCalls> load, LinkedListNode<long> flight)
    {
        try
        {
            if (load is [{ IsSingle: true } single])
            {
                await SendPlainAsync(single);
            }
            else if (load is [{ CanBatch: false } group])
            {
                await SendOneByOneAsync(group);
            }
            else
            {
                await SendBatchAsync(load);
            }
        }
        catch (Exception exception)
        {
            // Every caller hears what became of his calls; nobody else awaits this method.
            foreach (var pending in load)
            {
                pending.Fail(exception is Bitrix24Exception known && !pending.Writes && known.Kind == FailureKind.OutcomeUnknown
                    ? new Bitrix24Exception(FailureKind.NotExecuted, known.PortalHost, known.Method, known.Code, known.Description, known.RetryAt)
                    : exception);
            }
        }
        finally
        {
            lock (_lock)
            {
                var seconds = _clock.GetElapsedTime(flight.Value).TotalSeconds;
                _averageSeconds = _averageSeconds == 0 ? seconds : _averageSeconds + ((seconds - _averageSeconds) * 0.2);
                _inFlight.Remove(flight);
                StartPumping();
            }
        }
    }

    private async Task SendPlainAsync(PendingCalls single)
    {
        var outcome = await SendPlainAsync(single.Calls[0]);
        single.Complete([outcome]);
    }

    private async Task<CallOutcome> SendPlainAsync(Call call)
    {
        var started = _clock.GetTimestamp();
        try
        {
            ThrowIfPaused(call.Method);
            var answer = await _transport.SendAsync(call.Method, call.Parameters, call.Writes);
            if (answer.Root.TryGetProperty("time", out var time))
            {
                ObserveTime(call.Method, time);
            }

            Log.Answered(_logger, call.Method, _credential.Portal.Authority, (long)_clock.GetElapsedTime(started).TotalMilliseconds);
            return new CallOutcome(call.Method, answer.ToResult(), null);
        }
        catch (Bitrix24Exception exception)
        {
            Log.Failed(_logger, call.Method, _credential.Portal.Authority, exception.Code, exception.Kind, (long)_clock.GetElapsedTime(started).TotalMilliseconds);
            return new CallOutcome(call.Method, null, WithPause(exception));
        }
    }

    /// <summary>A group with a value that a batch cannot carry: its calls go as plain requests, and what refers to an earlier result is filled in here.</summary>
    private async Task SendOneByOneAsync(PendingCalls group)
    {
        var outcomes = new List<CallOutcome>(group.Calls.Count);
        foreach (var call in group.Calls)
        {
            if (outcomes.Count > 0)
            {
                await _bucket.TakeAsync(CancellationToken.None);
            }

            outcomes.Add(ResultReferences.TryResolve(call, outcomes, out var resolved)
                ? await SendPlainAsync(resolved)
                : NotRun(call.Method, "A call that it depends on had failed."));
        }

        group.Complete(outcomes);
    }

    private async Task SendBatchAsync(List<PendingCalls> load)
    {
        var commands = new JsonObject();
        var number = 0;
        foreach (var pending in load)
        {
            var first = number;
            foreach (var call in pending.Calls)
            {
                commands.Add(KeyOf(number++), BatchEncoding.Encode(call, index => KeyOf(first + index)));
            }
        }

        var started = _clock.GetTimestamp();
        PortalAnswer answer;
        try
        {
            answer = await _transport.SendAsync(
                "batch", new JsonObject { ["halt"] = 0, ["cmd"] = commands }, load.Exists(pending => pending.Writes));
        }
        catch (Bitrix24Exception exception)
        {
            Log.Failed(_logger, "batch", _credential.Portal.Authority, exception.Code, exception.Kind, (long)_clock.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }

        Log.BatchAnswered(_logger, number, _credential.Portal.Authority, (long)_clock.GetElapsedTime(started).TotalMilliseconds);
        var batch = new BatchAnswer(answer.Root.GetProperty("result"));
        number = 0;
        foreach (var pending in load)
        {
            var outcomes = new List<CallOutcome>(pending.Calls.Count);
            foreach (var call in pending.Calls)
            {
                outcomes.Add(ReadOutcome(batch, KeyOf(number++), call));
            }

            pending.Complete(outcomes);
        }
    }

    private CallOutcome ReadOutcome(BatchAnswer batch, string key, Call call)
    {
        if (batch.Time(key) is { } time)
        {
            ObserveTime(call.Method, time);
        }

        if (batch.Error(key) is { } error)
        {
            var (code, description) = error;
            var verdict = ErrorClassifier.Classify(new FailureFacts(400, code, description, call.Writes));
            var failure = new Bitrix24Exception(
                verdict.Kind, _credential.Portal.Authority, call.Method, code, description ?? "The portal gave no description.");
            return new CallOutcome(call.Method, null, WithPause(failure));
        }

        return batch.Result(key) is { } result
            ? new CallOutcome(call.Method, result, null)
            // Neither a result nor an error: the portal stopped before it came to this command.
            : NotRun(call.Method, "The portal did not come to this call.");
    }

    private CallOutcome NotRun(string method, string why) =>
        new(method, null, new Bitrix24Exception(FailureKind.NotExecuted, _credential.Portal.Authority, method, "NOT_RUN", why));

    private void ThrowIfPaused(string method)
    {
        if (_operating.PausedUntil(method) is { } until)
        {
            throw new Bitrix24Exception(
                FailureKind.NotExecuted, _credential.Portal.Authority, method, "OPERATION_TIME_LIMIT",
                "The portal's execution time for this method is used up.", until);
        }
    }

    private Bitrix24Exception WithPause(Bitrix24Exception failure) =>
        failure.HasCode("OPERATION_TIME_LIMIT") && failure.RetryAt is null
            ? new Bitrix24Exception(failure.Kind, failure.PortalHost, failure.Method, failure.Code, failure.Description, _operating.Pause(failure.Method))
            : failure;

    private void ObserveTime(string method, JsonElement time)
    {
        if (time.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (time.TryGetProperty("duration", out var duration) && duration.ValueKind == JsonValueKind.Number)
        {
            _durations.Observe(method, TimeSpan.FromSeconds(duration.GetDouble()));
        }

        if (time.TryGetProperty("operating", out var operating) && operating.ValueKind == JsonValueKind.Number)
        {
            var resetAt = PortalAnswer.ReadInt(time, "operating_reset_at") is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : (DateTimeOffset?)null;
            _operating.Observe(method, operating.GetDouble(), resetAt);
        }
    }

    private static string KeyOf(int number) => $"c{number}";

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Debug, "{Method} on {Host} answered after {DurationMs} ms")]
        public static partial void Answered(ILogger logger, string method, string host, long durationMs);

        [LoggerMessage(1002, LogLevel.Debug, "batch of {Commands} on {Host} answered after {DurationMs} ms")]
        public static partial void BatchAnswered(ILogger logger, int commands, string host, long durationMs);

        [LoggerMessage(1003, LogLevel.Debug, "{Method} on {Host} failed with {Code} ({Kind}) after {DurationMs} ms")]
        public static partial void Failed(ILogger logger, string method, string host, string code, FailureKind kind, long durationMs);
    }
}
