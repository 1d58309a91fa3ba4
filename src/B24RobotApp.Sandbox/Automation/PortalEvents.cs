using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>What a portal tells those who bound themselves to its events: applications and outgoing webhooks.</summary>
public sealed class PortalEvents
{
    private readonly SandboxPortal _portal;

    internal PortalEvents(SandboxPortal portal) => _portal = portal;

    /// <summary>Something happened, such as <c>ONCRMDEALADD</c> with <c>{"FIELDS":{"ID":"15"}}</c>.</summary>
    public void Raise(string name, JsonObject data) => _portal.Run(() =>
    {
        // Where REST is not paid for, nobody is told anything.
        if (!_portal.Settings.HasRestAccess)
        {
            return;
        }
        name = name.ToUpperInvariant();
        if (_portal.CurrentHit is { } hit && !hit.IsFirst(name + data.ToJsonString()))
        {
            return;
        }

        // What nobody caused (a robot, a timer) brings nobody's token.
        var userId = _portal.CurrentHit?.User?.Id ?? 0;
        foreach (var app in _portal.Applications.Where(app => app is { IsInstalled: true, IsActive: true }))
        {
            Send(app, name, data, binding => AuthBlock.For(app, binding.UserId > 0 ? binding.UserId : userId, withRefreshToken: false));
        }
        foreach (var webhook in _portal.OutgoingWebhooks.Where(webhook => webhook.Events.Contains(name)))
        {
            Send(name, webhook.Handler, webhook.Id, data, AuthBlock.ForWebhook(_portal, webhook), isWebhook: true);
        }
    });

    /// <summary>ONAPPINSTALL, with tokens of the one who installed.</summary>
    internal void RaiseInstalled(AppInstallation app, long userId)
    {
        var data = new JsonObject
        {
            ["VERSION"] = 1,
            ["ACTIVE"] = "Y",
            ["INSTALLED"] = "Y",
            ["LANGUAGE_ID"] = _portal.Settings.Language,
        };
        Send(app, "ONAPPINSTALL", data, _ => AuthBlock.For(app, userId, withRefreshToken: true));
    }

    /// <summary>ONAPPUNINSTALL: no tokens, they are dead already.</summary>
    internal void RaiseUninstalled(AppInstallation app, bool clean)
    {
        var data = new JsonObject { ["LANGUAGE_ID"] = _portal.Settings.Language, ["CLEAN"] = clean ? "1" : "0" };
        Send(app, "ONAPPUNINSTALL", data, _ => AuthBlock.WithoutTokens(_portal, app.ApplicationToken));
    }

    internal void RaiseTest(AppInstallation app, JsonObject query, long userId) =>
        Send(app, "ONAPPTEST", new JsonObject { ["QUERY"] = query, ["LANGUAGE_ID"] = _portal.Settings.Language },
            _ => AuthBlock.For(app, userId, withRefreshToken: false));

    private void Send(AppInstallation app, string name, JsonObject data, Func<EventBinding, JsonObject> auth)
    {
        foreach (var binding in app.Events.Where(binding => binding.Event == name))
        {
            Send(name, binding.Handler, binding.Id, data, auth(binding));
        }
    }

    private void Send(string name, Uri handler, long handlerId, JsonObject data, JsonObject auth, bool isWebhook = false)
    {
        var form = new JsonObject { ["event"] = name };
        if (_portal.Settings.Generation == PortalGeneration.Newest)
        {
            form["event_handler_id"] = handlerId;
        }
        form["data"] = data.DeepClone();
        form["ts"] = _portal.Clock.GetUtcNow().ToUnixTimeSeconds();
        form["auth"] = auth;
        var delivery = new Delivery(name, handler, form, _portal.Clock.GetUtcNow()) { WebhookId = isWebhook ? handlerId : null };
        _portal.AfterResponse(() => _portal.Deliveries.Enqueue(delivery));
    }
}
