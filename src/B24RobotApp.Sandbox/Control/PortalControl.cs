using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The portals themselves: what there is, their people, settings, limits and address.</summary>
internal static class PortalControl
{
    public static void Map(ControlRoutes control)
    {
        control.Get("state", request => State(request));
        control.Map("POST", "portals", AddAsync);
        control.Get("portals/{portal}", request => View(request.Portal));
        control.Map("POST", "portals/{portal}/address", ChangeAddressAsync);
        control.Map("POST", "portals/{portal}/idle", WaitAsync);
        control.Post("portals/{portal}/users/{user}", SetUser);
        control.Get("portals/{portal}/settings", request => Settings(request.Portal));
        control.Post("portals/{portal}/settings", Change);
        control.Get("portals/{portal}/limits", request => Limits(request.Portal));
        control.Post("portals/{portal}/limits", ChangeLimits);
        control.Post("portals/{portal}/costs", ChangeCosts);
    }

    private static JsonObject State(ControlRequest request) => new()
    {
        ["oauth"] = request.OAuthServer.BaseUrl.ToString(),
        ["control"] = request.Host.ControlUrl?.ToString(),
        ["time"] = request.OAuthServer.Clock.GetUtcNow().ToString("O"),
        ["faultKinds"] = new JsonArray([.. Enum.GetNames<FaultKind>().Select(kind => JsonValue.Create(kind))]),
        ["portals"] = new JsonArray([.. request.Host.Portals.Values.OrderBy(portal => portal.Code).Select(View)]),
    };

    private static JsonObject View(SandboxPortal portal) => new()
    {
        ["code"] = portal.Code,
        ["title"] = portal.Title,
        ["url"] = portal.BaseUrl.ToString(),
        ["domain"] = portal.Domain,
        ["memberId"] = portal.MemberId,
        ["browserUserId"] = portal.BrowserUserId,
        ["requests"] = portal.Journal.RequestCount,
        ["calls"] = portal.Journal.CallCount,
        ["users"] = new JsonArray([.. portal.Users.Select(user => new JsonObject
        {
            ["id"] = user.Id,
            ["name"] = user.Name,
            ["lastName"] = user.LastName,
            ["isAdmin"] = user.IsAdmin,
            ["isActive"] = user.IsActive,
        })]),
        ["applications"] = new JsonArray([.. portal.Applications.Select(ApplicationControl.View)]),
        ["webhooks"] = new JsonArray([.. portal.Webhooks.Select(ApplicationControl.View)]),
        ["outgoingWebhooks"] = new JsonArray([.. portal.OutgoingWebhooks.Select(ApplicationControl.View)]),
    };

    private static async Task<JsonNode?> AddAsync(ControlRequest request) => View(await request.Host.AddPortalAsync(
        new PortalOptions { Code = request.Text("code"), Title = request.Text("title", request.Text("code")), Port = (int)request.Number("port", 0) },
        request.Aborted));

    private static async Task<JsonNode?> ChangeAddressAsync(ControlRequest request)
    {
        await request.Host.ChangeAddressAsync(request.Portal, (int)request.Number("port", 0), request.Aborted);
        return View(request.Portal);
    }

    private static async Task<JsonNode?> WaitAsync(ControlRequest request)
    {
        await request.Portal.WhenIdleAsync().WaitAsync(request.Aborted);
        return null;
    }

    private static JsonObject SetUser(ControlRequest request)
    {
        var user = request.Portal.Users.FirstOrDefault(user => user.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == request.Route("user"))
            ?? throw new ControlError(404, $"There is no user {request.Route("user")}.");
        user.IsActive = request.Flag("isActive") ?? user.IsActive;
        if (request.Flag("isInBrowser") == true)
        {
            request.Portal.BrowserUserId = user.Id;
        }
        return View(request.Portal);
    }

    private static JsonObject Settings(SandboxPortal portal) => Settings(portal.Settings, portal.Crm.Settings);

    private static JsonObject Settings(PortalSettings settings, CrmSettings crm) => new()
    {
        ["generation"] = settings.Generation.ToString(),
        ["isCloud"] = settings.IsCloud,
        ["hasWorkflowDesigner"] = settings.HasWorkflowDesigner,
        ["hasAutomation"] = settings.HasAutomation,
        ["hasRestAccess"] = settings.HasRestAccess,
        ["features"] = new JsonArray([.. settings.Features.Select(feature => JsonValue.Create(feature))]),
        ["language"] = settings.Language,
        ["isDark"] = settings.IsDark,
        ["license"] = settings.License,
        ["enforcesHandlerHost"] = settings.EnforcesHandlerHost,
        ["webhooksNameEndpoints"] = settings.WebhooksNameEndpoints,
        ["pipelineChangeRaisesUpdate"] = crm.PipelineChangeRaisesUpdate,
        ["forgottenOnSave"] = settings.ForgottenOnSave.ToString(),
        ["robotTokens"] = settings.RobotTokens.ToString(),
        ["robotsLeaveDuringRequest"] = settings.RobotsLeaveDuringRequest,
        ["workflowLockSeconds"] = settings.WorkflowLock.TotalSeconds,
        ["defaultCostSeconds"] = settings.DefaultCost.TotalSeconds,
        ["waitsForCosts"] = settings.WaitsForCosts,
        ["requestTimeLimitSeconds"] = settings.RequestTimeLimit?.TotalSeconds,
    };

    private static JsonObject Change(ControlRequest request)
    {
        var settings = request.Portal.Settings;
        settings.Generation = request.Body.ContainsKey("generation") ? request.Choice<PortalGeneration>("generation") : settings.Generation;
        settings.IsCloud = request.Flag("isCloud") ?? settings.IsCloud;
        settings.HasWorkflowDesigner = request.Flag("hasWorkflowDesigner") ?? settings.HasWorkflowDesigner;
        settings.HasAutomation = request.Flag("hasAutomation") ?? settings.HasAutomation;
        settings.HasRestAccess = request.Flag("hasRestAccess") ?? settings.HasRestAccess;
        settings.Language = request.Text("language", settings.Language);
        settings.IsDark = request.Flag("isDark") ?? settings.IsDark;
        settings.License = request.Text("license", settings.License);
        settings.EnforcesHandlerHost = request.Flag("enforcesHandlerHost") ?? settings.EnforcesHandlerHost;
        settings.WebhooksNameEndpoints = request.Flag("webhooksNameEndpoints") ?? settings.WebhooksNameEndpoints;
        var crm = request.Portal.Crm.Settings;
        crm.PipelineChangeRaisesUpdate = request.Flag("pipelineChangeRaisesUpdate") ?? crm.PipelineChangeRaisesUpdate;
        settings.ForgottenOnSave = request.Body.ContainsKey("forgottenOnSave") ? request.Choice<ForgottenOnSave>("forgottenOnSave") : settings.ForgottenOnSave;
        settings.RobotTokens = request.Body.ContainsKey("robotTokens") ? request.Choice<RobotTokens>("robotTokens") : settings.RobotTokens;
        settings.RobotsLeaveDuringRequest = request.Flag("robotsLeaveDuringRequest") ?? settings.RobotsLeaveDuringRequest;
        settings.WorkflowLock = request.Seconds("workflowLockSeconds") ?? settings.WorkflowLock;
        settings.DefaultCost = request.Seconds("defaultCostSeconds") ?? settings.DefaultCost;
        settings.WaitsForCosts = request.Flag("waitsForCosts") ?? settings.WaitsForCosts;
        settings.RequestTimeLimit = request.Body.ContainsKey("requestTimeLimitSeconds") ? request.Seconds("requestTimeLimitSeconds") : settings.RequestTimeLimit;
        if (request.Body.ContainsKey("features"))
        {
            settings.Features.Clear();
            settings.Features.UnionWith(request.Texts("features"));
        }
        return Settings(request.Portal);
    }

    private static JsonObject Limits(SandboxPortal portal) => new()
    {
        ["limitsRate"] = portal.Limits.LimitsRate,
        ["requestsPerSecond"] = portal.Limits.RequestsPerSecond,
        ["burst"] = portal.Limits.Burst,
        ["limitsOperating"] = portal.Limits.LimitsOperating,
        ["operatingSeconds"] = portal.Limits.OperatingSeconds,
        ["costs"] = new JsonObject(portal.Costs.Select(cost => KeyValuePair.Create(cost.Key, (JsonNode?)cost.Value.TotalSeconds))),
    };

    private static JsonObject ChangeLimits(ControlRequest request)
    {
        var limits = request.Portal.Limits;
        limits.LimitsRate = request.Flag("limitsRate") ?? limits.LimitsRate;
        limits.RequestsPerSecond = request.Seconds("requestsPerSecond")?.TotalSeconds ?? limits.RequestsPerSecond;
        limits.Burst = (int)request.Number("burst", limits.Burst);
        limits.LimitsOperating = request.Flag("limitsOperating") ?? limits.LimitsOperating;
        limits.OperatingSeconds = request.Seconds("operatingSeconds")?.TotalSeconds ?? limits.OperatingSeconds;
        return Limits(request.Portal);
    }

    /// <summary>Seconds by method; null takes a cost away.</summary>
    private static JsonObject ChangeCosts(ControlRequest request)
    {
        foreach (var (method, value) in request.Body)
        {
            if (request.Seconds(method) is { } cost)
            {
                request.Portal.Costs[method] = cost;
            }
            else if (value.IsEmpty())
            {
                request.Portal.Costs.Remove(method);
            }
            else
            {
                throw new ControlError(400, $"The cost of {method} is no number of seconds.");
            }
        }
        return Limits(request.Portal);
    }
}
