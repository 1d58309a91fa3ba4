using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Runs one call, plain or out of a batch.</summary>
internal sealed class CallRunner(SandboxPortal portal, RestMethodTable methods)
{
    /// <summary>The method if this portal has it on its plan.</summary>
    public RestMethod? Find(string name) =>
        methods.Find(name) is { } method && (method.Requires?.Invoke(portal.Settings) ?? true) ? method : null;

    public TimeSpan CostOf(string method) => portal.Costs.TryGetValue(method, out var cost) ? cost : portal.Settings.DefaultCost;

    public async Task<CallOutcome> RunAsync(Hit hit, Caller caller, string name, JsonObject parameters)
    {
        var start = portal.Clock.GetUtcNow();
        var timestamp = portal.Clock.GetTimestamp();
        var cost = CostOf(name);
        if (portal.Settings.WaitsForCosts && cost > TimeSpan.Zero)
        {
            // A caller that hangs up changes nothing: PHP runs to its end.
            await Task.Delay(cost, portal.Clock, CancellationToken.None);
        }
        try
        {
            var method = Find(name) ?? throw MethodNotFound();
            // A plain call was let in with its scope; this concerns commands of a batch.
            Authentication.CheckScopeOfCommand(caller, method);
            return portal.Run(hit, () => RunLocked(caller, method, parameters, cost, start, timestamp));
        }
        catch (RestError error)
        {
            return new CallOutcome { Error = error, Cost = cost, Parameters = parameters };
        }
        catch (Exception defect)
        {
            // A defect of the sandbox looks from outside like one of a portal; the journal names it.
            return new CallOutcome
            {
                Error = new RestError("INTERNAL_SERVER_ERROR", "Internal server error", 500),
                Defect = defect.ToString(),
                Cost = cost,
                Parameters = parameters,
            };
        }
    }

    public static RestError MethodNotFound() => new("ERROR_METHOD_NOT_FOUND", "Method not found!", 404);

    private CallOutcome RunLocked(Caller caller, RestMethod method, JsonObject parameters, TimeSpan cost, DateTimeOffset start, long timestamp)
    {
        if (portal.Limits.IsBlocked(caller.Entity, method.Name, start)
            || portal.Faults.Next([method.Name], FaultKind.OperationTimeLimit) is not null)
        {
            throw new RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429);
        }
        if (method.AppOnly && caller.App is null)
        {
            throw RestErrors.AccessDenied("Application context required");
        }
        if (method.AdminOnly && !caller.User.IsAdmin)
        {
            throw RestErrors.AccessDenied();
        }

        var call = new RestCall
        {
            Portal = portal,
            User = caller.User,
            App = caller.App,
            Webhook = caller.Webhook,
            Scopes = caller.Scopes,
            Credential = caller.Credential,
            Start = (int)Math.Clamp(parameters["start"].AsLong() ?? 0, int.MinValue, int.MaxValue),
            Parameters = Authentication.WithoutReserved(parameters),
        };
        var result = method.Handler(call);

        // Costs that were not waited for are added to what the clock says.
        var duration = portal.Clock.GetElapsedTime(timestamp) + (portal.Settings.WaitsForCosts ? TimeSpan.Zero : cost);
        portal.Limits.Register(caller.Entity, method.Name, start, duration);
        return new CallOutcome
        {
            Result = result?.Parent is null ? result : result.DeepClone(),
            Total = call.Total,
            Next = call.Next,
            File = call.File,
            Time = TimeBlock.Create(portal, start, duration, caller.Entity, method.Name),
            Cost = cost,
            Parameters = call.Parameters,
        };
    }
}
