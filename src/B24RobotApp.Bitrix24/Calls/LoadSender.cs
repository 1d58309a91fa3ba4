using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Sends calls that share a request, plain or as a batch, tells each caller how his ended, and learns from the answer's figures.</summary>
internal sealed partial class LoadSender(
    PortalCredential credential, PortalTransport transport, LeakyBucket bucket, CallFigures figures, TimeProvider clock, ILogger logger)
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
                    single.Complete([await SendPlainAsync(call, single.Caller)]);
                    break;
                case [{ CanBatch: false } group]:
                    group.Complete(await SendOneByOneAsync(group));
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
                pending.Fail(exception is Bitrix24Exception failure ? OwnFailure(failure, pending, load.Count > 1) : exception);
            }
        }
    }

    /// <summary>The failure of a call whose method rests; <see langword="null"/> if none of them does.</summary>
    public Bitrix24Exception? FindPause(IReadOnlyList<Call> calls)
    {
        foreach (var call in calls)
        {
            if (FindPause(call.Method) is { } pause)
            {
                return pause;
            }
        }

        return null;
    }

    /// <inheritdoc cref="FindPause(IReadOnlyList{Call})"/>
    public Bitrix24Exception? FindPause(string method) => figures.Operating.PausedUntil(method) is { } until
        ? Failure(FailureKind.NotExecuted, method, "OPERATION_TIME_LIMIT", "The portal's execution time for this method is used up.", until)
        : null;

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

    /// <summary>The failure of a request, as one caller's: of his own method, and without what may concern only those whose calls travelled along.</summary>
    private static Bitrix24Exception OwnFailure(Bitrix24Exception failure, PendingCalls pending, bool shared)
    {
        var kind = failure.Kind switch
        {
            FailureKind.OutcomeUnknown when !pending.Writes => FailureKind.NotExecuted,
            // Not the portal but something in front of it said no: to the size of the whole, or to a text of one. Whoever it means hears it when he travels alone.
            FailureKind.Refused when shared && failure.Code.StartsWith("HTTP_4", StringComparison.Ordinal) => FailureKind.NotExecuted,
            _ => failure.Kind,
        };
        return new Bitrix24Exception(kind, failure.PortalHost, pending.Calls[0].Method, failure.Code, failure.Description, failure.RetryAt);
    }

    private async Task<CallOutcome> SendPlainAsync(Call call, ActivityContext caller)
    {
        var started = clock.GetTimestamp();
        Activity? span = null;
        try
        {
            if (FindPause([call]) is { } pause)
            {
                return new CallOutcome(call.Method, null, pause);
            }

            span = CallSpans.StartRequest(call.Method, credential.Portal, [call], [caller]);
            PortalMetrics.Gathered(Host, 1);
            var answer = await transport.SendAsync(call.Method, writer => WriteParameters(writer, call.Parameters), call.Writes);
            if (answer.Root.TryGetProperty("time", out var time))
            {
                figures.Observe(call.Method, time);
            }

            Log.Answered(logger, call.Method, Host, MillisecondsSince(started));
            return new CallOutcome(call.Method, answer.ToResult(), null);
        }
        catch (Bitrix24Exception exception)
        {
            span.Fail(exception);
            Log.Failed(logger, call.Method, Host, exception.Code, exception.Kind, MillisecondsSince(started));
            ObserveIfTimedOut([call], exception);
            return new CallOutcome(call.Method, null, WithPause(exception));
        }
        finally
        {
            span?.Dispose();
        }
    }

    /// <summary>Sends a call with a file, for which the caller has taken a permit; never in a batch.</summary>
    public async Task<CallOutcome> SendUploadAsync(FileUpload upload)
    {
        var file = new FileContent(upload.Content);
        var call = new Call(upload.Method, upload.Parameters(file.Placeholder), Writes: true);
        using var span = CallSpans.StartRequest(call.Method, credential.Portal, [call], [Activity.Current?.Context ?? default]);
        PortalMetrics.Gathered(Host, 1);
        var started = clock.GetTimestamp();
        try
        {
            var answer = await transport.SendAsync(call.Method, writer => WriteParameters(writer, call.Parameters), call.Writes, file);
            if (answer.Root.TryGetProperty("time", out var time))
            {
                figures.ObserveOperating(call.Method, time);
            }

            Log.Answered(logger, call.Method, Host, MillisecondsSince(started));
            return new CallOutcome(call.Method, answer.ToResult(), null);
        }
        catch (Bitrix24Exception exception)
        {
            span.Fail(exception);
            Log.Failed(logger, call.Method, Host, exception.Code, exception.Kind, MillisecondsSince(started));
            return new CallOutcome(call.Method, null, WithPause(exception));
        }
    }

    /// <summary>A group with a value that a batch cannot carry: its calls go as plain requests, and what refers to an earlier result is filled in here.</summary>
    private async Task<IReadOnlyList<CallOutcome>> SendOneByOneAsync(PendingCalls group)
    {
        var outcomes = new List<CallOutcome>(group.Calls.Count);
        foreach (var call in group.Calls)
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

            outcomes.Add(await SendPlainAsync(resolved, group.Caller));
        }

        return outcomes;
    }

    private async Task SendBatchAsync(IReadOnlyList<PendingCalls> load)
    {
        var commands = new List<string>(BatchLimits.MaxCommands);
        var command = new StringBuilder(256);
        var variable = new StringBuilder(64);
        foreach (var pending in load)
        {
            var first = commands.Count;
            foreach (var call in pending.Calls)
            {
                commands.Add(BatchEncoding.Encode(call, index => KeyOf(first + index), command, variable));
            }
        }

        var started = clock.GetTimestamp();
        using var span = CallSpans.StartRequest("batch", credential.Portal, [.. load.SelectMany(pending => pending.Calls)], load.Select(pending => pending.Caller));
        PortalMetrics.Gathered(Host, commands.Count);
        PortalAnswer answer;
        try
        {
            answer = await transport.SendAsync("batch", writer => WriteCommands(writer, commands), load.Any(pending => pending.Writes));
            if (!BatchAnswer.IsOne(answer.Root))
            {
                throw Failure(FailureKind.OutcomeUnknown, "batch", answer.CodeOrStatus, "The portal's answer is not that of a batch.");
            }
        }
        catch (Bitrix24Exception exception)
        {
            span.Fail(exception);
            Log.Failed(logger, "batch", Host, exception.Code, exception.Kind, MillisecondsSince(started));
            ObserveIfTimedOut([.. load.SelectMany(pending => pending.Calls)], exception);
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

    private static void WriteParameters(Utf8JsonWriter writer, JsonObject parameters)
    {
        foreach (var (name, value) in parameters)
        {
            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }
    }

    private static void WriteCommands(Utf8JsonWriter writer, List<string> commands)
    {
        writer.WriteNumber("halt", 0);
        writer.WriteStartObject("cmd");
        for (var i = 0; i < commands.Count; i++)
        {
            writer.WriteString(KeyOf(i), commands[i]);
        }

        writer.WriteEndObject();
    }

    private CallOutcome ReadOutcome(PortalAnswer answer, BatchAnswer batch, string key, Call call)
    {
        if (batch.Time(key) is { } time)
        {
            figures.Observe(call.Method, time);
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
            ? Failure(failure.Kind, failure.Method, failure.Code, failure.Description, figures.Operating.Pause(failure.Method))
            : failure;

    private void ObserveIfTimedOut(IReadOnlyList<Call> calls, Bitrix24Exception failure)
    {
        if (failure.Code == PortalTransport.TimeoutCode)
        {
            figures.ObserveTimeout(calls);
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
