using System.Security.Cryptography;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Methods;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Portals;

/// <summary>The developer section: local applications and webhooks, and how applications are opened.</summary>
public sealed partial class SandboxPortal
{
    private readonly List<AppInstallation> _applications = [];
    private volatile IncomingWebhook[] _webhooks = [];
    private volatile OutgoingWebhook[] _outgoingWebhooks = [];
    private int _lastId;

    public IReadOnlyList<AppInstallation> Applications => Run(() => _applications.ToList());

    public IReadOnlyList<IncomingWebhook> Webhooks => _webhooks;

    public IReadOnlyList<OutgoingWebhook> OutgoingWebhooks => _outgoingWebhooks;

    public IncomingWebhook CreateIncomingWebhook(long userId, params IEnumerable<string> scopes) => Run(() =>
    {
        var webhook = new IncomingWebhook(this, NextId(), userId, NewSecret(16), scopes.ToHashSet());
        _webhooks = [.. _webhooks, webhook];
        return webhook;
    });

    public void DeleteIncomingWebhook(IncomingWebhook webhook) => Run(() => { _webhooks = [.. _webhooks.Where(other => other != webhook)]; });

    /// <exception cref="InvalidOperationException">No event is named, or one that the card does not offer.</exception>
    public OutgoingWebhook CreateOutgoingWebhook(Uri handler, params IEnumerable<string> events) => Run(() =>
    {
        var names = events.Select(name => name.ToUpperInvariant()).ToHashSet();
        if (names.Count == 0)
        {
            throw new InvalidOperationException("An outgoing webhook needs at least one event.");
        }
        if (names.FirstOrDefault(name => !KnownEvents.ForWebhooks(this).Contains(name)) is { } unknown)
        {
            throw new InvalidOperationException($"An outgoing webhook cannot be told of {unknown}.");
        }
        var webhook = new OutgoingWebhook(NextId(), handler, NewSecret(32), names);
        _outgoingWebhooks = [.. _outgoingWebhooks, webhook];
        return webhook;
    });

    public void DeleteOutgoingWebhook(OutgoingWebhook webhook) => Run(() => { _outgoingWebhooks = [.. _outgoingWebhooks.Where(other => other != webhook)]; });

    /// <summary>
    /// Saves the card of a new local application, as an administrator does. One that is script only and has an installation path hears
    /// of it by ONAPPINSTALL, with tokens of the user who saved.
    /// </summary>
    /// <exception cref="InvalidOperationException">The user is no administrator, or the plan has no REST.</exception>
    public AppInstallation SaveLocalApplication(LocalApplicationCard card, long userId = 1) => Run(() =>
    {
        RequireAdministrator(userId);
        var (clientId, clientSecret) = OAuthServer.NewCredentials();
        var app = new AppInstallation(this, NextId(), card, clientId, clientSecret, NewSecret(32));
        _applications.Add(app);
        Authorization.Register(app);
        if (card.IsScriptOnly && card.InstallUrl is { } callback)
        {
            app.EventBindings.Add(new EventBinding(NextId(), "ONAPPINSTALL", callback, userId));
            Events.RaiseInstalled(app, userId);
        }
        return app;
    });

    /// <summary>
    /// Saves the card again. What <see cref="PortalSettings.ForgottenOnSave"/> says is lost; ONAPPINSTALL is not sent again.
    /// </summary>
    public void SaveCardAgain(AppInstallation app, LocalApplicationCard? card = null) => Run(() =>
    {
        app.Card = card ?? app.Card;
        app.Scopes = app.Card.Scopes.ToHashSet();
        if (Settings.ForgottenOnSave.HasFlag(ForgottenOnSave.Robots))
        {
            app.RobotsByCode.Clear();
            app.PlacementBindings.RemoveAll(placement => placement.RobotCode is not null);
        }
        if (Settings.ForgottenOnSave.HasFlag(ForgottenOnSave.Placements))
        {
            app.PlacementBindings.Clear();
        }
        if (Settings.ForgottenOnSave.HasFlag(ForgottenOnSave.Events))
        {
            app.EventBindings.Clear();
        }
    });

    /// <summary>Gives the application another application token, as an update may; only the next call or event tells.</summary>
    public void RenewApplicationToken(AppInstallation app) => Run(() => { app.ApplicationToken = NewSecret(32); });

    /// <summary>What the page does when the application calls <c>installFinish</c>.</summary>
    public void FinishInstallation(AppInstallation app) => Run(() =>
    {
        if (!app.IsInstalled)
        {
            app.IsInstalled = true;
            Events.RaiseInstalled(app, BrowserUserId);
        }
    });

    /// <summary>Deletes an application: ONAPPUNINSTALL to whoever bound it, then robots, widgets, handlers and tokens are gone.</summary>
    /// <param name="app">The application.</param>
    /// <param name="clean">The administrator asked to delete settings and data too.</param>
    public void DeleteApplication(AppInstallation app, bool clean = true) => Run(() =>
    {
        Events.RaiseUninstalled(app, clean);
        app.RobotsByCode.Clear();
        app.PlacementBindings.Clear();
        app.EventBindings.Clear();
        app.IsActive = false;
        _applications.Remove(app);
        Authorization.Remove(app);
    });

    /// <summary>The same, and waits until the application was told.</summary>
    /// <inheritdoc cref="DeleteApplication"/>
    public async Task DeleteApplicationAsync(AppInstallation app, bool clean = true)
    {
        DeleteApplication(app, clean);
        await WhenIdleAsync();
    }

    /// <summary>The form that loads the application's frame: the installation path until the installation is finished, then the main page.</summary>
    /// <exception cref="InvalidOperationException">Not installed yet, and the user is no administrator: the portal shows a message instead.</exception>
    public FrameRequest CreateFrame(AppInstallation app, long userId, string placement = "DEFAULT", JsonObject? placementOptions = null)
    {
        if (!app.IsInstalled && FindUser(userId) is not { IsAdmin: true })
        {
            throw new InvalidOperationException("The application is not fully installed: only an administrator can open it.");
        }
        var handler = placement == "DEFAULT"
            ? app.IsInstalled ? app.Card.HandlerUrl : app.Card.InstallUrl!
            : app.Placements.FirstOrDefault(bound => bound.Placement == placement && app.IsInstalled)?.Handler
                ?? throw new InvalidOperationException($"The application shows nothing at {placement}.");
        return Frame(app, userId, handler, placement, placementOptions);
    }

    /// <summary>The form that loads one widget, where an application has several at a place, or a robot's settings slider.</summary>
    /// <exception cref="InvalidOperationException">Widgets are not shown before the installation is finished.</exception>
    internal FrameRequest CreateFrame(AppInstallation app, long userId, PlacementBinding binding, JsonObject options) => app.IsInstalled
        ? Frame(app, userId, binding.Handler, binding.Placement, options)
        : throw new InvalidOperationException("The application is not fully installed: its widgets are not shown.");

    /// <summary>Opens the application as a user's browser does, by the POST that loads its frame.</summary>
    public Task<FrameAnswer> OpenApplicationAsync(AppInstallation app, long userId = 1, CancellationToken cancellationToken = default) =>
        Deliveries.SendFrameAsync(CreateFrame(app, userId), cancellationToken);

    /// <summary>Opens a widget of the application, such as a deal's tab.</summary>
    public Task<FrameAnswer> OpenPlacementAsync(
        AppInstallation app, string placement, JsonObject options, long userId = 1, CancellationToken cancellationToken = default) =>
        Deliveries.SendFrameAsync(CreateFrame(app, userId, placement, options), cancellationToken);

    internal long NewBindingId() => NextId();

    internal static string NewSecret(int length) => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", length);

    private FrameRequest Frame(AppInstallation app, long userId, Uri handler, string placement, JsonObject? options)
    {
        var tokens = Authorization.Issue(app, userId);
        var session = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var query = new JsonObject
        {
            ["DOMAIN"] = Domain,
            ["PROTOCOL"] = BaseUrl.Scheme == Uri.UriSchemeHttps ? "1" : "0",
            ["LANG"] = Settings.Language,
            ["APP_SID"] = session,
        };
        var fields = new JsonObject
        {
            ["AUTH_ID"] = tokens.AccessToken,
            ["AUTH_EXPIRES"] = TokenPair.AccessLifetimeSeconds,
            ["REFRESH_ID"] = tokens.RefreshToken,
            ["SERVER_ENDPOINT"] = Authorization.RestEndpoint.ToString(),
            ["APPLICATION_TOKEN"] = app.ApplicationToken,
            ["APPLICATION_SCOPE"] = string.Join(',', app.Scopes),
            ["member_id"] = MemberId,
            ["status"] = "L",
            ["PLACEMENT"] = placement,
        };
        if (options is not null)
        {
            fields["PLACEMENT_OPTIONS"] = options.ToJsonString();
        }
        var separator = handler.Query.Length > 0 ? "&" : "?";
        return new FrameRequest(new Uri(handler + separator + PhpForm.Build(query)), session, fields);
    }

    private void RequireAdministrator(long userId)
    {
        if (FindUser(userId) is not { IsAdmin: true })
        {
            throw new InvalidOperationException("Only an administrator may save an application.");
        }
        if (!Settings.HasRestAccess)
        {
            throw new InvalidOperationException("The plan has no REST access.");
        }
    }

    private int NextId() => Interlocked.Increment(ref _lastId);
}
