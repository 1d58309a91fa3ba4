using System.Collections.Concurrent;
using System.Globalization;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>
/// The schemas of both sides: source portals and ESBs. Loaded when first needed and every hour, by one however many ask, and at once when a problem says that they are stale.
/// </summary>
public sealed partial class PortalSchemas(SourcePortals sources, EsbPortals esbs, TimeProvider clock, ILogger<PortalSchemas> logger)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>Many deals with the same mistake must not load everything again and again.</summary>
    private static readonly TimeSpan BelievedFor = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Lazy<Task<PortalSchema>>> _schemas = new(StringComparer.Ordinal);

    /// <summary>The schema of a source portal.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="entityTypeId">The kind of item.</param>
    /// <param name="robotUser">A user whose tokens may stand in for the installing administrator's.</param>
    /// <exception cref="Bitrix24Exception">It could not be loaded.</exception>
    public Task<PortalSchema> OfSourceAsync(Portal portal, int entityTypeId, long? robotUser = null) =>
        GetAsync(KeyOf(portal, entityTypeId), () => LoadAsync(portal, entityTypeId, robotUser));

    /// <summary>The schema of a connection's ESB.</summary>
    /// <exception cref="Bitrix24Exception">It could not be loaded.</exception>
    public Task<PortalSchema> OfEsbAsync(EsbConnection connection, int entityTypeId) =>
        GetAsync(KeyOf(connection, entityTypeId), () => LoadAsync(connection, entityTypeId));

    /// <summary>Loads a source portal's schema again because something was missing in it; <see langword="null"/> if it is so fresh that it would bring nothing new.</summary>
    public Task<PortalSchema?> RenewAsync(Portal portal, PortalSchema stale, long? robotUser = null) =>
        RenewAsync(KeyOf(portal, stale.EntityTypeId), stale, () => OfSourceAsync(portal, stale.EntityTypeId, robotUser));

    /// <summary>Loads an ESB's schema again because something was missing in it; <see langword="null"/> if it is so fresh that it would bring nothing new.</summary>
    public Task<PortalSchema?> RenewAsync(EsbConnection connection, PortalSchema stale) =>
        RenewAsync(KeyOf(connection, stale.EntityTypeId), stale, () => OfEsbAsync(connection, stale.EntityTypeId));

    /// <summary>The ESB refused what was made by its schema: perhaps the schema is stale, so the next one who asks loads it again.</summary>
    public void Doubt(EsbConnection connection, int entityTypeId)
    {
        var key = KeyOf(connection, entityTypeId);
        if (_schemas.TryGetValue(key, out var known) && known is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } task }
            && clock.GetUtcNow() - task.Result.LoadedAt >= BelievedFor)
        {
            Forget(key, known);
        }
    }

    private static string KeyOf(Portal portal, int entityTypeId) =>
        string.Create(CultureInfo.InvariantCulture, $"source {portal.Id.Value} {entityTypeId}");

    /// <summary>The ESB's host is part of it, since a connection may be changed to another ESB.</summary>
    private static string KeyOf(EsbConnection connection, int entityTypeId) =>
        string.Create(CultureInfo.InvariantCulture, $"esb {connection.Code} {connection.Portal.Authority} {connection.CreateMissingFields} {entityTypeId}");

    private async Task<PortalSchema> GetAsync(string key, Func<Task<PortalSchema>> load)
    {
        while (true)
        {
            var lazy = _schemas.GetOrAdd(key, _ => new Lazy<Task<PortalSchema>>(load));
            try
            {
                var schema = await lazy.Value;
                if (clock.GetUtcNow() - schema.LoadedAt < KeptFor)
                {
                    return schema;
                }
            }
            catch
            {
                // Not kept, whatever it was: the next one who asks tries again.
                Forget(key, lazy);
                throw;
            }

            Forget(key, lazy);
        }
    }

    private async Task<PortalSchema?> RenewAsync(string key, PortalSchema stale, Func<Task<PortalSchema>> get)
    {
        if (clock.GetUtcNow() - stale.LoadedAt < BelievedFor)
        {
            return null;
        }

        if (_schemas.TryGetValue(key, out var known) && known is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } task } && await task == stale)
        {
            Forget(key, known);
        }

        return await get();
    }

    private void Forget(string key, Lazy<Task<PortalSchema>> stale) => _schemas.TryRemove(new KeyValuePair<string, Lazy<Task<PortalSchema>>>(key, stale));

    private Task<PortalSchema> LoadAsync(Portal portal, int entityTypeId, long? robotUser)
    {
        var loader = new SchemaLoader(
            async calls => (await sources.CallGroupAsync(portal, robotUser, calls, outcomes => outcomes[0].Failure?.HasCode("ACCESS_DENIED") == true)).Outcomes,
            entityTypeId, portal.Address.Authority, logger);
        return loader.LoadAsync(clock.GetUtcNow());
    }

    private async Task<PortalSchema> LoadAsync(EsbConnection connection, int entityTypeId)
    {
        SchemaLoader Loader() => new(calls => esbs.CallGroupAsync(connection, calls), entityTypeId, connection.Portal.Authority, logger);
        var schema = await Loader().LoadAsync(clock.GetUtcNow());
        return connection.CreateMissingFields && await CreateProvenanceFieldsAsync(connection, schema)
            ? await Loader().LoadAsync(clock.GetUtcNow())
            : schema;
    }

    private async Task<bool> CreateProvenanceFieldsAsync(EsbConnection connection, PortalSchema known)
    {
        // Fields of invoices and smart processes are made by a method that wants another scope; those arrive without.
        var created = false;
        foreach (var field in Provenance.FieldsOf(known.EntityTypeId).Where(field => !known.Fields.ContainsKey(field.Name)))
        {
            try
            {
                await esbs.CallAsync(
                    connection,
                    DealUserFields.Add(
                        field.Name, field.Type, new Dictionary<string, string> { ["ru"] = field.Russian, ["en"] = field.English }, entityTypeId: known.EntityTypeId));
                created = true;
            }
            catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
            {
                // Deals arrive without it; the check command says what right is missing.
                Log.FieldNotCreated(logger, field.Name, connection.Code, exception.Code);
            }
        }

        return created;
    }

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Warning, "The field {Field} could not be created on the ESB of connection {Connection}: {Code}. Deals arrive without it")]
        public static partial void FieldNotCreated(ILogger logger, string field, string connection, string code);
    }
}
