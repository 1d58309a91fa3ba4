using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Running;

/// <summary>What is known of each ESB: its deal fields, pipelines, stages, currencies and users.</summary>
public sealed class EsbDirectory(EsbPortals portals, PortalSchemas schemas, TimeProvider clock)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConditionalWeakTable<PortalSchema, EsbFacts> _facts = [];
    private readonly ConcurrentDictionary<(string Connection, string User), (long Id, DateTimeOffset At)> _users = new();

    /// <summary>The facts of a connection's ESB. Many may ask at once; the portal is asked once.</summary>
    /// <exception cref="Bitrix24Exception">They could not be loaded.</exception>
    public async Task<EsbFacts> FactsAsync(EsbConnection connection) =>
        _facts.GetValue(await schemas.OfEsbAsync(connection, CrmEntityTypes.Deal), Facts);

    /// <summary>Loads the facts again because something was missing in them; <see langword="null"/> if they are so fresh that it would bring nothing new.</summary>
    public async Task<EsbFacts?> RenewAsync(EsbConnection connection, EsbFacts stale) =>
        stale.Schema is { } schema && await schemas.RenewAsync(connection, schema) is { } newer ? _facts.GetValue(newer, Facts) : null;

    /// <summary>Finds an ESB user by id or e-mail; <see langword="null"/> if there is no active one.</summary>
    public async Task<long?> FindUserAsync(EsbConnection connection, string user)
    {
        var key = (connection.Code, user);
        if (_users.TryGetValue(key, out var known) && clock.GetUtcNow() - known.At < KeptFor)
        {
            return known.Id;
        }

        var isEmail = user.Contains('@', StringComparison.Ordinal);
        var isId = long.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var wanted);
        if (!isEmail && !isId)
        {
            return null;
        }

        // A filter that the portal does not understand, or that the scope does not reach, is passed over, and then it lists everyone.
        var found = await portals.CallAsync(connection, PortalUsers.Find(new JsonObject { [isEmail ? "EMAIL" : "ID"] = user, ["ACTIVE"] = "Y" }));
        var match = PortalUsers.Read(found).FirstOrDefault(candidate =>
            candidate.IsActive && (isEmail ? string.Equals(candidate.Email, user, StringComparison.OrdinalIgnoreCase) : candidate.Id == wanted));
        if (match is null)
        {
            // Not kept: whoever is told that there is no such user goes and creates him.
            return null;
        }

        _users[key] = (match.Id, clock.GetUtcNow());
        return match.Id;
    }

    private static EsbFacts Facts(PortalSchema schema) => new()
    {
        Schema = schema,
        Fields = schema.Fields.ToDictionary(
            field => field.Key,
            field => new EsbField(field.Value.PortalName, field.Value.Type, field.Value.IsReadOnly, field.Value.IsMultiple) { Options = field.Value.Options },
            StringComparer.OrdinalIgnoreCase),
        Categories = schema.Categories,
        Stages = schema.Stages.ToDictionary(stage => stage.Key, stage => new EsbStage(stage.Value.Code, stage.Value.CategoryId, stage.Value.Name)),
        Currencies = schema.Currencies.Keys.ToHashSet(StringComparer.Ordinal),
        LoadedAt = schema.LoadedAt,
    };
}
