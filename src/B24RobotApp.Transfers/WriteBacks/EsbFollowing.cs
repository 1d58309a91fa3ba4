using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Waits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.WriteBacks;

/// <summary>
/// Writes to source items what has changed on the ESB, by the profile's rules. No circle comes of it: what the app itself has sent to the ESB is no change there, only values that differ are written, and a robot's call
/// that such a write has caused is recognised by how the source item stands.
/// </summary>
public sealed partial class EsbFollowing(
    FollowStore store, PortalStore portals, ProfileStore profiles, SourcePortals sources, PortalSchemas schemas, EsbUsers users, EsbHints hints, TimeProvider clock, ILogger<EsbFollowing> logger)
{
    /// <summary>How long an item is followed after its last transfer.</summary>
    public static readonly TimeSpan FollowedFor = TimeSpan.FromDays(90);

    private readonly KeyedLocks _locks = new();

    /// <summary>A transfer has written an item, or found it there: from now on it is followed, if the profile writes back.</summary>
    /// <param name="transfer">The transfer.</param>
    /// <param name="connection">The ESB.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="code">The profile's code.</param>
    /// <param name="item">What it is on the ESB.</param>
    /// <param name="sent">What was sent; <see langword="null"/> if nothing was.</param>
    public async Task FollowAsync(Transfer transfer, EsbConnection connection, MappingProfile profile, string code, EsbItem item, JsonObject? sent)
    {
        if (profile.WriteBack.Count == 0 && !profile.LogStages)
        {
            return;
        }

        var watched = Watched(profile);
        var own = sent is null ? null : new JsonObject(sent.Where(field => watched.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
        await store.FollowAsync(
            new FollowedItem
            {
                Portal = transfer.Request.Portal,
                Connection = connection.Code,
                EntityTypeId = transfer.Request.EntityTypeId,
                ItemId = transfer.Request.ItemId,
                EsbHost = connection.Portal.Authority,
                Esb = item,
                Profile = code,
                Transfer = transfer.Id,
                Sent = own,
            },
            clock.GetUtcNow() + FollowedFor,
            CancellationToken.None);
        hints.Add(connection.Code, item);
    }

    /// <summary>What is followed for a source item if a robot's call was caused by the app's own write: the item stands as that write has left it, to the second and to the field. <see langword="null"/> otherwise.</summary>
    public async Task<FollowedItem?> FindCauseAsync(NewTransfer call, JsonElement deal, CancellationToken cancellationToken)
    {
        // A write that is under way has not been noted yet.
        await using var held = await _locks.AcquireAsync([FollowedItem.LockKeyOf(call.Portal, call.EntityTypeId, call.ItemId)], cancellationToken);
        var item = await store.FindAsync(call.Portal, call.Connection, call.EntityTypeId, call.ItemId, cancellationToken);
        return item is { Echo: { } echo } && EchoOf(deal) == echo ? item : null;
    }

    /// <summary>Deals with what was read of followed items.</summary>
    /// <param name="connection">The ESB.</param>
    /// <param name="read">The items with their fields as the ESB gave them.</param>
    /// <param name="cancellationToken">Ends it between its steps.</param>
    /// <exception cref="Bitrix24Exception">The ESB did not answer; it is dealt with at the next look.</exception>
    public async Task ApplyAsync(EsbConnection connection, IReadOnlyCollection<(FollowedItem Item, JsonElement Esb)> read, CancellationToken cancellationToken)
    {
        foreach (var kind in read.GroupBy(one => (one.Item.Portal, one.Item.Profile, one.Item.EntityTypeId, EsbTypeId: one.Item.Esb.EntityTypeId)))
        {
            if (await portals.FindAsync(kind.Key.Portal, cancellationToken) is not { State: PortalState.Connected } portal
                || await profiles.FindVisibleAsync(kind.Key.Profile, portal.Id, cancellationToken) is not { } stored
                || !MappingProfile.TryParse(stored.Json, out var profile, out _))
            {
                // Once the portal is connected again, or the profile is mended, it is not too late.
                continue;
            }

            var esb = await schemas.OfEsbAsync(connection, kind.Key.EsbTypeId);
            var changed = new List<Change>();
            foreach (var (item, values) in kind)
            {
                var change = ChangeOf(item, values, profile, esb);
                if (change.Fields.Count > 0)
                {
                    changed.Add(change);
                }
                else if (item.Sent is not null || !JsonNode.DeepEquals(item.Seen, change.Seen))
                {
                    await store.SeeAsync(item, change.Seen, null, null, CancellationToken.None);
                }
            }

            try
            {
                await WriteAsync(portal, connection, profile, esb, changed, cancellationToken);
            }
            catch (Bitrix24Exception exception)
            {
                // Nothing is noted, so the next look finds the same change.
                Log.Later(logger, portal.Address.Authority, changed.Count, exception.Code);
            }
        }
    }

    /// <summary>The ESB's fields that a profile's rules look at.</summary>
    private static HashSet<string> Watched(MappingProfile profile) =>
        [.. profile.WriteBack.Select(rule => rule.WatchedField), .. profile.LogStages ? ["stageId"] : Array.Empty<string>()];

    /// <summary>What has changed since it was last dealt with. Of fields that the app has sent since, the sent value is where the change begins.</summary>
    private static Change ChangeOf(FollowedItem item, JsonElement esb, MappingProfile profile, PortalSchema schema)
    {
        var seen = new JsonObject();
        var fields = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in Watched(profile))
        {
            var now = NodeOf(ValueOf(esb, field, schema));
            seen[field] = now?.DeepClone();

            // What nobody has seen before is where things begin; the link is written when there is one.
            var before = item.Sent is { } sent && sent.ContainsKey(field) ? sent[field]
                : item.Seen is { } earlier && earlier.ContainsKey(field) ? earlier[field]
                : field == "id" ? null : now;
            if (!AreSame(before, now))
            {
                fields.Add(field);
            }
        }

        return new Change(item, esb, seen, fields);
    }

    private async Task WriteAsync(Portal portal, EsbConnection connection, MappingProfile profile, PortalSchema esb, List<Change> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var people = await PeopleAsync(connection, profile, changes);
        var source = await schemas.OfSourceAsync(portal, changes[0].Item.EntityTypeId);
        foreach (var portion in changes.Chunk(BatchLimits.PageSize))
        {
            var page = await sources.CallAsync(
                portal, null, CrmItems.List(portion[0].Item.EntityTypeId, new JsonObject { ["@id"] = new JsonArray([.. portion.Select(change => JsonValue.Create(change.Item.ItemId))]) }, ["*"]));
            var items = CrmItems.ReadItems(page).ToDictionary(item => item.Id("id") ?? 0);
            await Task.WhenAll(portion.Select(change => items.TryGetValue(change.Item.ItemId, out var item)
                ? WriteAsync(portal, connection, profile, esb, source, change, item, people, cancellationToken)
                : ForgetAsync(change)));
        }
    }

    /// <summary>The source item is deleted or hidden: there is nothing to write to. Should it be back, the next change is written.</summary>
    private Task ForgetAsync(Change change) => store.SeeAsync(change.Item, change.Seen, null, null, CancellationToken.None);

    private async Task WriteAsync(
        Portal portal, EsbConnection connection, MappingProfile profile, PortalSchema esb, PortalSchema source, Change change, JsonElement item, IReadOnlyDictionary<long, (string Name, string Email)> people,
        CancellationToken cancellationToken)
    {
        var told = new List<WriteBackField>();
        var fields = new JsonObject();
        foreach (var rule in profile.WriteBack.Where(rule => change.Fields.Contains(rule.WatchedField)))
        {
            var field = Decide(rule, connection, esb, source, change, item, people);
            told.Add(field);
            if (field.Result == WriteBackResult.Written)
            {
                fields[NameOf(rule.To, source)] = field.After?.DeepClone();
            }
        }

        // Product rows would make the portal reckon the amount anew.
        if (fields.ContainsKey("opportunity") && item.Property("isManualOpportunity").AsBoolean() != true)
        {
            fields["isManualOpportunity"] = "Y";
        }

        var (kind, id) = (change.Item.EntityTypeId, change.Item.ItemId);
        var calls = new List<Call>();
        if (fields.Count > 0)
        {
            calls.Add(CrmItems.Update(kind, id, fields));
        }

        if (profile.LogStages && change.Fields.Contains("stageId"))
        {
            var texts = new TransferTexts(portal.Language);
            calls.Add(Timeline.AddLogMessage(kind, id, texts.StageLogTitle(connection.Name), TransferTexts.StageLogText(StageNameOf(change.Before("stageId"), esb), StageNameOf(change.Esb.Text("stageId"), esb))));
        }

        // A robot that the write sets going calls at once; whoever runs its transfer waits here until the write is noted.
        await using var held = await _locks.AcquireAsync([change.Item.LockKey], cancellationToken);
        Echo? echo = null;
        string? problem = null;
        if (calls.Count > 0)
        {
            var (_, outcomes) = await sources.CallGroupAsync(portal, null, calls, _ => false);
            var update = fields.Count > 0 ? outcomes[0] : null;
            if (update?.Failure is { } failure && (failure.Kind != FailureKind.Refused || failure.HasCode("CRM_ITEM_HAS_RUNNING_WORKFLOWS")))
            {
                // Whether it was written is seen at the next look, by its content. A log entry that may stand there is not written twice: better none than two.
                Log.Later(logger, portal.Address.Authority, 1, failure.Code);
                return;
            }

            if (update?.Failure is { } refusal)
            {
                problem = new TransferTexts(portal.Language).SourceRefused(refusal.Method, refusal.Code, refusal.Description);
                told = [.. told.Select(field => field.Result == WriteBackResult.Written ? field with { Result = WriteBackResult.Refused } : field)];
                Log.Refused(logger, id, portal.Address.Authority, refusal.Code);
            }
            else if (update is not null)
            {
                echo = EchoOf(CrmItems.ReadItem(update.GetOrThrow()));
                Log.Written(logger, id, portal.Address.Authority, connection.Code, string.Join(", ", fields.Select(field => field.Key)));
            }
        }

        await store.SeeAsync(change.Item, change.Seen, echo, told.Count > 0 ? new WriteBack(clock.GetUtcNow(), told, problem) : null, CancellationToken.None);
    }

    private static WriteBackField Decide(
        WriteBackRule rule, EsbConnection connection, PortalSchema esb, PortalSchema source, Change change, JsonElement item, IReadOnlyDictionary<long, (string Name, string Email)> people)
    {
        var raw = ValueOf(change.Esb, rule.WatchedField, esb);
        var before = NodeOf(ValueOf(item, rule.To, source));
        var (found, value) = Convert(rule, connection, esb, change, raw, people);
        var result = rule.Policy == WriteBackPolicy.Never ? WriteBackResult.Kept
            : !found ? WriteBackResult.NoCounterpart
            : AreSame(before, value) ? WriteBackResult.Same
            : rule.Policy == WriteBackPolicy.OnlyIfEmpty && !IsEmpty(before) ? WriteBackResult.Kept
            : WriteBackResult.Written;
        return new WriteBackField(rule.From, rule.To, TransferTrail.Keep(NodeOf(raw)), TransferTrail.Keep(before), found ? TransferTrail.Keep(value) : null, result);
    }

    private static (bool Found, JsonNode? Value) Convert(
        WriteBackRule rule, EsbConnection connection, PortalSchema esb, Change change, JsonElement raw, IReadOnlyDictionary<long, (string Name, string Email)> people)
    {
        switch (rule.From)
        {
            case WriteBackRule.Link:
                var kind = CrmKind.Find(change.Item.Esb.EntityTypeId) ?? CrmKind.Deal;
                return (true, new Uri(connection.Portal, kind.DetailsPath(change.Item.Esb.Id)).AbsoluteUri);
            case WriteBackRule.Responsible:
                return people.TryGetValue(raw.AsLong() ?? 0, out var name) ? (true, name.Name) : (false, null);
            case WriteBackRule.ResponsibleEmail:
                return people.TryGetValue(raw.AsLong() ?? 0, out var mail) ? (true, mail.Email) : (false, null);
            case WriteBackRule.StageName:
                return (true, StageNameOf(raw.AsText(), esb));
            default:
                var text = raw.AsText() ?? "";
                return rule.Values.Count == 0 ? (true, NodeOf(raw))
                    : rule.Values.TryGetValue(text, out var own) ? (true, own)
                    : rule.From == "stageId" && rule.Values.TryGetValue(WaitJudge.SemanticsOf(text, esb.Stages), out var alike) ? (true, alike)
                    : (false, null);
        }
    }

    private async Task<IReadOnlyDictionary<long, (string Name, string Email)>> PeopleAsync(EsbConnection connection, MappingProfile profile, List<Change> changes)
    {
        if (!profile.WriteBack.Any(rule => rule.From is WriteBackRule.Responsible or WriteBackRule.ResponsibleEmail))
        {
            return new Dictionary<long, (string, string)>();
        }

        var ids = changes.Where(change => change.Fields.Contains("assignedById")).Select(change => change.Esb.Id("assignedById") ?? 0).Where(id => id > 0).Distinct().ToList();
        try
        {
            return await users.DescribeAsync(connection, ids);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // The webhook may not list employees; the story says that there is no counterpart.
            return new Dictionary<long, (string, string)>();
        }
    }

    private static string StageNameOf(string? stage, PortalSchema esb) => stage is null ? "" : esb.Stages.GetValueOrDefault(stage)?.Name ?? stage;

    private static string NameOf(string field, PortalSchema schema) => schema.Fields.TryGetValue(field, out var known) ? known.PortalName : field;

    private static JsonElement ValueOf(JsonElement item, string field, PortalSchema schema)
    {
        var own = item.Property(field);
        return own.ValueKind == JsonValueKind.Undefined ? item.Property(NameOf(field, schema)) : own;
    }

    private static JsonNode? NodeOf(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : JsonNode.Parse(value.GetRawText());

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonValue single => single.ToString() is "" or "0" or "false",
        _ => false,
    };

    /// <summary>Portals spell the same value as a number here and as a text there, and leave out what is empty.</summary>
    private static bool AreSame(JsonNode? one, JsonNode? other)
    {
        if (JsonNode.DeepEquals(one, other) || (IsEmpty(one) && IsEmpty(other)))
        {
            return true;
        }

        if (one is not JsonValue || other is not JsonValue)
        {
            return false;
        }

        var (first, second) = (one.ToString(), other.ToString());
        return first == second
            || (decimal.TryParse(first, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) && decimal.TryParse(second, NumberStyles.Number, CultureInfo.InvariantCulture, out var same) && number == same)
            || (DateTimeOffset.TryParse(first, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && DateTimeOffset.TryParse(second, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && time == at);
    }

    /// <summary>What activities do to an item is no change of it.</summary>
    private static Echo EchoOf(JsonElement item)
    {
        var fields = item.AsMap().Where(field => !field.Key.StartsWith("last", StringComparison.Ordinal) && field.Key is not "updatedTime").OrderBy(field => field.Key, StringComparer.Ordinal);
        var text = string.Join('\n', fields.Select(field => $"{field.Key}={field.Value.GetRawText()}"));
        return new Echo(item.Text("updatedTime") ?? "", System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    /// <summary>A change on the ESB.</summary>
    /// <param name="Item">What is followed.</param>
    /// <param name="Esb">The ESB's item now.</param>
    /// <param name="Seen">Its values, to be noted when it was dealt with.</param>
    /// <param name="Fields">Which of them have changed.</param>
    private sealed record Change(FollowedItem Item, JsonElement Esb, JsonObject Seen, HashSet<string> Fields)
    {
        public string? Before(string field) => (Item.Sent is { } sent && sent.ContainsKey(field) ? sent[field] : Item.Seen?[field])?.ToString();
    }

    private static partial class Log
    {
        [LoggerMessage(2671, LogLevel.Information, "Deal {DealId} of {Portal} follows its counterpart on {Connection}: {Fields}")]
        public static partial void Written(ILogger logger, long dealId, string portal, string connection, string fields);

        [LoggerMessage(2672, LogLevel.Warning, "{Portal} refuses to let deal {DealId} follow its counterpart on the ESB: {Code}. The transfer's story says why")]
        public static partial void Refused(ILogger logger, long dealId, string portal, string code);

        [LoggerMessage(2673, LogLevel.Information, "{Portal} could not be written to ({Code}): {Count} deals follow their counterparts on the ESB later")]
        public static partial void Later(ILogger logger, string portal, int count, string code);
    }
}
