using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Install;

/// <summary>
/// Brings what a portal knows of the app in line with the manifest: robots, event handlers, placements. A portal forgets robots when the app's card is saved again or the app is updated, so this is
/// done again and again, not once. Source: bizproc/bizproc-robot/*.md, events/event-bind.md, widgets/placement-bind.md.
/// </summary>
internal sealed partial class Registration(
    AppManifest manifest, SourcePortals sources, PortalStore portals, ConnectionStore connections, ProfileStore profiles, IOptions<AppOptions> app,
    ILogger<Registration> logger)
{
    /// <summary>Events that the app must hear of.</summary>
    private static readonly string[] Events = ["ONAPPUNINSTALL", "ONAPPUPDATE"];

    private readonly KeyedLocks _locks = new();

    /// <summary>Reconciles one portal.</summary>
    /// <returns>Whether all stands there as it should; if not, the log says why, and the next time tries again.</returns>
    public async Task<bool> ReconcileAsync(Portal portal, CancellationToken cancellationToken)
    {
        await using var held = await _locks.AcquireAsync([portal.MemberId.Value], cancellationToken);
        var client = sources.For(portal, portal.InstallerUserId);
        try
        {
            await ReconcileRobotsAsync(portal, client, cancellationToken);
            await ReconcileEventsAsync(client, cancellationToken);
            await ReconcilePlacementsAsync(client, cancellationToken);
            return true;
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("ERROR_METHOD_NOT_FOUND"))
        {
            Log.NoAutomation(logger, portal.Address.Authority, exception.Method);
            return false;
        }
        catch (Bitrix24Exception exception)
        {
            Log.NotReconciled(logger, portal.Address.Authority, exception.Method, exception.Code, exception.Description);
            return false;
        }
    }

    private async Task ReconcileRobotsAsync(Portal portal, PortalClient client, CancellationToken cancellationToken)
    {
        var listed = await client.CallAsync(new Call("bizproc.robot.list", []), cancellationToken);
        var present = listed.Result.AsList().Select(code => code.AsText()).ToHashSet();
        var known = await portals.RegistrationsAsync(portal.Id, cancellationToken);
        foreach (var robot in manifest.Robots)
        {
            var fields = await FieldsOfAsync(robot, portal, cancellationToken);
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fields.ToJsonString())));
            var name = "robot:" + robot.Code;
            var isPresent = present.Contains(robot.Code);
            if (isPresent && known.GetValueOrDefault(name) == hash)
            {
                continue;
            }

            // Between listing and writing another process, or an administrator, may have been here.
            var (first, second, surprise) = isPresent
                ? (Update(robot.Code, fields), Add(robot.Code, fields), "ERROR_ACTIVITY_NOT_FOUND")
                : (Add(robot.Code, fields), Update(robot.Code, fields), "ERROR_ACTIVITY_ALREADY_INSTALLED");
            try
            {
                await client.CallAsync(first, cancellationToken);
            }
            catch (Bitrix24Exception exception) when (exception.HasCode(surprise))
            {
                await client.CallAsync(second, cancellationToken);
            }

            await portals.SaveRegistrationAsync(portal.Id, name, hash, cancellationToken);
            Log.Registered(logger, robot.Code, portal.Address.Authority);
        }
    }

    private async Task<JsonObject> FieldsOfAsync(RobotDefinition robot, Portal portal, CancellationToken cancellationToken)
    {
        var properties = (JsonObject)robot.Properties.DeepClone();
        var usable = await connections.UsableByAsync(portal, cancellationToken);
        SetOptions(properties, "connection", [.. usable.Select(connection => (connection.Code, connection.Name))]);
        var stored = await profiles.ListAsync(cancellationToken);
        SetOptions(
            properties,
            "profile",
            [.. stored.Where(profile => profile.Owner is null || profile.Owner == portal.Id).Select(profile => (profile.Code, NameOf(profile, portal.Language)))]);
        return new JsonObject
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
    }

    private static string NameOf(StoredProfile profile, string language) =>
        MappingProfile.TryParse(profile.Json, out var parsed, out _)
            ? parsed.Name.GetValueOrDefault(language) ?? parsed.Name.GetValueOrDefault("en") ?? profile.Code
            : profile.Code;

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

    private static Call Add(string code, JsonObject fields)
    {
        var parameters = (JsonObject)fields.DeepClone();
        parameters["CODE"] = code;
        return new Call("bizproc.robot.add", parameters, Writes: true);
    }

    private static Call Update(string code, JsonObject fields) =>
        new("bizproc.robot.update", new JsonObject { ["CODE"] = code, ["FIELDS"] = fields.DeepClone() }, Writes: true);

    private async Task ReconcileEventsAsync(PortalClient client, CancellationToken cancellationToken)
    {
        var handler = app.Value.Address("/events").AbsoluteUri;
        var listed = (await client.CallAsync(new Call("event.get", []), cancellationToken)).Result.AsList()
            .Select(entry => (Event: entry.Text("event")?.ToUpperInvariant(), Handler: entry.Text("handler")))
            .ToList();
        foreach (var name in Events)
        {
            foreach (var stale in listed.Where(entry => entry.Event == name && entry.Handler is not null && entry.Handler != handler))
            {
                // Left from an earlier public address.
                await client.CallAsync(new Call("event.unbind", new JsonObject { ["event"] = name, ["handler"] = stale.Handler }, Writes: true), cancellationToken);
            }

            if (!listed.Contains((name, handler)))
            {
                await BindAsync(client, new Call("event.bind", new JsonObject { ["event"] = name, ["handler"] = handler }, Writes: true), cancellationToken);
            }
        }
    }

    private async Task ReconcilePlacementsAsync(PortalClient client, CancellationToken cancellationToken)
    {
        if (manifest.Placements.Count == 0)
        {
            return;
        }

        var listed = (await client.CallAsync(new Call("placement.get", []), cancellationToken)).Result.AsList()
            .Select(entry => (Placement: entry.Text("placement"), Handler: entry.Text("handler")))
            .ToList();
        foreach (var placement in manifest.Placements)
        {
            var handler = app.Value.Address(placement.Handler).AbsoluteUri;
            foreach (var stale in listed.Where(entry => entry.Placement == placement.Placement && entry.Handler != handler))
            {
                await client.CallAsync(
                    new Call("placement.unbind", new JsonObject { ["PLACEMENT"] = placement.Placement, ["HANDLER"] = stale.Handler }, Writes: true), cancellationToken);
            }

            if (!listed.Contains((placement.Placement, handler)))
            {
                var titles = placement.Title.Select(title => KeyValuePair.Create<string, JsonNode?>(title.Key, new JsonObject { ["TITLE"] = title.Value }));
                await BindAsync(
                    client,
                    new Call(
                        "placement.bind",
                        new JsonObject
                        {
                            ["PLACEMENT"] = placement.Placement,
                            ["HANDLER"] = handler,
                            ["TITLE"] = placement.Title["en"],
                            ["LANG_ALL"] = new JsonObject(titles),
                        },
                        Writes: true),
                    cancellationToken);
            }
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
