namespace B24RobotApp.Sandbox.Faults;

/// <summary>The faults that are switched on for a portal or an authorization server.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private volatile FaultRule[] _rules = [];

    public IReadOnlyList<FaultRule> Rules => _rules;

    public FaultRule Add(FaultRule rule)
    {
        lock (_gate)
        {
            _rules = [.. _rules, rule];
        }
        return rule;
    }

    /// <summary>Switches a fault off and lets go what it holds.</summary>
    public void Remove(FaultRule rule)
    {
        lock (_gate)
        {
            _rules = [.. _rules.Where(other => other != rule)];
        }
        rule.Release();
    }

    public void Clear()
    {
        FaultRule[] rules;
        lock (_gate)
        {
            (rules, _rules) = (_rules, []);
        }
        foreach (var rule in rules)
        {
            rule.Release();
        }
    }

    /// <summary>The rule of one of these kinds that strikes now, if any.</summary>
    internal FaultRule? Next(IReadOnlyList<string> names, params ReadOnlySpan<FaultKind> kinds)
    {
        foreach (var rule in _rules)
        {
            if (kinds.Contains(rule.Kind) && rule.Strikes(names))
            {
                return rule;
            }
        }
        return null;
    }
}
