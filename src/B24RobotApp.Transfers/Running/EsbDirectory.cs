using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>What is known of each ESB: its deal fields, pipelines, stages, currencies and users. Loaded when first needed and now and then again.</summary>
public sealed partial class EsbDirectory(EsbPortals portals, TimeProvider clock, ILogger<EsbDirectory> logger)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Lazy<Task<EsbFacts>>> _facts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Connection, string User), (long? Id, DateTimeOffset At)> _users = new();

    /// <summary>The facts of a connection's ESB. Many may ask at once; the portal is asked once.</summary>
    /// <exception cref="Bitrix24Exception">They could not be loaded.</exception>
    public async Task<EsbFacts> FactsAsync(EsbConnection connection)
    {
        var lazy = _facts.GetOrAdd(connection.Code, _ => new Lazy<Task<EsbFacts>>(() => LoadAsync(connection)));
        try
        {
            var facts = await lazy.Value;
            if (clock.GetUtcNow() - facts.LoadedAt < KeptFor)
            {
                return facts;
            }
        }
        catch (Bitrix24Exception)
        {
            // Not kept: the next one who asks tries again.
            Forget(connection.Code, lazy);
            throw;
        }

        Forget(connection.Code, lazy);
        return await FactsAsync(connection);
    }

    /// <summary>Drops what is known: a write said that it is stale, or the connection was changed.</summary>
    public void Forget(string connection) => _facts.TryRemove(connection, out _);

    /// <summary>Finds an ESB user by id or e-mail; <see langword="null"/> if there is no active one.</summary>
    public async Task<long?> FindUserAsync(EsbConnection connection, string user)
    {
        var key = (connection.Code, user);
        if (_users.TryGetValue(key, out var known) && clock.GetUtcNow() - known.At < KeptFor)
        {
            return known.Id;
        }

        var filter = user.Contains('@', StringComparison.Ordinal)
            ? new JsonObject { ["EMAIL"] = user, ["ACTIVE"] = "Y" }
            : new JsonObject { ["ID"] = user, ["ACTIVE"] = "Y" };
        var found = await portals.For(connection).CallAsync(PortalUsers.Find(filter), CancellationToken.None);
        var id = found.Result.AsList().Select(item => item.Id("ID")).FirstOrDefault();
        _users[key] = (id, clock.GetUtcNow());
        return id;
    }

    private void Forget(string connection, Lazy<Task<EsbFacts>> stale) =>
        _facts.TryRemove(new KeyValuePair<string, Lazy<Task<EsbFacts>>>(connection, stale));

    private async Task<EsbFacts> LoadAsync(EsbConnection connection)
    {
        var client = portals.For(connection);
        var first = await client.CallGroupAsync(
            new CallGroup([CrmItems.Fields(CrmEntityTypes.Deal), Categories.List(CrmEntityTypes.Deal), Currencies.List()]),
            CancellationToken.None);
        var fields = ReadFields(first[0].GetOrThrow());
        if (connection.CreateMissingFields && await CreateProvenanceFieldsAsync(client, connection, fields))
        {
            fields = ReadFields(await client.CallAsync(CrmItems.Fields(CrmEntityTypes.Deal), CancellationToken.None));
        }

        var categories = Categories.Read(first[1].GetOrThrow());
        return new EsbFacts
        {
            Fields = fields,
            Categories = categories.ToDictionary(category => category.Id, category => category.Name),
            Stages = await LoadStagesAsync(client, [.. categories.Select(category => category.Id)]),
            Currencies = first[2].Result is { } currencies ? Currencies.ReadCodes(currencies) : new HashSet<string>(),
            LoadedAt = clock.GetUtcNow(),
        };
    }

    private static Dictionary<string, EsbField> ReadFields(CallResult result)
    {
        var fields = new Dictionary<string, EsbField>(StringComparer.Ordinal);
        foreach (var field in CrmItems.ReadFields(result))
        {
            // User fields are known by their original names; what the portal calls them differs between its versions.
            var name = field.IsUserField ? field.UpperName : field.Name;
            fields[name] = new EsbField(field.Name, field.Type, field.IsReadOnly, field.IsMultiple);
        }

        return fields;
    }

    private async Task<bool> CreateProvenanceFieldsAsync(PortalClient client, EsbConnection connection, Dictionary<string, EsbField> known)
    {
        var created = false;
        foreach (var field in Provenance.Fields.Where(field => !known.ContainsKey(field.Name)))
        {
            try
            {
                await client.CallAsync(
                    DealUserFields.Add(field.Name, field.Type, new Dictionary<string, string> { ["ru"] = field.Russian, ["en"] = field.English }),
                    CancellationToken.None);
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

    private static async Task<Dictionary<string, EsbStage>> LoadStagesAsync(PortalClient client, IReadOnlyList<long> categories)
    {
        var stages = new Dictionary<string, EsbStage>(StringComparer.Ordinal);
        foreach (var portion in categories.Chunk(BatchLimits.MaxCommands))
        {
            var outcomes = await client.CallGroupAsync(new CallGroup([.. portion.Select(id => Statuses.List(Statuses.DealStages(id)))]), CancellationToken.None);
            for (var i = 0; i < portion.Length; i++)
            {
                var page = outcomes[i].GetOrThrow();
                while (true)
                {
                    foreach (var status in Statuses.Read(page))
                    {
                        stages[status.Code] = new EsbStage(status.Code, portion[i], status.Name);
                    }

                    if (page.Next is not { } start)
                    {
                        break;
                    }

                    page = await client.CallAsync(Statuses.List(Statuses.DealStages(portion[i]), start), CancellationToken.None);
                }
            }
        }

        return stages;
    }

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Warning, "The field {Field} could not be created on the ESB of connection {Connection}: {Code}. Deals arrive without it")]
        public static partial void FieldNotCreated(ILogger logger, string field, string connection, string code);
    }
}
