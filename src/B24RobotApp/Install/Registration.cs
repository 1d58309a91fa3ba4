using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Apps;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Placements;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;
using PortalRobots = B24RobotApp.Bitrix24.Bizproc.Robots;

namespace B24RobotApp.Install;

/// <summary>How a reconciling ended.</summary>
/// <param name="At">When.</param>
/// <param name="Failure">What the portal would not do; <see langword="null"/> if all stands there as it should.</param>
internal sealed record RegistrationState(DateTimeOffset At, Bitrix24Exception? Failure);

/// <summary>
/// Brings what a portal knows of the app in line with the manifest: robots, event handlers, placements. A portal forgets them when the app's card is saved again or the app is updated, so this is
/// done again and again, not once. Source: bizproc/bizproc-robot/*.md, events/event-bind.md, widgets/placement-bind.md.
/// </summary>
internal sealed partial class Registration(
    AppManifest manifest, SourcePortals sources, PortalStore portals, ConnectionStore connections, ProfileStore profiles, IOptions<AppOptions> app,
    TimeProvider clock, ILogger<Registration> logger)
{
    private const string PlacementPrefix = "placement:";

    private readonly KeyedLocks _locks = new();
    private readonly ConcurrentDictionary<PortalId, RegistrationState> _last = new();

    /// <summary>How the last reconciling of a portal since the start of the process ended; <see langword="null"/> if there was none.</summary>
    public RegistrationState? FindLast(PortalId portal) => _last.GetValueOrDefault(portal);

    /// <summary>Reconciles one portal. What fails does not keep the rest from being done.</summary>
    /// <returns><see langword="null"/> if all stands there as it should, else the first failure; the log holds it too.</returns>
    public async Task<Bitrix24Exception?> ReconcileAsync(PortalId id, CancellationToken cancellationToken)
    {
        await using var held = await _locks.AcquireAsync([id.ToString()], cancellationToken);
        if (await portals.FindAsync(id, cancellationToken) is not { State: not PortalState.Uninstalled } portal)
        {
            return null;
        }

        var client = sources.For(portal, portal.InstallerUserId);
        var known = await portals.RegistrationsAsync(id, cancellationToken);
        Bitrix24Exception? first = null;
        foreach (var part in new Func<Task>[]
        {
            () => ReconcileRobotsAsync(portal, client, known, cancellationToken),
            () => ReconcileEventsAsync(portal, client, cancellationToken),
            () => ReconcilePlacementsAsync(portal, client, known, cancellationToken),
        })
        {
            var failure = await TryAsync(part, portal);
            first ??= failure;
            if (failure is { Kind: FailureKind.Disconnected or FailureKind.NotExecuted })
            {
                // The other parts would fare no better.
                break;
            }
        }

        _last[id] = new RegistrationState(clock.GetUtcNow(), first);
        return first;
    }

    private async Task<Bitrix24Exception?> TryAsync(Func<Task> part, Portal portal)
    {
        try
        {
            await part();
            return null;
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("ERROR_METHOD_NOT_FOUND"))
        {
            Log.NoAutomation(logger, portal.Address.Authority, exception.Method);
            return exception;
        }
        catch (Bitrix24Exception exception)
        {
            Log.NotReconciled(logger, portal.Address.Authority, exception.Method, exception.Code, exception.Description);
            return exception;
        }
    }

    private async Task ReconcileRobotsAsync(
        Portal portal, PortalClient client, IReadOnlyDictionary<string, string> known, CancellationToken cancellationToken)
    {
        var present = PortalRobots.ReadCodes(await client.CallAsync(PortalRobots.List(), cancellationToken));
        foreach (var robot in manifest.Robots)
        {
            var fields = await FieldsOfAsync(robot, portal, cancellationToken);
            var hash = Hash(fields.ToJsonString());
            var name = "robot:" + robot.Code;
            var isPresent = present.Contains(robot.Code);
            if (isPresent && known.GetValueOrDefault(name) == hash)
            {
                continue;
            }

            // Between listing and writing another process, or an administrator, may have been here.
            var (add, update) = (PortalRobots.Add(robot.Code, fields), PortalRobots.Update(robot.Code, fields));
            try
            {
                await client.CallAsync(isPresent ? update : add, cancellationToken);
            }
            catch (Bitrix24Exception exception) when (exception.HasCode(isPresent ? PortalRobots.NotFound : PortalRobots.AlreadyInstalled))
            {
                await client.CallAsync(isPresent ? add : update, cancellationToken);
            }

            await portals.SaveRegistrationAsync(portal.Id, name, hash, cancellationToken);
            Log.Registered(logger, robot.Code, portal.Address.Authority);
        }
    }

    private async Task<JsonObject> FieldsOfAsync(RobotDefinition robot, Portal portal, CancellationToken cancellationToken)
    {
        var usable = await connections.UsableByAsync(portal, cancellationToken);
        var stored = await profiles.ListAsync(cancellationToken);
        var properties = (JsonObject)robot.Properties.DeepClone();
        Localize(properties, portal.Language);
        SetOptions(properties, "connection", [.. usable.Select(connection => (connection.Code, connection.Name))]);
        SetOptions(
            properties,
            "profile",
            [.. stored.Where(profile => profile.Owner is null || profile.Owner == portal.Id).Select(profile => (profile.Code, NameOf(profile, portal.Language)))]);
        var fields = new JsonObject
        {
            ["HANDLER"] = app.Value.Address(robot.Handler).AbsoluteUri,
            ["AUTH_USER_ID"] = portal.InstallerUserId,
            ["USE_SUBSCRIPTION"] = "Y",
            ["NAME"] = robot.Name.DeepClone(),
            ["DESCRIPTION"] = robot.Description.DeepClone(),
            ["PROPERTIES"] = properties,
            ["RETURN_PROPERTIES"] = robot.ReturnProperties.DeepClone(),
            ["DOCUMENT_TYPE"] = robot.DocumentType.DeepClone(),
            ["FILTER"] = robot.Filter.DeepClone(),
        };
        if (robot.Settings is { } page)
        {
            // The two go together, or the portal refuses.
            fields["USE_PLACEMENT"] = "Y";
            fields["PLACEMENT_HANDLER"] = app.Value.Address(page).AbsoluteUri;
        }

        return fields;
    }

    // Names and descriptions may be said in several languages at once; the choices of a list have one text only.
    private static void Localize(JsonObject properties, string language)
    {
        foreach (var options in properties.Select(property => property.Value!["Options"]).OfType<JsonObject>())
        {
            foreach (var (key, title) in options.ToList())
            {
                options[key] = (title![language] ?? title["en"])!.GetValue<string>();
            }
        }
    }

    // Without any choice a required list could not be saved; the robot then takes what there is when it runs, and says so if there is nothing.
    private static void SetOptions(JsonObject properties, string id, List<(string Code, string Name)> options)
    {
        if (properties[id] is not JsonObject property)
        {
            return;
        }

        if (options.Count == 0)
        {
            property["Type"] = "string";
            property["Required"] = "N";
            return;
        }

        property["Options"] = new JsonObject(options.Select(option => KeyValuePair.Create<string, JsonNode?>(option.Code, option.Name)));
        if (property["Required"]?.GetValue<string>() == "Y")
        {
            property["Default"] = options[0].Code;
        }
    }

    internal static string NameOf(StoredProfile profile, string language) =>
        MappingProfile.TryParse(profile.Json, out var parsed, out _)
            ? parsed.Name.GetValueOrDefault(language) ?? parsed.Name.GetValueOrDefault("en") ?? profile.Code
            : profile.Code;

    private async Task ReconcileEventsAsync(Portal portal, PortalClient client, CancellationToken cancellationToken)
    {
        var handler = app.Value.Address("/events");
        var bound = EventBindings.Read(await client.CallAsync(EventBindings.List(), cancellationToken)).Where(binding => !binding.IsOffline).ToList();

        // An older portal does not put the application token into its pages; the end of the installation brings it.
        string[] events = await portals.HasApplicationTokenAsync(portal.Id, cancellationToken)
            ? ["ONAPPUNINSTALL", "ONAPPUPDATE"]
            : ["ONAPPUNINSTALL", "ONAPPUPDATE", "ONAPPINSTALL"];
        foreach (var name in events)
        {
            if (!bound.Any(binding => binding.Event == name && binding.Handler == handler.AbsoluteUri))
            {
                await BindAsync(client, EventBindings.Bind(name, handler), cancellationToken);
            }
        }

        // The portal lists the app's own handlers only: what leads elsewhere is left from an earlier public address. The card's installation path is the portal's affair.
        foreach (var stale in bound.Where(binding => binding.Event != "ONAPPINSTALL" && events.Contains(binding.Event) && binding.Handler != handler.AbsoluteUri))
        {
            await client.CallAsync(EventBindings.Unbind(stale.Event, stale.Handler), cancellationToken);
        }
    }

    private async Task ReconcilePlacementsAsync(
        Portal portal, PortalClient client, IReadOnlyDictionary<string, string> known, CancellationToken cancellationToken)
    {
        var names = known.Keys.Where(name => name.StartsWith(PlacementPrefix, StringComparison.Ordinal)).ToList();
        if (manifest.Placements.Count == 0 && names.Count == 0)
        {
            return;
        }

        var bound = PlacementBindings.Read(await client.CallAsync(PlacementBindings.List(), cancellationToken));
        foreach (var placement in manifest.Placements)
        {
            var handler = app.Value.Address(placement.Handler);
            var name = PlacementPrefix + placement.Placement;
            var hash = Hash(string.Join('\n', placement.Title.Select(title => $"{title.Key}={title.Value}").Prepend(handler.AbsoluteUri)));
            var ours = bound.Where(binding => binding.Placement == placement.Placement).ToList();
            if (ours is [var only] && only.Handler == handler.AbsoluteUri && known.GetValueOrDefault(name) == hash)
            {
                continue;
            }

            // There is no update, and a second binding beside the first would be a second tab.
            await UnbindAsync(client, ours, cancellationToken);
            await BindAsync(client, PlacementBindings.Bind(placement.Placement, handler, placement.Title), cancellationToken);
            await portals.SaveRegistrationAsync(portal.Id, name, hash, cancellationToken);
        }

        foreach (var name in names.Except(manifest.Placements.Select(placement => PlacementPrefix + placement.Placement)))
        {
            // The app had a page there in an earlier version.
            await UnbindAsync(client, bound.Where(binding => PlacementPrefix + binding.Placement == name), cancellationToken);
            await portals.DeleteRegistrationAsync(portal.Id, name, cancellationToken);
        }
    }

    private static async Task UnbindAsync(PortalClient client, IEnumerable<PlacementBinding> bindings, CancellationToken cancellationToken)
    {
        foreach (var binding in bindings)
        {
            await client.CallAsync(PlacementBindings.Unbind(binding.Placement, binding.Handler), cancellationToken);
        }
    }

    private static async Task BindAsync(PortalClient client, Call bind, CancellationToken cancellationToken)
    {
        try
        {
            await client.CallAsync(bind, cancellationToken);
        }
        catch (Bitrix24Exception exception) when (exception.Description.Contains("already", StringComparison.OrdinalIgnoreCase))
        {
            // Bound by someone else a moment ago; the code differs between versions, the word does not.
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Information, "Robot {Robot} is registered on {Portal}")]
        public static partial void Registered(ILogger logger, string robot, string portal);

        [LoggerMessage(3102, LogLevel.Warning, "{Portal} does not know {Method}: its plan has no automation, or the app's card lacks the permission bizproc or placement")]
        public static partial void NoAutomation(ILogger logger, string portal, string method);

        [LoggerMessage(3103, LogLevel.Warning, "{Portal}: {Method} failed with {Code} ({Description}); the robots there may be missing until the next try")]
        public static partial void NotReconciled(ILogger logger, string portal, string method, string code, string description);
    }
}
