using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>Finds out what a deal's ids mean: who the source portal's employees are, and what the CRM items that it points to have become. Most deals need nothing of it.</summary>
public sealed partial class MappingLookupReader(SourcePortals sources, LinkStore links, TimeProvider clock, ILogger<MappingLookupReader> logger)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(PortalId Portal, long User), (PortalUser User, DateTimeOffset At)> _users = new();

    /// <summary>Asks for what the mapping of a deal needs.</summary>
    /// <exception cref="Bitrix24Exception">A portal did not answer.</exception>
    public async Task<MappingLookups> ReadAsync(Portal portal, EsbConnection connection, long? robotUser, MappingInput input, CancellationToken cancellationToken)
    {
        var needs = MappingNeeds.Of(input);
        if (needs.SourceUsers.Count == 0 && needs.Items.Count == 0)
        {
            return MappingLookups.None;
        }

        return new MappingLookups
        {
            SourceUsers = await FindSourceUsersAsync(portal, robotUser, needs.SourceUsers),
            Counterparts = await FindCounterpartsAsync(portal, connection, needs.Items, cancellationToken),
            Titles = await FindTitlesAsync(portal, robotUser, needs.ByTitle),
        };
    }

    private async Task<Dictionary<long, PortalUser>> FindSourceUsersAsync(Portal portal, long? robotUser, IReadOnlySet<long> ids)
    {
        var now = clock.GetUtcNow();
        var found = new Dictionary<long, PortalUser>();
        var unknown = new List<long>();
        foreach (var id in ids)
        {
            if (_users.TryGetValue((portal.Id, id), out var known) && now - known.At < KeptFor)
            {
                found[id] = known.User;
            }
            else
            {
                unknown.Add(id);
            }
        }

        foreach (var portion in unknown.Chunk(BatchLimits.MaxCommands))
        {
            var (_, outcomes) = await sources.CallGroupAsync(
                portal, robotUser, [.. portion.Select(id => PortalUsers.Find(new JsonObject { ["ID"] = id }))], outcomes => outcomes[0].Failure?.HasCode("ACCESS_DENIED") == true);
            for (var i = 0; i < portion.Length; i++)
            {
                if (outcomes[i].Failure is { Kind: FailureKind.Refused } refused)
                {
                    // Without the right nobody is known; each such value is a problem of its own, or its rule's default.
                    Log.UsersNotReadable(logger, portal.Address.Authority, refused.Code);
                    return found;
                }

                if (PortalUsers.Read(outcomes[i].GetOrThrow()).FirstOrDefault(user => user.Id == portion[i]) is { } user)
                {
                    found[user.Id] = user;
                    _users[(portal.Id, user.Id)] = (user, now);
                }
            }
        }

        return found;
    }

    private async Task<Dictionary<CrmReference, long>> FindCounterpartsAsync(
        Portal portal, EsbConnection connection, IReadOnlySet<CrmReference> items, CancellationToken cancellationToken)
    {
        var keys = items.ToDictionary(item => item, item => new LinkKey(portal.MemberId, connection.Code, (LinkedEntity)item.EntityTypeId, item.Id));
        var found = items.Count > 0 ? await links.FindAsync([.. keys.Values], cancellationToken) : new Dictionary<LinkKey, Link>();
        return keys
            .Where(key => found.TryGetValue(key.Value, out var link) && link.IsKnown)
            .ToDictionary(key => key.Key, key => found[key.Value].EsbId);
    }

    /// <summary>What people call the items; those that nobody may read are missing.</summary>
    private async Task<Dictionary<CrmReference, string>> FindTitlesAsync(Portal portal, long? robotUser, IReadOnlySet<CrmReference> items)
    {
        var titles = new Dictionary<CrmReference, string>();
        foreach (var portion in items.Where(item => item.EntityTypeId > 0).Chunk(BatchLimits.MaxCommands))
        {
            var (_, outcomes) = await sources.CallGroupAsync(
                portal, robotUser, [.. portion.Select(item => CrmItems.Get(item.EntityTypeId, item.Id))], outcomes => outcomes[0].Failure?.HasCode("ACCESS_DENIED") == true);
            for (var i = 0; i < portion.Length; i++)
            {
                if (outcomes[i].Failure is { } failure && failure.Kind != FailureKind.Refused)
                {
                    throw failure;
                }

                if (outcomes[i].Result is { } result && TitleOf(CrmItems.ReadItem(result)) is { Length: > 0 } title)
                {
                    titles[portion[i]] = title;
                }
            }
        }

        return titles;
    }

    /// <summary>Contacts have names in place of titles.</summary>
    private static string TitleOf(JsonElement item) =>
        item.Text("title") is { Length: > 0 } title
            ? title
            : string.Join(' ', new[] { item.Text("name"), item.Text("lastName") }.Where(part => !string.IsNullOrEmpty(part)));

    private static partial class Log
    {
        [LoggerMessage(2202, LogLevel.Warning, "The employees of {Portal} cannot be read ({Code}); the app's card needs the permission user_basic")]
        public static partial void UsersNotReadable(ILogger logger, string portal, string code);
    }
}
