using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>What is known of each ESB: its deal fields, pipelines, stages, currencies and users. Loaded when first needed and now and then again.</summary>
public sealed partial class EsbDirectory(EsbPortals portals, TimeProvider clock, ILogger<EsbDirectory> logger)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>Many deals with the same mistake must not load everything again and again.</summary>
    private static readonly TimeSpan BelievedFor = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Lazy<Task<EsbFacts>>> _facts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Connection, string User), (long Id, DateTimeOffset At)> _users = new();

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
        catch
        {
            // Not kept, whatever it was: the next one who asks tries again.
            Forget(connection.Code, lazy);
            throw;
        }

        Forget(connection.Code, lazy);
        return await FactsAsync(connection);
    }

    /// <summary>Loads the facts again because something was missing in them; <see langword="null"/> if they are so fresh that it would bring nothing new.</summary>
    public async Task<EsbFacts?> RenewAsync(EsbConnection connection, EsbFacts stale)
    {
        if (clock.GetUtcNow() - stale.LoadedAt < BelievedFor)
        {
            return null;
        }

        if (_facts.TryGetValue(connection.Code, out var known) && known is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } task } && await task == stale)
        {
            Forget(connection.Code, known);
        }

        return await FactsAsync(connection);
    }

    /// <summary>Drops what is known: the connection was changed.</summary>
    public void Forget(string connection) => _facts.TryRemove(connection, out _);

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

    private void Forget(string connection, Lazy<Task<EsbFacts>> stale) =>
        _facts.TryRemove(new KeyValuePair<string, Lazy<Task<EsbFacts>>>(connection, stale));

    private async Task<EsbFacts> LoadAsync(EsbConnection connection)
    {
        var first = await portals.CallGroupAsync(
            connection, [CrmItems.Fields(CrmEntityTypes.Deal), Categories.List(CrmEntityTypes.Deal), Currencies.List()]);
        var fields = ReadFields(first[0].GetOrThrow());
        if (connection.CreateMissingFields && await CreateProvenanceFieldsAsync(connection, fields))
        {
            fields = ReadFields(await portals.CallAsync(connection, CrmItems.Fields(CrmEntityTypes.Deal)));
        }

        var categories = Categories.Read(first[1].GetOrThrow());
        return new EsbFacts
        {
            Fields = fields,
            Categories = categories.ToDictionary(category => category.Id, category => category.Name),
            Stages = await LoadStagesAsync(connection, [.. categories.Select(category => category.Id)]),
            Currencies = first[2].Result is { } currencies ? Currencies.ReadCodes(currencies) : new HashSet<string>(),
            LoadedAt = clock.GetUtcNow(),
        };
    }

    private static Dictionary<string, EsbField> ReadFields(CallResult result)
    {
        // Names are found however they are written, system fields by their older names too (ASSIGNED_BY_ID): those are what people know.
        var fields = new Dictionary<string, EsbField>(StringComparer.OrdinalIgnoreCase);
        var described = CrmItems.ReadFields(result).ToList();
        foreach (var field in described)
        {
            // User fields are known by their original names; what the portal calls them differs between its versions.
            fields[field.IsUserField ? field.UpperName : field.Name] = new EsbField(field.Name, field.Type, field.IsReadOnly, field.IsMultiple)
            {
                Options = field.Options,
            };
        }

        foreach (var field in described.Where(field => !field.IsUserField))
        {
            fields.TryAdd(field.UpperName, fields[field.Name]);
        }

        return fields;
    }

    private async Task<bool> CreateProvenanceFieldsAsync(EsbConnection connection, Dictionary<string, EsbField> known)
    {
        var created = false;
        foreach (var field in Provenance.Fields.Where(field => !known.ContainsKey(field.Name)))
        {
            try
            {
                await portals.CallAsync(
                    connection, DealUserFields.Add(field.Name, field.Type, new Dictionary<string, string> { ["ru"] = field.Russian, ["en"] = field.English }));
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

    private async Task<Dictionary<string, EsbStage>> LoadStagesAsync(EsbConnection connection, IReadOnlyList<long> categories)
    {
        var stages = new Dictionary<string, EsbStage>(StringComparer.Ordinal);
        foreach (var portion in categories.Chunk(BatchLimits.MaxCommands))
        {
            var outcomes = await portals.CallGroupAsync(connection, [.. portion.Select(id => Statuses.List(Statuses.DealStages(id)))]);
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

                    page = await portals.CallAsync(connection, Statuses.List(Statuses.DealStages(portion[i]), start));
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
