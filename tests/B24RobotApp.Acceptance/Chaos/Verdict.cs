using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>What became of the calls that the app has acknowledged, as the portals show it. Nothing of the app is asked.</summary>
internal sealed record Verdict
{
    /// <summary>Calls whose deal is not on the ESB, or with other products than it has at the source.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>Deals and clients that stand on the ESB more than once.</summary>
    public required IReadOnlyList<string> Doubled { get; init; }

    /// <summary>Workflows that still wait, or went on with values that are not true.</summary>
    public required IReadOnlyList<string> Unanswered { get; init; }

    public bool IsClean => Lost.Count + Doubled.Count + Unanswered.Count == 0;

    /// <summary>Fails if anything is wrong, and says what.</summary>
    public void AssertClean(ChaosOptions options, Action<string> tell)
    {
        foreach (var problem in Lost.Select(one => $"LOST {one}").Concat(Doubled.Select(one => $"DOUBLED {one}")).Concat(Unanswered.Select(one => $"UNANSWERED {one}")))
        {
            tell(problem);
        }

        Assert.True(IsClean, $"To run it again: {options.Command}");
    }

    /// <summary>Whether a workflow still waits for the answer to an acknowledged call.</summary>
    public static bool AnyWaits(Traffic traffic) => traffic.Portal.Run(() => traffic.Calls.Any(call => call.IsAcknowledged && call.Workflow.State == WorkflowState.Running));

    /// <summary>All together.</summary>
    public static Verdict Of(Stage stage, IReadOnlyList<Traffic> traffics)
    {
        var each = traffics.Select(traffic => Of(stage, traffic.Portal, traffic.Calls)).ToList();
        return new Verdict
        {
            Lost = [.. each.SelectMany(one => one.Lost)],
            Doubled = [.. each.SelectMany(one => one.Doubled)],
            Unanswered = [.. each.SelectMany(one => one.Unanswered)],
        };
    }

    private static Verdict Of(Stage stage, SandboxPortal source, IReadOnlyList<SentCall> calls)
    {
        var arrived = Arrived(stage, source, Crm.Deal)
            .ToLookup(deal => long.Parse(deal["originId"]!.ToString().Split(':')[0], CultureInfo.InvariantCulture));
        var lost = new List<string>();
        var unanswered = new List<string>();
        foreach (var deal in calls.GroupBy(call => call.DealId))
        {
            if (deal.Any(call => call.IsAcknowledged) && !arrived.Contains(deal.Key))
            {
                lost.Add($"{source.Code} deal {deal.Key}: not on the ESB; {Describe(source, deal.Last())}");
            }
            else if (deal.Last().IsAcknowledged && SumDifference(stage, source, deal.Key, arrived[deal.Key].First()) is { } difference)
            {
                lost.Add($"{source.Code} deal {deal.Key}: {difference}; {Describe(source, deal.Last())}");
            }

            unanswered.AddRange(
                from call in deal
                where call.IsAcknowledged
                let problem = source.Run(() => FindProblem(call, arrived[call.DealId].FirstOrDefault()))
                where problem is not null
                select $"{source.Code} deal {deal.Key}: {problem}; {Describe(source, call)}");
        }

        return new Verdict
        {
            Lost = lost,
            Doubled = [.. FindDoubles("deal", arrived), .. FindDoubles("contact", Clients(stage, source, Crm.Contact)), .. FindDoubles("company", Clients(stage, source, Crm.Company))],
            Unanswered = unanswered,
        };
    }

    private static IReadOnlyList<JsonObject> Arrived(Stage stage, SandboxPortal source, int entityTypeId) =>
        stage.Esb.List(entityTypeId, new JsonObject { ["=originatorId"] = $"b24:{source.MemberId}" });

    private static ILookup<long, JsonObject> Clients(Stage stage, SandboxPortal source, int entityTypeId) =>
        Arrived(stage, source, entityTypeId).ToLookup(client => long.Parse(client["originId"]!.ToString(), CultureInfo.InvariantCulture));

    private static IEnumerable<string> FindDoubles(string kind, ILookup<long, JsonObject> arrived) =>
        from item in arrived
        where item.Count() > 1
        select $"{kind} {item.Key}: {string.Join(", ", item.Select(one => $"{one["id"]} of {one["createdTime"]}"))}";

    private static string? SumDifference(Stage stage, SandboxPortal source, long deal, JsonObject arrived)
    {
        var here = Sum(source.Call("crm.item.productrow.list", new JsonObject { ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = deal } })!["productRows"]!.AsArray());
        var there = Sum(stage.EsbRowsOf(arrived["id"]!.GetValue<long>()));
        return here == there ? null : string.Create(CultureInfo.InvariantCulture, $"its products come to {here} here and to {there} on the ESB");
    }

    private static decimal Sum(JsonArray rows) => rows.Sum(row => row!["price"]!.GetValue<decimal>() * row["quantity"]!.GetValue<decimal>());

    private static string? FindProblem(SentCall call, JsonObject? arrived)
    {
        if (call.Workflow.State == WorkflowState.Running)
        {
            return "its robot waits";
        }

        // The deal has come to the stage again, or its robot has waited as long as it was told to.
        if (call.Workflow.State == WorkflowState.Terminated || call.HasTimedOut)
        {
            return null;
        }

        var result = RobotResult.Of(call.Workflow);
        return result.Status is "created" or "updated" && $"{result.EsbDealId}" == arrived?["id"]?.ToString()
            ? null
            : $"its robot was told «{result.Status}» {result.EsbDealId} {result.ErrorCode} {result.ErrorMessage}";
    }

    private static string Describe(SandboxPortal source, SentCall call) => source.Run(() =>
        $"workflow {call.Workflow.Id} of {call.Workflow.Started:HH:mm:ss} is {call.Workflow.State}, its call was answered {call.Delivery.Status} ({call.Delivery.Posts} posts)");
}
