using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Runs the method <c>batch</c>: up to 50 commands, one after the other, each with what the earlier ones brought.</summary>
internal sealed class BatchRunner(SandboxPortal portal, CallRunner runner)
{
    private const int MaxLength = 50;

    /// <summary>Cost of the commands that were run; beyond the time limit the request is cut.</summary>
    public async Task<(CallOutcome Outcome, IReadOnlyList<JournalCall> Calls)> RunAsync(
        Hit hit, Caller caller, JsonObject parameters)
    {
        var start = portal.Clock.GetUtcNow();
        var timestamp = portal.Clock.GetTimestamp();
        var upper = parameters.GroupBy(entry => entry.Key.ToUpperInvariant()).ToDictionary(same => same.Key, same => same.Last().Value);
        var halts = IsTrue(upper.GetValueOrDefault("HALT"));
        var maps = new Dictionary<string, JsonObject>
        {
            ["result"] = [], ["next"] = [], ["total"] = [], ["time"] = [], ["error"] = [],
        };
        var calls = new List<JournalCall>();
        var cost = TimeSpan.Zero;

        foreach (var (index, (key, command)) in Commands(upper.GetValueOrDefault("CMD")).Index())
        {
            if (index < MaxLength && command?.GetValueKind() != JsonValueKind.String)
            {
                // A command that is no text is passed over without a word.
                continue;
            }

            var (method, outcome) = index < MaxLength
                ? await RunCommandAsync(hit, caller, command!.GetValue<string>(), maps)
                : ("", Refused("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"));
            calls.Add(new JournalCall(key, method, outcome.Parameters, outcome.ErrorCode));
            Keep(maps, key, outcome);

            cost += outcome.Cost;
            if (outcome.Error is not null && halts || cost > portal.Settings.RequestTimeLimit)
            {
                break;
            }
        }

        var duration = portal.Clock.GetElapsedTime(timestamp) + (portal.Settings.WaitsForCosts ? TimeSpan.Zero : cost);
        var result = new JsonObject
        {
            ["result"] = maps["result"],
            ["result_error"] = maps["error"],
            ["result_total"] = maps["total"],
            ["result_next"] = maps["next"],
            ["result_time"] = maps["time"],
        };
        var time = portal.Run(hit, () => TimeBlock.Create(portal, start, duration, caller.Entity, "batch"));
        return (new CallOutcome { Result = result, Time = time, Cost = cost }, calls);
    }

    private async Task<(string Method, CallOutcome Outcome)> RunCommandAsync(
        Hit hit, Caller caller, string command, Dictionary<string, JsonObject> maps)
    {
        var (name, query) = BatchCommand.Split(command);
        var method = name.ToLowerInvariant();
        if (method is "batch" or "download" or "upload")
        {
            return (name, Refused("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"));
        }

        var parameters = PhpQuery.Parse(query);
        BatchReferences.Resolve(parameters, maps);
        return (name, await runner.RunAsync(hit, caller, method, parameters));
    }

    private static void Keep(Dictionary<string, JsonObject> maps, string key, CallOutcome outcome)
    {
        if (outcome.Error is not null)
        {
            maps["error"][key] = outcome.Error.ToBody();
            return;
        }
        maps["result"][key] = outcome.Result;
        maps["time"][key] = outcome.Time;
        if (outcome.Total is { } total)
        {
            maps["total"][key] = total;
        }
        if (outcome.Next is { } next)
        {
            maps["next"][key] = next;
        }
    }

    private static IEnumerable<(string Key, JsonNode? Command)> Commands(JsonNode? commands) => commands switch
    {
        JsonObject map => map.Select(entry => (entry.Key, entry.Value)),
        JsonArray list => list.Index().Select(item => (item.Index.ToString(CultureInfo.InvariantCulture), item.Item)),
        _ => [],
    };

    /// <summary>PHP's cast to boolean: the text "false" is true.</summary>
    private static bool IsTrue(JsonNode? value) => !value.IsEmpty();

    private static CallOutcome Refused(string code, string description) => new() { Error = new RestError(code, description) };
}
