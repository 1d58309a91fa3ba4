using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>One fault after the other, of every kind, at the source portals and the ESB, in the queues between portals and app, and at the authorization server.</summary>
/// <param name="stage">Where.</param>
/// <param name="sources">The source portals.</param>
/// <param name="random">Which, and when.</param>
/// <param name="longestHeld">A portal works on a request that was cut off for so long at most.</param>
/// <param name="longestPause">Between two faults. A lost request takes up to 50 transfers along, and the app leaves the portal alone for a quarter of a minute; so that they travel amid the faults and not
/// after them, these must not come much more often.</param>
internal sealed class FaultStorm(Stage stage, IEnumerable<SandboxPortal> sources, Random random, TimeSpan longestHeld, TimeSpan longestPause)
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(4);

    private static readonly FaultKind[] Everywhere =
    [
        FaultKind.ResetBefore, FaultKind.ResetAfter, FaultKind.InternalErrorBefore, FaultKind.InternalErrorAfter, FaultKind.BadGatewayBefore, FaultKind.BadGatewayAfter,
        FaultKind.Slow, FaultKind.Held, FaultKind.Hang, FaultKind.QueryLimitExceeded, FaultKind.Refuse,
    ];

    private static readonly FaultKind[] Deliveries = [FaultKind.DropDelivery, FaultKind.DuplicateDelivery, FaultKind.DelayDelivery];

    private readonly (FaultPlan Plan, FaultKind[] Kinds, string[] Methods)[] _places =
    [
        .. sources.SelectMany(AtSource),

        // A webhook has no token that could expire.
        (stage.Esb.Faults, [.. Everywhere, FaultKind.OperationTimeLimit],
            ["*", "*", "crm.item.add", "crm.item.add", "crm.item.productrow.set", "crm.item.productrow.set", "crm.item.update", "crm.item.list", "crm.item.get", "crm.duplicate.findbycomm"]),
        (stage.Sandbox.OAuthServer.Faults, Everywhere, ["*"]),
    ];

    private readonly List<FaultRule> _rules = [];
    private readonly Stack<(FaultPlan Plan, FaultKind Kind, string[] Methods)> _deck = [];

    /// <summary>How often each kind struck.</summary>
    public IEnumerable<(FaultKind Kind, int Struck)> Struck =>
        _rules.GroupBy(rule => rule.Kind).OrderBy(kind => kind.Key).Select(kind => (kind.Key, kind.Sum(rule => rule.Struck)));

    public async Task RunAsync(CancellationToken ended)
    {
        var living = new List<Task>();
        try
        {
            while (!ended.IsCancellationRequested)
            {
                living.RemoveAll(life => life.IsCompleted);
                living.Add(LiveAsync(Draw(), ended));
                await Task.Delay(longestPause * random.NextDouble(), TimeProvider.System, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        await Task.WhenAll(living);
    }

    private static IEnumerable<(FaultPlan, FaultKind[], string[])> AtSource(SandboxPortal source) =>
    [
        (source.Faults, [.. Everywhere, FaultKind.ExpiredToken, FaultKind.OperationTimeLimit],
            ["*", "*", "crm.item.get", "crm.item.list", "crm.item.productrow.list", "crm.timeline.comment.*", "bizproc.event.send", "bizproc.workflow.*"]),
        (source.Faults, Deliveries, [Stage.RobotCode]),
    ];

    /// <summary>Each kind at each place in turn, and then again in another order.</summary>
    private (FaultPlan Plan, FaultRule Rule, TimeSpan Held) Draw()
    {
        if (_deck.Count == 0)
        {
            Shuffle();
        }

        var (plan, kind, methods) = _deck.Pop();
        var rule = new FaultRule(kind, methods[random.Next(methods.Length)], count: 1)
        {
            Delay = LongestDelay * random.NextDouble(),
            Code = "OVERLOAD_LIMIT",
            Status = 503,
        };
        _rules.Add(rule);
        plan.Add(rule);
        return (plan, rule, longestHeld * random.NextDouble());
    }

    private void Shuffle()
    {
        var all = _places.SelectMany(place => place.Kinds.Select(kind => (place.Plan, Kind: kind, place.Methods))).ToArray();
        random.Shuffle(all);

        // A method whose execution time is used up rests for a minute, so that comes first and not when the run is about to end.
        foreach (var card in all.OrderBy(card => card.Kind == FaultKind.OperationTimeLimit))
        {
            _deck.Push(card);
        }
    }

    /// <summary>Lets a fault go when it has struck often enough, or has waited in vain.</summary>
    private static async Task LiveAsync((FaultPlan Plan, FaultRule Rule, TimeSpan Held) fault, CancellationToken ended)
    {
        try
        {
            await Eventually.TrueAsync(() => fault.Rule.Remaining == 0, "the fault has struck", TimeProvider.System, ended, LongestLife);
            if (fault.Rule.Kind == FaultKind.Held)
            {
                await Task.Delay(fault.Held, TimeProvider.System, ended);
            }
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // Nobody came by, or the time is over.
        }

        fault.Plan.Remove(fault.Rule);
    }
}
