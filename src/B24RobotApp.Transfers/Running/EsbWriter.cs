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
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>What is to be written.</summary>
public sealed record EsbWrite
{
    public required Transfer Transfer { get; init; }

    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    public required TransferMode Mode { get; init; }

    public required MappedDeal Deal { get; init; }

    /// <summary><see langword="null"/> if the client does not travel.</summary>
    public required EsbClient? Client { get; init; }

    public required WriteIntent Intent { get; init; }

    /// <summary>The failure with which the transfer ends if the deal is not there yet: its time is over. <see langword="null"/> if it may be created.</summary>
    public TransferFailedException? InsteadOfCreating { get; init; }

    public required TransferTexts Texts { get; init; }
}

/// <summary>How a write ended.</summary>
public sealed record EsbWritten(OutcomeStatus Status, long DealId, IReadOnlyList<Link> Links);

/// <summary>Creates or updates the deal on the ESB, once: what an earlier attempt or an earlier transfer made is found and taken up, never made again.</summary>
public sealed partial class EsbWriter(LinkStore links, LinkImport import, EsbPortals portals, ILogger<EsbWriter> logger)
{
    /// <summary>The link of a transfer's deal.</summary>
    public static LinkKey KeyOf(Portal portal, Transfer transfer) =>
        new(portal.MemberId, transfer.Request.Connection, LinkedEntity.Deal, transfer.Request.ItemId);

    /// <summary>Writes the deal with its rows in one request.</summary>
    /// <exception cref="TransferFailedException">The ESB refused it.</exception>
    /// <exception cref="Bitrix24Exception">It was not written, or nobody knows.</exception>
    public async Task<EsbWritten> WriteAsync(EsbWrite write, CancellationToken cancellationToken)
    {
        var link = await FindLinkAsync(write, cancellationToken);
        if (link is { IsKnown: true })
        {
            if (await TryTakeUpAsync(write, link.EsbId, link.Hash, StatusOf(write, link)) is { } written)
            {
                return written;
            }

            // Deleted over there, or restored under another id, which only its origin tells.
            link = Link.Unknown(link.Key);
        }

        if (await LookUpIfNeededAsync(write, link, cancellationToken) is { } found
            && await TryTakeUpAsync(write, found.EsbId, found.Hash, StatusOf(write, found)) is { } taken)
        {
            return taken;
        }

        if (write.Intent.EarlierForDeal)
        {
            write.Intent.RequireSettled(write.Connection.Portal.Authority, "crm.item.add");
        }

        return write.InsteadOfCreating is { } failure ? throw failure : await CreateAsync(write);
    }

    /// <summary>
    /// Where this transfer meant to create the deal there was none; so what is there now is its own, unless another transfer has finished writing it meanwhile.
    /// </summary>
    private static OutcomeStatus StatusOf(EsbWrite write, Link link) =>
        write.Intent.EarlierForDeal && (Digest.Parse(link.Hash) is not { } digest || digest == Digest.Unfinished) ? OutcomeStatus.Created
        : write.Mode == TransferMode.Skip ? OutcomeStatus.Skipped
        : OutcomeStatus.Updated;

    private async Task<Link?> FindLinkAsync(EsbWrite write, CancellationToken cancellationToken)
    {
        if (write.Mode == TransferMode.Create)
        {
            return null;
        }

        var key = KeyOf(write);
        return (await links.FindAsync([key], cancellationToken)).GetValueOrDefault(key);
    }

    /// <summary>Asks the ESB by the deal's origin, unless the link table is known to tell everything.</summary>
    private async Task<Link?> LookUpIfNeededAsync(EsbWrite write, Link? link, CancellationToken cancellationToken)
    {
        var needed = link is not null || write.Intent.EarlierForDeal
            || (write.Mode != TransferMode.Create && !await import.IsCompleteAsync(write.Portal, write.Connection, cancellationToken));
        if (!needed)
        {
            // The import may just have brought the link.
            return await FindLinkAsync(write, cancellationToken);
        }

        var result = await portals.CallAsync(
            write.Connection,
            CrmItems.List(
                CrmEntityTypes.Deal,
                new JsonObject { ["=originatorId"] = OriginatorOf(write), ["=originId"] = OriginIdOf(write) },
                ["id"],
                new JsonObject { ["id"] = "ASC" }));
        var ids = CrmItems.ReadItems(result).Select(item => item.Id("id") ?? 0).Where(id => id > 0).ToList();
        if (ids.Count > 1)
        {
            Log.Several(logger, write.Transfer.Request.ItemId, write.Portal.Address.Authority, ids.Count, write.Connection.Code, ids[0]);
        }

        return ids.Count > 0 ? new Link(KeyOf(write), ids[0], null) : null;
    }

    private async Task<EsbWritten> CreateAsync(EsbWrite write)
    {
        var fields = (JsonObject)write.Deal.ForCreate.DeepClone();
        fields["originatorId"] = OriginatorOf(write);
        fields["originId"] = OriginIdOf(write);
        AddClient(fields, write.Client);
        var calls = new List<Call> { CrmItems.Add(CrmEntityTypes.Deal, fields) };
        if (write.Deal.Rows is { Count: > 0 } rows)
        {
            calls.Add(ProductRows.Set(CrmEntityTypes.Deal, JsonValue.Create(new ResultReference(0, "item", "id"))!, rows));
        }

        await write.Intent.RecordAsync(forDeal: true);
        var outcomes = await portals.CallGroupAsync(write.Connection, calls);
        var item = CrmItems.ReadItem(outcomes[0].GetOrThrow());
        var dealId = item.Id("id")
            ?? throw new Bitrix24Exception(
                FailureKind.OutcomeUnknown, write.Connection.Portal.Authority, "crm.item.add", "NO_ID", "The portal answered without the new deal's id.");
        return await EndAsync(write, dealId, OutcomeStatus.Created, Digest.Of(write.Deal, write.Client), item, outcomes.Count > 1 ? outcomes[1] : null);
    }

    /// <summary>Goes on with a deal that exists. Returns <see langword="null"/> if it does not exist any more.</summary>
    private async Task<EsbWritten?> TryTakeUpAsync(EsbWrite write, long dealId, string? knownHash, OutcomeStatus status)
    {
        var known = Digest.Parse(knownHash);
        var digest = Digest.Of(write.Deal, write.Client, known);
        var (fields, rowsChanged) = status == OutcomeStatus.Skipped ? ([], false) : ChangesOf(write.Deal, write.Client, known, digest);
        if (fields.Count > 0 || rowsChanged)
        {
            // Until everything is written nobody knows what stands there.
            await SaveLinkAsync(write, dealId, Digest.Unfinished, Durability.Relaxed);
        }

        var calls = new List<Call>
        {
            // If there is nothing to write, the robot still shall not be told of a deal that is gone.
            fields.Count > 0 ? CrmItems.Update(CrmEntityTypes.Deal, dealId, fields) : CrmItems.Get(CrmEntityTypes.Deal, dealId),
        };
        if (rowsChanged && write.Deal.Rows is { Count: > 0 } rows)
        {
            calls.Add(ProductRows.Set(CrmEntityTypes.Deal, JsonValue.Create(dealId), rows));
        }

        var outcomes = await portals.CallGroupAsync(write.Connection, calls);
        if (outcomes[0].Failure is { } failure)
        {
            return failure.HasCode("NOT_FOUND") ? null
                : failure.Kind == FailureKind.Refused ? throw new TransferFailedException(
                    failure.Code, write.Texts.EsbRefused(failure.Method, failure.Code, failure.Description)) { EsbDealId = dealId }
                : throw failure;
        }

        if (rowsChanged && write.Deal.Rows is { Count: 0 })
        {
            await ClearRowsAsync(write, dealId);
        }

        var item = fields.Count > 0 && known?.Client != digest.Client ? CrmItems.ReadItem(outcomes[0].GetOrThrow()) : default;
        return await EndAsync(write, dealId, status, status == OutcomeStatus.Skipped ? known : digest, item, outcomes.Count > 1 ? outcomes[1] : null);
    }

    /// <summary>What an update would write of a deal that stands on the ESB, and whether its rows; for a dry run.</summary>
    /// <param name="deal">The mapped deal.</param>
    /// <param name="client">Its client as far as it is known.</param>
    /// <param name="knownHash">The digest of what was written last, as the link has it.</param>
    internal static (JsonObject Fields, bool RowsChanged) PlanUpdate(MappedDeal deal, EsbClient? client, string? knownHash)
    {
        var known = Digest.Parse(knownHash);
        return ChangesOf(deal, client, known, Digest.Of(deal, client, known));
    }

    /// <summary>The fields to write, and whether the rows are written: only what differs from what was written last.</summary>
    private static (JsonObject Fields, bool RowsChanged) ChangesOf(MappedDeal deal, EsbClient? client, Digest? known, Digest digest)
    {
        var fields = new JsonObject();
        void Add(JsonObject part)
        {
            foreach (var (name, value) in part)
            {
                fields[name] = value?.DeepClone();
            }
        }

        if (known?.Fields != digest.Fields)
        {
            Add(deal.ForUpdate);
        }

        if (known?.Client != digest.Client)
        {
            AddClient(fields, client);
        }

        // Where this database has never written rows nobody knows whose they are: they are replaced, but not just deleted.
        var rowsChanged = deal.Rows is { } rows && known?.Rows != digest.Rows && (rows.Count > 0 || known is { Rows.Length: > 0 });
        if (fields.Count > 0 || rowsChanged)
        {
            Add(deal.OnlyWithChange);
        }

        return (fields, rowsChanged);
    }

    /// <summary>Takes all rows off a deal. Whether an empty list does that depends on the portal, so it is looked at, and what is left is deleted row by row.</summary>
    private async Task ClearRowsAsync(EsbWrite write, long dealId)
    {
        var list = ProductRows.List(CrmEntityTypes.Deal, JsonValue.Create(dealId));
        var outcomes = await portals.CallGroupAsync(write.Connection, [ProductRows.Set(CrmEntityTypes.Deal, JsonValue.Create(dealId), []), list]);
        var page = outcomes[1].GetOrThrow();
        while (ProductRows.ReadRows(page).Select(row => row.Id("id") ?? 0).Where(id => id > 0).ToList() is { Count: > 0 } left)
        {
            foreach (var outcome in await portals.CallGroupAsync(write.Connection, [.. left.Select(ProductRows.Delete)]))
            {
                outcome.GetOrThrow();
            }

            page = await portals.CallAsync(write.Connection, list);
        }
    }

    /// <summary>The deal stands; its rows or its client may not. A refusal ends the transfer, anything else is made up for by the next attempt, which finds the deal.</summary>
    /// <remarks>The item is the deal as the ESB answered if its client was written, else nothing.</remarks>
    private async Task<EsbWritten> EndAsync(
        EsbWrite write, long dealId, OutcomeStatus status, Digest? digest, JsonElement item, CallOutcome? rows)
    {
        var failure = FailureOf(write, dealId, rows);
        if (failure is null && FindGone(write.Client, item) is { Count: > 0 } gone)
        {
            foreach (var key in gone)
            {
                await links.DeleteAsync(key, CancellationToken.None);
            }

            failure = new Bitrix24Exception(
                FailureKind.NotExecuted, write.Connection.Portal.Authority, "crm.item.update", "CLIENT_GONE",
                "The client that the deal had there was deleted; it is looked for and created again.");
        }

        if (failure is null)
        {
            return new EsbWritten(status, dealId, write.Mode == TransferMode.Create ? [] : [new Link(KeyOf(write), dealId, digest?.ToString())]);
        }

        await SaveLinkAsync(write, dealId, Digest.Unfinished, Durability.Full);
        throw failure;
    }

    private static Exception? FailureOf(EsbWrite write, long dealId, CallOutcome? rows)
    {
        if (rows?.Failure is { } failure)
        {
            return failure.Kind == FailureKind.Refused
                ? new TransferFailedException(failure.Code, write.Texts.RowsRefused(dealId, failure.Code, failure.Description)) { EsbDealId = dealId }
                : failure;
        }

        // PHP cuts what exceeds its limit of variables without a word.
        return rows?.Result is { } result && write.Deal.Rows is { } sent && ProductRows.ReadRows(result).Count() is var arrived && arrived < sent.Count
            ? new TransferFailedException("ROWS_INCOMPLETE", write.Texts.RowsIncomplete(dealId, arrived, sent.Count)) { EsbDealId = dealId }
            : null;
    }

    /// <summary>
    /// Of the clients known from earlier transfers those that the ESB's deal did not take, because they were deleted there meanwhile. Clients found or created a moment ago are not doubted: a portal that
    /// does not take those would be asked for ever.
    /// </summary>
    private static List<LinkKey> FindGone(EsbClient? client, JsonElement item)
    {
        if (client is null || item.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var company = item.Property("companyId");
        var contacts = item.Property("contactIds");
        return
        [
            .. client.FromEarlier.Where(link => link.Key.Entity == LinkedEntity.Company
                ? company.ValueKind != JsonValueKind.Undefined && company.AsLong() != link.EsbId
                : contacts.ValueKind != JsonValueKind.Undefined && !contacts.AsIds().Contains(link.EsbId)).Select(link => link.Key),
        ];
    }

    private Task SaveLinkAsync(EsbWrite write, long dealId, Digest digest, Durability durability) =>
        write.Mode == TransferMode.Create
            ? Task.CompletedTask
            : links.SaveAsync([new Link(KeyOf(write), dealId, digest.ToString())], durability, CancellationToken.None);

    private static void AddClient(JsonObject fields, EsbClient? client)
    {
        if (client?.CompanyId is { } companyId)
        {
            fields["companyId"] = companyId;
        }

        if (client?.ContactIds is { Count: > 0 } contactIds)
        {
            fields["contactIds"] = new JsonArray([.. contactIds.Select(id => JsonValue.Create(id))]);
        }
    }

    private static LinkKey KeyOf(EsbWrite write) => KeyOf(write.Portal, write.Transfer);

    private static string OriginatorOf(EsbWrite write) => Provenance.OriginatorPrefix + write.Portal.MemberId;

    private static string OriginIdOf(EsbWrite write)
    {
        var dealId = write.Transfer.Request.ItemId.ToString(CultureInfo.InvariantCulture);
        return write.Mode == TransferMode.Create ? $"{dealId}:{write.Transfer.Id}" : dealId;
    }

    /// <summary>What was last written, per part, so that a part without news is not written again.</summary>
    private sealed record Digest(string Fields, string Client, string Rows)
    {
        /// <summary>Something was sent, and it is not known what of it stands there: everything is written again.</summary>
        public static readonly Digest Unfinished = new("-", "-", "-");

        /// <param name="deal">What is written now.</param>
        /// <param name="client">Its client; <see langword="null"/> if it does not travel.</param>
        /// <param name="known">What stands there; a part that does not travel now stays as it is.</param>
        public static Digest Of(MappedDeal deal, EsbClient? client, Digest? known = null)
        {
            var links = new JsonObject();
            AddClient(links, client);
            return new Digest(
                Hash(deal.ForUpdate),
                client is null ? known?.Client ?? "" : Hash(links),
                deal.Rows is { } rows ? Hash(new JsonArray([.. rows.Select(row => row.DeepClone())])) : known?.Rows ?? "");
        }

        public static Digest? Parse(string? text) => text?.Split('.') is [var fields, var client, var rows] ? new Digest(fields, client, rows) : null;

        public override string ToString() => $"{Fields}.{Client}.{Rows}";

        private static string Hash(JsonNode value) =>
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value.ToJsonString())).AsSpan(0, 8));
    }

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Warning, "Deal {DealId} of {Portal} stands {Count} times on {Connection}, perhaps copied by hand there; the oldest, {EsbDealId}, is used")]
        public static partial void Several(ILogger logger, long dealId, string portal, int count, string connection, long esbDealId);
    }
}
