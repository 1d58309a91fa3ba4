using System.IO.Enumeration;

namespace B24RobotApp.Sandbox.Faults;

/// <summary>A fault that is switched on: what, for which methods, how often.</summary>
public sealed class FaultRule
{
    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _remaining;

    public FaultRule(FaultKind kind, string pattern = "*", int? count = null, double probability = 1, int seed = 1)
    {
        Kind = kind;
        Pattern = pattern;
        Probability = probability;
        _remaining = count;
        _random = new Random(seed);
    }

    public FaultKind Kind { get; }

    /// <summary>A method with <c>*</c> and <c>?</c>, such as <c>crm.item.*</c>; for deliveries a robot's code or an event. Sub-calls of a batch count.</summary>
    public string Pattern { get; }

    /// <summary>0 to 1.</summary>
    public double Probability { get; }

    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Error code of <see cref="FaultKind.Refuse"/>, such as <c>OVERLOAD_LIMIT</c>.</summary>
    public string Code { get; init; } = "";

    /// <summary>HTTP status of <see cref="FaultKind.Refuse"/>.</summary>
    public int Status { get; init; } = 400;

    /// <summary>How often it will still strike; <see langword="null"/>: until it is removed.</summary>
    public int? Remaining => _remaining;

    /// <summary>How often it struck.</summary>
    public int Struck { get; private set; }

    /// <summary>Completes when the rule is released.</summary>
    internal Task Released => _released.Task;

    /// <summary>Lets go the requests that are held, and those that come after.</summary>
    public void Release() => _released.TrySetResult();

    internal bool Strikes(IReadOnlyList<string> names)
    {
        if (!names.Any(name => FileSystemName.MatchesSimpleExpression(Pattern, name)))
        {
            return false;
        }
        lock (_gate)
        {
            if (_remaining == 0 || _random.NextDouble() >= Probability)
            {
                return false;
            }
            _remaining--;
            Struck++;
            return true;
        }
    }
}
