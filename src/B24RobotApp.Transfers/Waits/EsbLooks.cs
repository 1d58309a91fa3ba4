using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Looks at items of an ESB and tells those who wait for them. Whatever made it look, the truth is what it reads.</summary>
public sealed partial class EsbLooks(
    WaitStore store, PortalStore portals, EsbPortals esbs, EsbUsers users, PortalSchemas schemas, EsbHints hints, WaitSignal signal, EsbFollowing following, IOptions<TransferOptions> options, TimeProvider clock,
    ILogger<EsbLooks> logger)
{
    /// <summary>Items that one request carries: 50 sub-calls of 50 items each. Source: settings/how-to-call-rest-api/batch.md.</summary>
    public const int MostItems = BatchLimits.MaxCommands * BatchLimits.PageSize;

    /// <summary>
    /// "Not there" is believed at the second look, which comes after this: an item may be on its way to another id. A merge deletes one and writes another, and what went into the recycle bin by mistake is often
    /// back at once.
    /// </summary>
    private static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(20);

    /// <summary>Looks at the items that are waited for, in one request if nothing has happened to them.</summary>
    /// <param name="connection">The ESB.</param>
    /// <param name="waits">Who waits.</param>
    /// <param name="followed">What source items follow; with the waits of <see cref="MostItems"/> items at most.</param>
    /// <param name="cancellationToken">Ends it between its steps.</param>
    /// <exception cref="Bitrix24Exception">The ESB did not answer, or refuses the webhook.</exception>
    public async Task LookAsync(EsbConnection connection, IReadOnlyList<Wait> waits, IReadOnlyList<FollowedItem> followed, CancellationToken cancellationToken)
    {
        var look = new Look(connection);
        var host = connection.Portal.Authority;
        followed = [.. followed.Where(item => item.EsbHost == host)];
        await ReadAsync(look, [.. followed.Select(item => item.Esb).Distinct()], whole: true);
        await ReadAsync(look, [.. waits.Where(wait => wait.EsbHost == host).Select(wait => wait.Item!.Value).Distinct().Where(item => !look.Whole.ContainsKey(item))], whole: false); // What is watched is known.
        foreach (var kind in waits.GroupBy(wait => wait.Item!.Value.EntityTypeId))
        {
            await JudgeAsync(look, KindOf(kind.Key), [.. kind], cancellationToken);
        }

        await NameAsync(look);
        await store.SeeAsync(look.Seen, cancellationToken);
        if (await store.ConcludeAsync(look.Over, wait => Later(wait.Request.CalledAt + options.Value.AnswerNotBefore, clock.GetUtcNow()), CancellationToken.None) > 0)
        {
            signal.Wake();
        }

        foreach (var (wait, outcome) in look.Over)
        {
            Log.Over(logger, wait.Request.Id, wait.Request.ItemId, outcome.Status, outcome.EsbId ?? 0, connection.Code, outcome.ErrorCode);
        }

        await following.ApplyAsync(connection, [.. followed.Where(item => look.Whole.ContainsKey(item.Esb)).Select(item => (item, look.Whole[item.Esb]))], cancellationToken);
    }

    private async Task ReadAsync(Look look, IReadOnlyCollection<EsbItem> items, bool whole)
    {
        var pages = items.GroupBy(item => item.EntityTypeId).SelectMany(kind => kind.Chunk(BatchLimits.PageSize)).ToList();
        foreach (var portion in pages.Chunk(BatchLimits.MaxCommands))
        {
            var outcomes = await esbs.CallGroupAsync(look.Connection, [.. portion.Select(page => EsbState.List(KindOf(page[0].EntityTypeId), [.. page.Select(item => item.Id)], whole))]);
            for (var i = 0; i < portion.Length; i++)
            {
                if (outcomes[i].Failure is { Kind: FailureKind.Refused } refusal)
                {
                    foreach (var item in portion[i])
                    {
                        look.Refused[item] = refusal;
                    }

                    continue;
                }

                var kind = KindOf(portion[i][0].EntityTypeId);
                foreach (var row in CrmItems.ReadItems(outcomes[i].GetOrThrow()))
                {
                    var item = new EsbItem(kind.EntityTypeId, row.Id("id") ?? 0);
                    look.Items[item] = EsbState.Read(row, kind);
                    if (whole)
                    {
                        look.Whole[item] = row;
                    }
                }
            }
        }
    }

    private async Task JudgeAsync(Look look, CrmKind kind, IReadOnlyList<Wait> waits, CancellationToken cancellationToken)
    {
        var present = new List<(Wait Wait, EsbState Now)>();
        var missing = new List<Wait>();
        foreach (var wait in waits)
        {
            var item = wait.Item!.Value; // As above.
            if (look.Refused.TryGetValue(item, out var refusal))
            {
                await ConcludeAsync(look, wait, WaitStatus.Failed, refusal.Code, texts => texts.WaitRefused(refusal.Method, refusal.Code, refusal.Description), cancellationToken);
            }
            else if (!look.Items.TryGetValue(item, out var state))
            {
                missing.Add(wait);
            }
            else if (state != wait.Seen || wait.MissingSince is not null)
            {
                present.Add((wait, state));
            }
        }

        if (present.Count > 0)
        {
            await JudgeAsync(look, kind, present, cancellationToken);
        }

        if (missing.Count > 0)
        {
            await SearchAsync(look, kind, missing, cancellationToken);
        }
    }

    private async Task JudgeAsync(Look look, CrmKind kind, IReadOnlyList<(Wait Wait, EsbState Now)> present, CancellationToken cancellationToken)
    {
        var stages = await StagesAsync(look.Connection, kind, present);
        var doubtful = new List<(Wait Wait, WaitSettings Settings, EsbState Now)>();
        foreach (var (wait, now) in present)
        {
            look.Seen.Add((wait, now));
            var settings = WaitSettings.Parse(wait.Request.Properties, await TextsAsync(wait, cancellationToken));
            if (wait.Began is null && settings.Until == WaitUntil.Stage && stages.Count > 0 && !stages.Keys.Contains(settings.Stage, StringComparer.OrdinalIgnoreCase))
            {
                await ConcludeAsync(look, wait, WaitStatus.Failed, "STAGE_UNKNOWN", texts => texts.StageUnknown(settings.Stage), cancellationToken);
            }
            else if (WaitJudge.IsReached(settings, wait.Began ?? now, now, stages)
                || (wait.Began is null && WaitJudge.MovedBeforeFirstLook(settings, wait.Request.CalledAt, now, clock.GetUtcNow())))
            {
                Reach(look, wait, now, stages);
            }
            else if (wait.Seen is { } seen && now.MovedAt > seen.MovedAt && settings.Until != WaitUntil.AmountChanged && kind != CrmKind.Quote)
            {
                // It was moved since the last look, perhaps more than once.
                doubtful.Add((wait, settings, now));
            }
        }

        foreach (var portion in doubtful.Chunk(BatchLimits.MaxCommands))
        {
            var outcomes = await esbs.CallGroupAsync(look.Connection, [.. portion.Select(row => StageHistory.LatestOfItem(kind.EntityTypeId, row.Wait.Item!.Value.Id))]); // As above.
            for (var i = 0; i < portion.Length; i++)
            {
                // A portal that keeps no history of this kind, or does not show it, tells where things stand and no more.
                var (wait, settings, now) = portion[i];
                if (outcomes[i].Failure is not { Kind: FailureKind.Refused } && WaitJudge.WasReached(settings, wait.Began!, StageHistory.Read(outcomes[i].GetOrThrow()), stages)) // Seen before, so it has begun.
                {
                    Reach(look, wait, now, stages);
                }
            }
        }
    }

    /// <summary>Says whether items are gone, or have another id now.</summary>
    private async Task SearchAsync(Look look, CrmKind kind, IReadOnlyList<Wait> missing, CancellationToken cancellationToken)
    {
        foreach (var portion in missing.Chunk(BatchLimits.MaxCommands))
        {
            var read = await esbs.CallGroupAsync(look.Connection, [.. portion.Select(wait => CrmItems.Get(kind.EntityTypeId, wait.Item!.Value.Id))]); // As above.
            for (var i = 0; i < portion.Length; i++)
            {
                await SearchAsync(look, kind, portion[i], read[i], cancellationToken);
            }
        }
    }

    private async Task SearchAsync(Look look, CrmKind kind, Wait wait, CallOutcome read, CancellationToken cancellationToken)
    {
        var host = look.Connection.Portal.Authority;
        var id = wait.Item!.Value.Id; // As above.
        if (read.Failure is null && wait.EsbHost == host)
        {
            // It was only not listed.
            hints.Add(look.Connection.Code, wait.Item.Value);
            return;
        }

        if (read.Failure is { } failure && failure.Kind != FailureKind.Refused)
        {
            throw failure;
        }

        if (wait.EsbHost == host && read.Failure is { } refusal && refusal.HasCode("ACCESS_DENIED"))
        {
            await ConcludeAsync(look, wait, WaitStatus.Failed, refusal.Code, texts => texts.WaitingForHidden(id, refusal.Code), cancellationToken);
            return;
        }

        if (await FindByOriginAsync(look.Connection, kind, wait, cancellationToken) is { } found && !(found == id && wait.EsbHost == host))
        {
            Log.Moved(logger, id, found, look.Connection.Code);
            await store.MoveAsync(wait, host, found, cancellationToken);
            hints.Add(look.Connection.Code, new EsbItem(kind.EntityTypeId, found));
            return;
        }

        if (wait.MissingSince is not { } since)
        {
            await store.MissAsync(wait, cancellationToken);
        }
        else if (clock.GetUtcNow() - since >= GoneAfter)
        {
            await ConcludeAsync(look, wait, WaitStatus.Gone, "DEAL_DELETED", texts => texts.WaitingForGone(id), cancellationToken);
        }
    }

    /// <summary>The id under which an item stands now: one that was restored keeps its mark, and of merged ones the surviving one may take it over.</summary>
    private async Task<long?> FindByOriginAsync(EsbConnection connection, CrmKind kind, Wait wait, CancellationToken cancellationToken)
    {
        var filter = wait.Began?.OriginFilter(kind);
        if (filter is null && !wait.Request.NamesDeal && CrmKind.Find(wait.Request.EntityTypeId) is { } source
            && await portals.FindAsync(wait.Request.Portal, cancellationToken) is { } portal)
        {
            filter = OriginKey.Of(portal.MemberId, source, wait.Request.ItemId).Filter(kind, kind.OriginField);
        }

        if (filter is null)
        {
            return null;
        }

        // Only with whole items selected can a condition name a user field by its original name.
        var result = await esbs.CallAsync(connection, CrmItems.List(kind.EntityTypeId, filter, kind.NeedsOriginField ? ["*"] : ["id"], new JsonObject { ["id"] = "ASC" }));
        return CrmItems.ReadItems(result).Select(item => item.Id("id")).FirstOrDefault(id => id > 0);
    }

    private async Task<IReadOnlyDictionary<string, SchemaStage>> StagesAsync(EsbConnection connection, CrmKind kind, IReadOnlyList<(Wait Wait, EsbState Now)> present)
    {
        var schema = await schemas.OfEsbAsync(connection, kind.EntityTypeId);
        return present.Any(row => row.Now.StageId.Length > 0 && !schema.Stages.ContainsKey(row.Now.StageId)) && await schemas.RenewAsync(connection, schema) is { } renewed
            ? renewed.Stages
            : schema.Stages;
    }

    private void Reach(Look look, Wait wait, EsbState now, IReadOnlyDictionary<string, SchemaStage> stages)
    {
        look.Over.Add((wait, new WaitOutcome
        {
            Status = WaitStatus.Reached,
            EsbId = wait.Item?.Id,
            StageId = now.StageId,
            StageName = stages.GetValueOrDefault(now.StageId)?.Name ?? "",
            Semantics = WaitJudge.SemanticsOf(now.StageId, stages),
            Amount = now.Amount,
            Currency = now.Currency,
            ChangedFields = now.ChangesSince(wait.Began ?? now),
            At = clock.GetUtcNow(),
        }));
        look.Responsible[wait.Sequence] = now.ResponsibleId;
    }

    private async Task ConcludeAsync(Look look, Wait wait, WaitStatus status, string code, Func<TransferTexts, string> text, CancellationToken cancellationToken) => look.Over.Add((wait, new WaitOutcome
    {
        Status = status,
        EsbId = wait.Item?.Id,
        ErrorCode = code.Any(char.IsLetter) ? code : "ESB_ERROR",
        ErrorMessage = text(await TextsAsync(wait, cancellationToken)),
        At = clock.GetUtcNow(),
    }));

    /// <summary>Fills in who is responsible over there.</summary>
    private async Task NameAsync(Look look)
    {
        if (look.Responsible.Count == 0)
        {
            return;
        }

        IReadOnlyDictionary<long, (string Name, string Email)> known;
        try
        {
            known = await users.DescribeAsync(look.Connection, [.. look.Responsible.Values.Where(id => id > 0).Distinct()]);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // The webhook may not list employees: what was waited for has come all the same.
            return;
        }

        for (var i = 0; i < look.Over.Count; i++)
        {
            var (wait, outcome) = look.Over[i];
            if (look.Responsible.TryGetValue(wait.Sequence, out var id) && known.TryGetValue(id, out var user))
            {
                look.Over[i] = (wait, outcome with { ResponsibleName = user.Name, ResponsibleEmail = user.Email });
            }
        }
    }

    private async ValueTask<TransferTexts> TextsAsync(Wait wait, CancellationToken cancellationToken) =>
        new((await portals.FindAsync(wait.Request.Portal, cancellationToken))?.Language ?? "en");

    /// <summary>What cannot be waited for is never watched.</summary>
    private static CrmKind KindOf(int entityTypeId) => CrmKind.Find(entityTypeId) ?? CrmKind.Deal;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    /// <summary>One look.</summary>
    private sealed class Look(EsbConnection connection)
    {
        public EsbConnection Connection { get; } = connection;

        public Dictionary<EsbItem, EsbState> Items { get; } = [];

        /// <summary>Items with all their fields.</summary>
        public Dictionary<EsbItem, JsonElement> Whole { get; } = [];

        public Dictionary<EsbItem, Bitrix24Exception> Refused { get; } = [];

        public List<(Wait Wait, EsbState Seen)> Seen { get; } = [];

        public List<(Wait Wait, WaitOutcome Outcome)> Over { get; } = [];

        /// <summary>Who is responsible for the item of a wait that is over, by the wait's sequence.</summary>
        public Dictionary<long, long> Responsible { get; } = [];
    }

    private static partial class Log
    {
        [LoggerMessage(2611, LogLevel.Information, "Wait {WaitId} of deal {DealId} is over: {Status}, {EsbDealId} on {Connection} {Code}")]
        public static partial void Over(ILogger logger, string waitId, long dealId, WaitStatus status, long esbDealId, string connection, string code);

        [LoggerMessage(2612, LogLevel.Information, "Deal {OldId} is {NewId} now on {Connection}: restored from the recycle bin, or merged")]
        public static partial void Moved(ILogger logger, long oldId, long newId, string connection);
    }
}
