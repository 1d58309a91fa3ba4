using System.Globalization;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Calls of one portal with one credential. Callers await single calls or groups; how these travel is the client's affair: while nothing is under way, a call leaves at once
/// and alone; while as many requests are under way as the portal's rate and latency call for, calls wait and leave together in a <c>batch</c>.
/// </summary>
public sealed class PortalClient
{
    /// <summary>Callers who wait for a batch from which on reads are merged: about as many as fill one.</summary>
    private const int BusyFrom = 10;

    /// <summary>Entries of one list.</summary>
    private const int MostOfList = 50_000;

    private readonly PortalLimits _limits;
    private readonly PortalCredential _credential;
    private readonly LeakyBucket _bucket;
    private readonly CallFigures _figures;
    private readonly LoadSender _sender;
    private readonly BatchCoalescer _coalescer;
    private readonly SetReads _setReads;
    private readonly FileDownload _download;

    internal PortalClient(
        PortalCredential credential, HttpClient http, LeakyBucket bucket, PortalLimits limits, TimeProvider clock, ILogger<PortalClient> logger)
    {
        _limits = limits;
        _credential = credential;
        _bucket = bucket;
        _figures = new CallFigures(limits, clock);
        var transport = new PortalTransport(http, credential, bucket, limits, _figures.Latency, clock, Random.Shared, logger);
        _sender = new LoadSender(credential, transport, bucket, _figures, clock, logger);
        _coalescer = new BatchCoalescer(bucket, limits, _figures, clock, _sender.SendAsync);
        _setReads = new SetReads(
            _coalescer.SubmitAsync, (method, why) => new Bitrix24Exception(FailureKind.NotExecuted, credential.Portal.Authority, method, "NOT_RUN", why));
        _download = new FileDownload(http, credential, bucket, limits, clock);
    }

    /// <summary>The portal's address as known now.</summary>
    public Uri Portal => _credential.Portal;

    /// <summary>Seconds of execution time that this credential has used of a method within the last ten minutes, as last told by the portal.</summary>
    public double OperatingSecondsUsed(string method) => _figures.Operating.SecondsUsed(method);

    /// <summary>Until when a method rests because its execution time is used up; <see langword="null"/> if it may be called.</summary>
    public DateTimeOffset? PausedUntil(string method) => _figures.Operating.PausedUntil(method);

    /// <summary>What this credential has used of the portal's execution time, by method.</summary>
    public IReadOnlyList<MethodUse> OperatingUse => _figures.Operating.Look();

    /// <summary>How the portal's request limit stands, for all credentials together.</summary>
    public BucketFigures Requests => _bucket.Look();

    /// <summary>Callers whose calls wait for their turn with this credential.</summary>
    public int Waiting => _coalescer.Waiting;

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

    /// <summary>Calls a method with a file, in a request of its own; the content is encoded while it is sent.</summary>
    /// <param name="upload">The call. It counts as a write.</param>
    /// <param name="cancellationToken">Ends the waiting for the portal's limit; a request that was sent goes on.</param>
    /// <exception cref="Bitrix24Exception">The call brought no result. With <see cref="FailureKind.OutcomeUnknown"/> the file may have arrived.</exception>
    public async Task<CallResult> UploadAsync(FileUpload upload, CancellationToken cancellationToken)
    {
        await _bucket.TakeAsync(cancellationToken);
        if (_sender.FindPause(upload.Method) is { } pause)
        {
            _bucket.Return();
            throw pause;
        }

        return (await _sender.SendUploadAsync(upload)).GetOrThrow();
    }

    /// <summary>Downloads a file by the link that an item of this portal gave; the link holds its own authorization.</summary>
    /// <param name="link">The link. One that leads to another host is refused.</param>
    /// <param name="target">Takes the content; what is written when this fails is of no use.</param>
    /// <param name="longest">The most bytes that are taken; of a bigger file only the name comes back.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <exception cref="Bitrix24Exception">
    /// <see cref="FailureKind.NotExecuted"/>: a later attempt may succeed. <see cref="FailureKind.Refused"/>: the link is dead (read the item again for a new one) or leads elsewhere.
    /// </exception>
    public Task<DownloadedFile> DownloadAsync(FileLink link, Stream target, long longest, CancellationToken cancellationToken) =>
        _download.RunAsync(link, target, longest, cancellationToken);

    /// <summary>A list whose next page lies before this one, or beyond what anybody has in one list, would be read for ever.</summary>
    private CallOutcome WithoutEndlessList(Call call, CallOutcome outcome)
    {
        if (outcome.Result is not { Next: { } next } result)
        {
            return outcome;
        }

        var start = (call.Parameters["start"] ?? call.Parameters["START"])?.ToString();
        var from = int.TryParse(start, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return next <= 0 ? outcome with { Result = result with { Next = null } }
            : next > from && next <= MostOfList ? outcome
            : outcome with
            {
                Result = null,
                Failure = new Bitrix24Exception(FailureKind.Refused, _credential.Portal.Authority, call.Method, "ENDLESS_LIST", "The portal's list has no end."),
            };
    }

    private async Task<IReadOnlyList<CallOutcome>> SubmitAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_sender.FindPause(calls) is { } pause)
        {
            throw pause;
        }

        using var span = CallSpans.StartCalls(calls, Portal);

        // So many callers wait that each request is full: then a list of many is worth an answer that comes in two steps.
        if (_limits.MergesReads && (_coalescer.Waiting >= BusyFrom || _setReads.IsOpen) && SetReads.CanMerge(calls))
        {
            return await _setReads.RunAsync(calls, cancellationToken);
        }

        var outcomes = await _coalescer.SubmitAsync(new PendingCalls(calls, cancellationToken));
        _setReads.Learn(calls, outcomes);
        return outcomes.Any(outcome => outcome.Result?.Next is not null) ? [.. outcomes.Select((outcome, index) => WithoutEndlessList(calls[index], outcome))] : outcomes;
    }
}
