using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The journals and the faults, of portals and of the authorization server.</summary>
internal static class TrafficControl
{
    public static void Map(ControlRoutes control)
    {
        control.Get("portals/{portal}/journal", request => View(request, request.Portal.Journal));
        control.Delete("portals/{portal}/journal", request => Clear(request.Portal.Journal));
        control.Get("portals/{portal}/faults", request => View(request.Portal.Faults));
        control.Post("portals/{portal}/faults", request => Add(request, request.Portal.Faults));
        control.Delete("portals/{portal}/faults", request => Clear(request.Portal.Faults));
        control.Get("oauth/journal", request => View(request, request.OAuthServer.Journal));
        control.Delete("oauth/journal", request => Clear(request.OAuthServer.Journal));
        control.Get("oauth/faults", request => View(request.OAuthServer.Faults));
        control.Post("oauth/faults", request => Add(request, request.OAuthServer.Faults));
        control.Delete("oauth/faults", request => Clear(request.OAuthServer.Faults));
    }

    /// <summary>The last requests, newest first; <c>?last=</c> says how many.</summary>
    private static JsonObject View(ControlRequest request, RequestJournal journal)
    {
        var last = int.TryParse(request.Query("last"), CultureInfo.InvariantCulture, out var count) ? count : 100;
        return new JsonObject
        {
            ["requests"] = journal.RequestCount,
            ["calls"] = journal.CallCount,
            ["entries"] = new JsonArray([.. journal.Entries.TakeLast(last).Reverse().Select(View)]),
        };
    }

    private static JsonObject View(JournalEntry entry) => new()
    {
        ["time"] = entry.Time.ToString("O"),
        ["method"] = entry.Method,
        ["caller"] = entry.Caller,
        ["status"] = entry.Status,
        ["error"] = entry.Error,
        ["fault"] = entry.Fault,
        ["defect"] = entry.Defect,
        ["milliseconds"] = entry.Duration.TotalMilliseconds,
        ["parameters"] = entry.Parameters?.DeepClone(),
        ["calls"] = new JsonArray([.. entry.Calls.Select(call => new JsonObject
        {
            ["key"] = call.Key,
            ["method"] = call.Method,
            ["parameters"] = call.Parameters?.DeepClone(),
            ["error"] = call.Error,
        })]),
    };

    private static JsonNode? Clear(RequestJournal journal)
    {
        journal.Clear();
        return null;
    }

    private static JsonArray View(FaultPlan faults) => new([.. faults.Rules.Select(rule => new JsonObject
    {
        ["kind"] = rule.Kind.ToString(),
        ["pattern"] = rule.Pattern,
        ["remaining"] = rule.Remaining,
        ["probability"] = rule.Probability,
        ["delaySeconds"] = rule.Delay.TotalSeconds,
        ["struck"] = rule.Struck,
    })]);

    private static JsonArray Add(ControlRequest request, FaultPlan faults)
    {
        faults.Add(new FaultRule(
            request.Choice<FaultKind>("kind"),
            request.Text("pattern", "*"),
            (int?)request.Body["count"].AsLong(),
            request.Seconds("probability")?.TotalSeconds ?? 1,
            (int)request.Number("seed", 1))
        {
            Delay = request.Seconds("delaySeconds") ?? TimeSpan.FromSeconds(1),
            Code = request.Text("code", ""),
            Status = (int)request.Number("status", 400),
        });
        return View(faults);
    }

    private static JsonNode? Clear(FaultPlan faults)
    {
        faults.Clear();
        return null;
    }
}
