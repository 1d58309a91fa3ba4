using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Sends calls that share a request, plain or as a batch, tells each caller how his ended, and learns from the answer's figures.</summary>
internal sealed partial class LoadSender(
    PortalCredential credential, PortalTransport transport, LeakyBucket bucket, PortalLimits limits, MethodDurations durations, OperatingBudget operating,
    TimeProvider clock, ILogger logger)
{
    /// <summary>Sends what a permit was taken for. Never throws: what goes wrong is told to the callers.</summary>
    public async Task SendAsync(IReadOnlyList<PendingCalls> load)
    {
        try
        {
            var ready = DropPaused(load);
            switch (ready)
            {
                case []:
                    bucket.Return();
                    break;
                case [{ Calls: [var call] } single]:
                    single.Complete([await SendPlainAsync(call)]);
                    break;
                case [{ CanBatch: false } group]:
                    group.Complete(await SendOneByOneAsync(group.Calls));
                    break;
                default:
                    await SendBatchAsync(ready);
                    break;
            }
        }
        catch (Exception exception)
        {
            // Nobody else awaits this: each caller hears of it, also of a defect.
            foreach (var pending in load)
            {
                pending.Fail(exception is Bitrix24Exception failure ? OwnFailure(failure, pending) : exception);
            }
        }
    }

    /// <summary>The failure of a call whose method rests; <see langword="null"/> if none of them does.</summary>
    public Bitrix24Exception? FindPause(IReadOnlyList<Call> calls)
    {
        foreach (var call in calls)
        {
            if (operating.PausedUntil(call.Method) is { } until)
            {
                return Failure(
                    FailureKind.NotExecuted, call.Method, "OPERATION_TIME_LIMIT", "The portal's execution time for this method is used up.", until);
            }
        }

        return null;
    }

    /// <summary>A method may have been paused while its calls waited.</summary>
    private IReadOnlyList<PendingCalls> DropPaused(IReadOnlyList<PendingCalls> load)
    {
        List<PendingCalls>? ready = null;
        for (var i = 0; i < load.Count; i++)
        {
            if (FindPause(load[i].Calls) is { } pause)
            {
                ready ??= [.. load.Take(i)];
                load[i].Fail(pause);
            }
            else
            {
                ready?.Add(load[i]);
            }
        }

        return ready ?? load;
    }

    /// <summary>The failure of a shared request, as one caller's: of his own method, and without the doubt about writes that were others'.</summary>
    private static Bitrix24Exception OwnFailure(Bitrix24Exception failure, PendingCalls pending)
    {
        var kind = failure.Kind == FailureKind.OutcomeUnknown && !pending.Writes ? FailureKind.NotExecuted : failure.Kind;
        return new Bitrix24Exception(kind, failure.PortalHost, pending.Calls[0].Method, failure.Code, failure.Description, failure.RetryAt);
    }

    private async Task<CallOutcome> SendPlainAsync(Call call)
    {
        var started = clock.GetTimestamp();
        try
        {
            if (FindPause([call]) is { } pause)
            {
                return new CallOutcome(call.Method, null, pause);
            }

            var answer = await transport.SendAsync(call.Method, call.Parameters, call.Writes);
            if (answer.Root.TryGetProperty("time", out var time))
            {
                ObserveTime(call.Method, time);
            }

            Log.Answered(logger, call.Method, Host, MillisecondsSince(started));
            return new CallOutcome(call.Method, answer.ToResult(), null);
        }
        catch (Bitrix24Exception exception)
        {
            Log.Failed(logger, call.Method, Host, exception.Code, exception.Kind, MillisecondsSince(started));
            ObserveSilence([call], exception);
            return new CallOutcome(call.Method, null, WithPause(exception));
        }
    }

    /// <summary>A group with a value that a batch cannot carry: its calls go as plain requests, and what refers to an earlier result is filled in here.</summary>
    private async Task<IReadOnlyList<CallOutcome>> SendOneByOneAsync(IReadOnlyList<Call> calls)
    {
        var outcomes = new List<CallOutcome>(calls.Count);
        foreach (var call in calls)
        {
            if (!ResultReferences.TryResolve(call, outcomes, out var resolved))
            {
                outcomes.Add(NotRun(call.Method, "The portal's answer to an earlier call lacks what this one needs."));
                continue;
            }

            if (outcomes.Count > 0)
            {
                await bucket.TakeAsync(CancellationToken.None);
            }

            outcomes.Add(await SendPlainAsync(resolved));
        }

        return outcomes;
    }

    private async Task SendBatchAsync(IReadOnlyList<PendingCalls> load)
    {
        var commands = new JsonObject();
        foreach (var pending in load)
        {
            var first = commands.Count;
            foreach (var call in pending.Calls)
            {
                commands.Add(KeyOf(commands.Count), BatchEncoding.Encode(call, index => KeyOf(first + index)));
            }
        }

        var started = clock.GetTimestamp();
        PortalAnswer answer;
        try
        {
            answer = await transport.SendAsync(
                "batch", new JsonObject { ["halt"] = 0, ["cmd"] = commands }, load.Any(pending => pending.Writes));
            if (!BatchAnswer.IsOne(answer.Root))
            {
                throw Failure(FailureKind.OutcomeUnknown, "batch", answer.CodeOrStatus, "The portal's answer is not that of a batch.");
            }
        }
        catch (Bitrix24Exception exception)
        {
            Log.Failed(logger, "batch", Host, exception.Code, exception.Kind, MillisecondsSince(started));
            ObserveSilence([.. load.SelectMany(pending => pending.Calls)], exception);
            throw;
        }

        Log.BatchAnswered(logger, commands.Count, Host, MillisecondsSince(started));
        var batch = new BatchAnswer(answer.Root.GetProperty("result"));
        var number = 0;
        foreach (var pending in load)
        {
            var outcomes = new CallOutcome[pending.Calls.Count];
            for (var i = 0; i < outcomes.Length; i++)
            {
                outcomes[i] = ReadOutcome(answer, batch, KeyOf(number++), pending.Calls[i]);
            }

            pending.Complete(outcomes);
        }
    }

    private CallOutcome ReadOutcome(PortalAnswer answer, BatchAnswer batch, string key, Call call)
    {
        if (batch.Time(key) is { } time)
        {
            ObserveTime(call.Method, time);
        }

        if (batch.Error(key) is { } error)
        {
            var verdict = ErrorClassifier.Classify(new FailureFacts(answer.Status, error.Code, error.Description, call.Writes));
            // The batch itself was let in, so its token lived when it came: that is no sign that the app is gone.
            var kind = verdict.Cure == Cure.RenewToken ? FailureKind.NotExecuted : verdict.Kind;
            var description = error.Description is { } text ? answer.SentWith.Conceal(text) : "The portal gave no description.";
            return new CallOutcome(call.Method, null, WithPause(Failure(kind, call.Method, error.Code, description)));
        }

        return batch.Result(key) is { } result
            ? new CallOutcome(call.Method, result, null)
            // Neither a result nor an error: the portal stopped before it came to this command.
            : NotRun(call.Method, "The portal did not come to this call.");
    }

    private CallOutcome NotRun(string method, string why) => new(method, null, Failure(FailureKind.NotExecuted, method, "NOT_RUN", why));

    private Bitrix24Exception Failure(FailureKind kind, string method, string code, string description, DateTimeOffset? retryAt = null) =>
        new(kind, Host, method, code, description, retryAt);

    private Bitrix24Exception WithPause(Bitrix24Exception failure) =>
        failure.HasCode("OPERATION_TIME_LIMIT")
            ? Failure(failure.Kind, failure.Method, failure.Code, failure.Description, operating.Pause(failure.Method))
            : failure;

    /// <summary>Learns from an answer's <c>time</c>. Its figures are hints: an absurd one must not turn a call that succeeded into a failure.</summary>
    private void ObserveTime(string method, JsonElement time)
    {
        if (PortalAnswer.ReadDouble(time, "duration") is >= 0 and < 3600 and var duration)
        {
            durations.Observe(method, TimeSpan.FromSeconds(duration));
        }

        if (PortalAnswer.ReadDouble(time, "operating") is >= 0 and var operatingSeconds)
        {
            var resetAt = PortalAnswer.ReadDouble(time, "operating_reset_at") is > 0 and < uint.MaxValue and var seconds
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
                : (DateTimeOffset?)null;
            operating.Observe(method, operatingSeconds, resetAt);
        }
    }

    /// <summary>A request that timed out brings no figures; but together its calls took longer than that.</summary>
    private void ObserveSilence(IReadOnlyList<Call> calls, Bitrix24Exception failure)
    {
        if (failure.Code != PortalTransport.TimeoutCode)
        {
            return;
        }

        var each = limits.RequestTimeout / calls.Count;
        foreach (var call in calls)
        {
            durations.ObserveAtLeast(call.Method, call.Writes, each);
        }
    }

    private string Host => credential.Portal.Authority;

    private long MillisecondsSince(long started) => (long)clock.GetElapsedTime(started).TotalMilliseconds;

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
