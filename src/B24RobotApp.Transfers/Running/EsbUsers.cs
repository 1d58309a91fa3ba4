using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Transfers.Connections;

namespace B24RobotApp.Transfers.Running;

/// <summary>Employees of the ESBs by id or e-mail, as those who name them know them.</summary>
public sealed class EsbUsers(EsbPortals portals, TimeProvider clock)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Connection, string User), (long Id, DateTimeOffset At)> _known = new();
    private readonly ConcurrentDictionary<(Uri Portal, long User), (string Name, string Email, DateTimeOffset At)> _described = new();

    /// <summary>Finds an ESB user by id or e-mail; <see langword="null"/> if there is no active one.</summary>
    public async Task<long?> FindAsync(EsbConnection connection, string user) =>
        (await FindAsync(connection, [user])).TryGetValue(user, out var id) ? id : null;

    /// <summary>Finds ESB users by id or e-mail; those who are not there, or do not work there any more, are missing.</summary>
    /// <exception cref="Bitrix24Exception">The ESB did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, long>> FindAsync(EsbConnection connection, IReadOnlyCollection<string> users)
    {
        var now = clock.GetUtcNow();
        var found = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        var unknown = new List<string>();
        foreach (var user in users.Where(user => IsEmail(user) || IsId(user)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (_known.TryGetValue((connection.Code, user), out var known) && now - known.At < KeptFor)
            {
                found[user] = known.Id;
            }
            else
            {
                unknown.Add(user);
            }
        }

        foreach (var portion in unknown.Chunk(BatchLimits.MaxCommands))
        {
            // A filter that the portal does not understand, or that the scope does not reach, is passed over, and then it lists everyone.
            var outcomes = await portals.CallGroupAsync(
                connection, [.. portion.Select(user => PortalUsers.Find(new JsonObject { [IsEmail(user) ? "EMAIL" : "ID"] = user, ["ACTIVE"] = "Y" }))]);
            for (var i = 0; i < portion.Length; i++)
            {
                var user = portion[i];
                if (PortalUsers.Read(outcomes[i].GetOrThrow()).FirstOrDefault(candidate => candidate.IsActive && IsWanted(candidate, user)) is { } match)
                {
                    // Who is missing is not kept: whoever is told so goes and creates him.
                    found[user] = match.Id;
                    _known[(connection.Code, user)] = (match.Id, now);
                }
            }
        }

        return found;
    }

    /// <summary>What employees are called, and their e-mail addresses, also of those who do not work there any more. Who is not told is missing.</summary>
    /// <exception cref="Bitrix24Exception">The ESB did not answer, or the webhook may not list employees.</exception>
    public async Task<IReadOnlyDictionary<long, (string Name, string Email)>> DescribeAsync(EsbConnection connection, IReadOnlyCollection<long> users)
    {
        var now = clock.GetUtcNow();
        var described = new Dictionary<long, (string Name, string Email)>();
        var unknown = new List<long>();
        foreach (var user in users)
        {
            if (_described.TryGetValue((connection.Portal, user), out var known) && now - known.At < KeptFor)
            {
                described[user] = (known.Name, known.Email);
            }
            else
            {
                unknown.Add(user);
            }
        }

        foreach (var portion in unknown.Chunk(BatchLimits.MaxCommands))
        {
            var outcomes = await portals.CallGroupAsync(connection, [.. portion.Select(user => PortalUsers.Find(new JsonObject { ["ID"] = user }))]);
            for (var i = 0; i < portion.Length; i++)
            {
                if (PortalUsers.Read(outcomes[i].GetOrThrow()).FirstOrDefault(candidate => candidate.Id == portion[i]) is { } match)
                {
                    described[match.Id] = (match.Name, match.Email);
                    _described[(connection.Portal, match.Id)] = (match.Name, match.Email, now);
                }
            }
        }

        return described;
    }

    private static bool IsEmail(string user) => user.Contains('@', StringComparison.Ordinal);

    private static bool IsId(string user) => long.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsWanted(PortalUser candidate, string user) =>
        IsEmail(user)
            ? string.Equals(candidate.Email, user, StringComparison.OrdinalIgnoreCase)
            : candidate.Id.ToString(CultureInfo.InvariantCulture) == user;
}
