using System.Collections.Concurrent;
using System.Text.Json;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Under load, reads of single things become reads of many: <c>crm.item.get</c> and lists by ids become one <c>crm.item.list</c> of up to 50 ids, product rows of several owners one
/// <c>crm.item.productrow.list</c>. Callers do not know: each gets what his own call would have brought. What is missing in a list is asked for singly, to learn why; and a portal whose
/// lists say less than its single answers, or that does not take several owners, is asked singly from then on. Source: crm/universal/crm-item-list.md, product-rows/crm-item-productrow-list.md.
/// </summary>
internal sealed class SetReads(Func<PendingCalls, Task<IReadOnlyList<CallOutcome>>> submitAsync, Func<string, string, Bitrix24Exception> notRun)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SetRead> _open = new(StringComparer.Ordinal);

    /// <summary>Per kind of item the properties of a single answer; a list's item that lacks one of them is not believed.</summary>
    private readonly ConcurrentDictionary<int, HashSet<string>> _properties = new();

    private readonly ConcurrentDictionary<string, bool> _singly = new(StringComparer.Ordinal);
    private bool _severalOwnersProved;
    private double _rowsPerOwner = 2;

    /// <summary>Whether something of a group can be merged with what others ask.</summary>
    public static bool CanMerge(IReadOnlyList<Call> calls) => calls.All(call => !call.Writes) && calls.Any(call => SetRequest.Of(call, mayRefer: true) is not null);

    /// <summary>Whether a list is waiting that would take in a group's reads.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _open.Count > 0;
            }
        }
    }

    /// <summary>Learns from single answers what an item says of itself.</summary>
    public void Learn(IReadOnlyList<Call> calls, IReadOnlyList<CallOutcome> outcomes)
    {
        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i].Method == "crm.item.get" && outcomes[i].Result is { } result && SetRequest.Of(calls[i], mayRefer: true) is { } request
                && result.Result.Property("item") is { ValueKind: JsonValueKind.Object } item && !_properties.ContainsKey(request.EntityTypeId))
            {
                _properties[request.EntityTypeId] = PropertiesOf(item);
            }
        }
    }

    /// <summary>Runs a group in phases: what refers to an earlier result is filled in here once that is there.</summary>
    public async Task<IReadOnlyList<CallOutcome>> RunAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        var outcomes = new CallOutcome[calls.Count];
        var references = calls.Select(call => BatchEncoding.Inspect(call).HighestReference).ToArray();
        while (Array.IndexOf(outcomes, null) >= 0)
        {
            var done = Array.IndexOf(outcomes, null);
            var ready = Enumerable.Range(0, calls.Count).Where(i => outcomes[i] is null && references[i] < done).ToList();
            if (ready.Count == 0)
            {
                throw new ArgumentException($"{calls[done].Method}, call {done} of its group, refers to call {references[done]}, which does not stand before it.");
            }

            var results = await Task.WhenAll(ready.Select(i => RunOneAsync(calls[i], outcomes, cancellationToken)));
            for (var i = 0; i < ready.Count; i++)
            {
                outcomes[ready[i]] = results[i];
            }
        }

        return outcomes;
    }

    private async Task<CallOutcome> RunOneAsync(Call call, IReadOnlyList<CallOutcome> earlier, CancellationToken cancellationToken)
    {
        if (!ResultReferences.TryResolve(call, earlier, out var resolved))
        {
            return new CallOutcome(call.Method, null, notRun(call.Method, "The portal's answer to an earlier call lacks what this one needs."));
        }

        try
        {
            return SetRequest.Of(resolved, mayRefer: false) switch
            {
                null => await SinglyAsync(resolved, cancellationToken),
                { Ids: [] } => new CallOutcome(call.Method, null, notRun(call.Method, "There is nothing to ask for.")),
                var request => await RunAsync(resolved, request, cancellationToken),
            };
        }
        catch (Bitrix24Exception exception)
        {
            // In a batch the portal would go on with the next call of the group, too.
            return new CallOutcome(call.Method, null, exception);
        }
    }

    private Task<CallOutcome> RunAsync(Call call, SetRequest request, CancellationToken cancellationToken) =>
        _singly.ContainsKey(request.Key) || request.Ids.Count > BatchLimits.PageSize ? SinglyAsync(call, cancellationToken) : request.Kind switch
        {
            SetKind.Item => ItemAsync(call, request, cancellationToken),
            SetKind.Items => ItemsAsync(call, request, cancellationToken),
            _ => RowsAsync(call, request, cancellationToken),
        };

    private async Task<CallOutcome> SinglyAsync(Call call, CancellationToken cancellationToken)
    {
        var outcome = (await submitAsync(new PendingCalls([call], cancellationToken)))[0];
        Learn([call], [outcome]);
        return outcome;
    }

    private async Task<CallOutcome> ItemAsync(Call call, SetRequest request, CancellationToken cancellationToken)
    {
        if (!_properties.TryGetValue(request.EntityTypeId, out var properties))
        {
            return await SinglyAsync(call, cancellationToken);
        }

        var answer = await AskAsync(request, request.Ids[0]).WaitAsync(cancellationToken);
        if (answer.ById.GetValueOrDefault(request.Ids[0]) is not [var raw])
        {
            // Deleted, or not readable: the single call says which.
            return await SinglyAsync(call, cancellationToken);
        }

        var result = JsonSerializer.Deserialize<JsonElement>($$"""{"item":{{raw}}}""");
        if (properties.IsSubsetOf(PropertiesOf(result.GetProperty("item"))))
        {
            return new CallOutcome(call.Method, new CallResult(result), null);
        }

        // A field was deleted, or this portal's lists say less than its single answers.
        _properties.TryRemove(request.EntityTypeId, out _);
        var single = await SinglyAsync(call, cancellationToken);
        if (single.Result is { } told && !PropertiesOf(told.Result.Property("item")).IsSubsetOf(PropertiesOf(result.GetProperty("item"))))
        {
            _singly[request.Key] = true;
        }

        return single;
    }

    private async Task<CallOutcome> ItemsAsync(Call call, SetRequest request, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(request.Ids.Select(id => AskAsync(request, id))).WaitAsync(cancellationToken);
        if (answers.Any(answer => answer.Refused))
        {
            return await SinglyAsync(call, cancellationToken);
        }

        var items = request.Ids.Zip(answers).SelectMany(asked => asked.Second.ById.GetValueOrDefault(asked.First) ?? []).ToList();
        return new CallOutcome(call.Method, new CallResult(JsonSerializer.Deserialize<JsonElement>($$"""{"items":[{{string.Join(',', items)}}]}"""), items.Count), null);
    }

    private async Task<CallOutcome> RowsAsync(Call call, SetRequest request, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(request, request.Ids[0]).WaitAsync(cancellationToken);
        var rows = answer.ById.GetValueOrDefault(request.Ids[0]) ?? [];

        // No rows may mean "no rows" or "this portal takes one owner only", until it has told rows of two at once.
        return answer.Refused || (rows.Count == 0 && !_severalOwnersProved)
            ? await SinglyAsync(call, cancellationToken)
            : new CallOutcome(call.Method, new CallResult(JsonSerializer.Deserialize<JsonElement>($$"""{"productRows":[{{string.Join(',', rows)}}]}"""), rows.Count), null);
    }

    /// <summary>Joins the list that waits for this kind, or begins one.</summary>
    private Task<SetAnswer> AskAsync(SetRequest request, long id)
    {
        SetRead read;
        lock (_lock)
        {
            if (_open.TryGetValue(request.ListKey, out var open) && open.TryJoin(id))
            {
                return open.Answer;
            }

            var most = request.Kind == SetKind.Rows ? Math.Clamp((int)(BatchLimits.PageSize / _rowsPerOwner), 1, BatchLimits.PageSize) : BatchLimits.PageSize;
            _open[request.ListKey] = read = new SetRead(most, request.Build);
            read.TryJoin(id);
        }

        _ = SendAsync(read, request);
        return read.Answer;
    }

    /// <summary>Sends a list and tells everyone who waits for it how it ended. Never throws.</summary>
    private async Task SendAsync(SetRead read, SetRequest request)
    {
        try
        {
            var outcome = (await submitAsync(read.Pending(request.ListMethod)))[0];
            if (outcome.Failure is { Kind: FailureKind.Refused })
            {
                _singly[request.Key] = true;
                read.Complete(new SetAnswer(new Dictionary<long, IReadOnlyList<string>>(), Refused: true));
                return;
            }

            var found = new Dictionary<long, List<string>>();
            var page = outcome.GetOrThrow();
            while (true)
            {
                Take(page, request, read.Ids, found);
                if (request.Kind != SetKind.Rows || page.Next is not { } start)
                {
                    break;
                }

                var next = request.Build([.. read.Ids.Order()]);
                next.Parameters["start"] = start;
                page = (await submitAsync(new PendingCalls([next], CancellationToken.None)))[0].GetOrThrow();
            }

            if (request.Kind == SetKind.Rows)
            {
                _severalOwnersProved |= found.Count > 1;
                _rowsPerOwner = (_rowsPerOwner * 0.9) + (0.1 * Math.Max(1, found.Sum(owner => owner.Value.Count) / (double)read.Ids.Count));
            }

            read.Complete(new SetAnswer(found.ToDictionary(one => one.Key, IReadOnlyList<string> (one) => one.Value)));
        }
        catch (Exception exception)
        {
            // Whoever waits hears of it, also of a defect.
            read.Fail(exception);
        }
        finally
        {
            lock (_lock)
            {
                if (_open.GetValueOrDefault(request.ListKey) == read)
                {
                    _open.Remove(request.ListKey);
                }
            }
        }
    }

    private static void Take(CallResult page, SetRequest request, IReadOnlyCollection<long> asked, Dictionary<long, List<string>> found)
    {
        var (list, key) = request.Kind == SetKind.Rows ? ("productRows", "ownerId") : ("items", "id");
        foreach (var element in page.Result.Property(list).AsList())
        {
            // A filter that was passed over brings strangers.
            if (element.Id(key) is { } id && asked.Contains(id))
            {
                (found.TryGetValue(id, out var known) ? known : found[id] = []).Add(element.GetRawText());
            }
        }
    }

    private static HashSet<string> PropertiesOf(JsonElement item) => [.. item.AsMap().Select(property => property.Key)];
}
