using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Reads of single things that wait together and will travel as one list call. It takes in more until it is put into a request, so it is the denser the longer it waits.
/// </summary>
/// <param name="most">How many things one call may ask for.</param>
/// <param name="build">Makes the list call for the ids.</param>
internal sealed class SetRead(int most, Func<IReadOnlyList<long>, Call> build)
{
    /// <summary>Room for the digits of an id and the name of its variable.</summary>
    private const int CharactersPerId = 40;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _ids = [];
    private readonly TaskCompletionSource<SetAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _sealed;

    /// <summary>What the list call brought; fails as the call failed.</summary>
    public Task<SetAnswer> Answer => _answer.Task;

    /// <summary>The ids that were asked for.</summary>
    public IReadOnlyCollection<long> Ids => _ids;

    /// <summary>Adds an id, unless the call has left or is full.</summary>
    public bool TryJoin(long id)
    {
        lock (_lock)
        {
            return !_sealed && (_ids.Contains(id) || (_ids.Count < most && _ids.Add(id)));
        }
    }

    /// <summary>What waits for a request in place of the single reads.</summary>
    public PendingCalls Pending(string method) => new(method, most * CharactersPerId, Seal);

    /// <summary>The end for those who await an answer, once.</summary>
    public void Complete(SetAnswer answer) => _answer.TrySetResult(answer);

    /// <inheritdoc cref="Complete"/>
    public void Fail(Exception exception)
    {
        if (_answer.TrySetException(exception))
        {
            _ = _answer.Task.Exception;
        }
    }

    private Call Seal()
    {
        lock (_lock)
        {
            _sealed = true;
            return build([.. _ids.Order()]);
        }
    }

    /// <summary>A list of ids as a parameter.</summary>
    public static JsonArray List(IReadOnlyList<long> ids) => new([.. ids.Select(id => JsonValue.Create(id))]);
}

/// <summary>What a list call brought, by the id that was asked for.</summary>
/// <param name="ById">The raw JSON of what belongs to an id: an item, or its rows.</param>
/// <param name="Refused">The portal does not answer such a list: each is to be asked for singly.</param>
internal sealed record SetAnswer(IReadOnlyDictionary<long, IReadOnlyList<string>> ById, bool Refused = false);
