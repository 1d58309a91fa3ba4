using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

    public required TransferTexts Texts { get; init; }
}

/// <summary>How a write ended.</summary>
public sealed record EsbWritten(OutcomeStatus Status, long DealId, IReadOnlyList<Link> Links);

/// <summary>Creates or updates the deal on the ESB, once: what an earlier attempt or an earlier transfer made is found and taken up, never made again.</summary>
public sealed class EsbWriter(LinkStore links, LinkImport import, EsbPortals portals)
{
    /// <summary>Writes the deal with its rows in one request.</summary>
    /// <exception cref="TransferFailedException">The ESB refused it.</exception>
    /// <exception cref="Bitrix24Exception">It was not written, or nobody knows.</exception>
    public async Task<EsbWritten> WriteAsync(EsbWrite write, CancellationToken cancellationToken)
    {
        var link = await FindLinkAsync(write, cancellationToken);
        var target = link?.EsbId ?? await LookUpIfNeededAsync(write, cancellationToken);
        if (target is { } known)
        {
            // Where this transfer meant to create the deal there was none; so what is there now is its own.
            var status = write.Intent.EarlierForDeal ? OutcomeStatus.Created
                : write.Mode == TransferMode.Skip ? OutcomeStatus.Skipped : OutcomeStatus.Updated;
            if (await TryTakeUpAsync(write, known, link?.Hash, status) is { } written)
            {
                return written;
            }

            // Deleted over there, or restored under another id, which only its origin tells.
            if (link is not null && await LookUpAsync(write) is { } restored
                && await TryTakeUpAsync(write, restored, null, status) is { } again)
            {
                return again;
            }
        }

        return await CreateAsync(write);
    }

    private async Task<Link?> FindLinkAsync(EsbWrite write, CancellationToken cancellationToken)
    {
        if (write.Mode == TransferMode.Create)
        {
            return null;
        }

        var key = KeyOf(write);
        return (await links.FindAsync([key], cancellationToken)).GetValueOrDefault(key);
    }

    private async Task<long?> LookUpIfNeededAsync(EsbWrite write, CancellationToken cancellationToken)
    {
        var needed = write.Intent.EarlierForDeal
            || (write.Mode != TransferMode.Create && !await import.IsCompleteAsync(write.Portal, write.Connection, cancellationToken));
        if (!needed)
        {
            // The import may just have brought the link.
            return (await FindLinkAsync(write, cancellationToken))?.EsbId;
        }

        var found = await LookUpAsync(write);
        if (found is null && write.Intent.EarlierForDeal)
        {
            write.Intent.RequireSettled(write.Connection.Portal.Authority, "crm.item.add");
        }

        return found;
    }

    private async Task<long?> LookUpAsync(EsbWrite write)
    {
        var result = await portals.For(write.Connection).CallAsync(
            CrmItems.List(
                CrmEntityTypes.Deal,
                new JsonObject { ["=originatorId"] = OriginatorOf(write), ["=originId"] = OriginIdOf(write) },
                ["id"],
                new JsonObject { ["id"] = "ASC" }),
            CancellationToken.None);
        return CrmItems.ReadItems(result).Select(item => item.Id("id")).FirstOrDefault();
    }

    private async Task<EsbWritten> CreateAsync(EsbWrite write)
    {
        var fields = (JsonObject)write.Deal.ForCreate.DeepClone();
        fields["originatorId"] = OriginatorOf(write);
        fields["originId"] = OriginIdOf(write);
        AddClient(fields, write.Client);
        var calls = new List<Call> { CrmItems.Add(CrmEntityTypes.Deal, fields) };
        if (write.Deal.Rows.Count > 0)
        {
            calls.Add(ProductRows.Set(CrmEntityTypes.Deal, JsonValue.Create(new ResultReference(0, "item", "id"))!, write.Deal.Rows));
        }

        await write.Intent.RecordAsync(forDeal: true);
        var outcomes = await CallAsync(write, calls);
        var dealId = CrmItems.ReadItem(outcomes[0].GetOrThrow()).Id("id")
            ?? throw new Bitrix24Exception(
                FailureKind.OutcomeUnknown, write.Connection.Portal.Authority, "crm.item.add", "NO_ID", "The portal answered without the new deal's id.");
        return await EndAsync(write, dealId, OutcomeStatus.Created, Digest.Of(write).ToString(), outcomes.Skip(1));
    }

    /// <summary>Goes on with a deal that exists. Returns <see langword="null"/> if it does not exist any more.</summary>
    private async Task<EsbWritten?> TryTakeUpAsync(EsbWrite write, long dealId, string? knownHash, OutcomeStatus status)
    {
        var hash = Digest.Of(write);
        var known = Digest.Parse(knownHash);
        var calls = new List<Call>();
        if (status != OutcomeStatus.Skipped)
        {
            var fields = new JsonObject();
            if (known?.Fields != hash.Fields)
            {
                foreach (var (name, value) in write.Deal.ForUpdate)
                {
                    fields[name] = value?.DeepClone();
                }
            }

            if (known?.Client != hash.Client)
            {
                AddClient(fields, write.Client);
            }

            var rowsChanged = known?.Rows != hash.Rows && (write.Deal.Rows.Count > 0 || known is not null);
            if (fields.Count > 0 || rowsChanged)
            {
                foreach (var (name, value) in write.Deal.OnlyWithChange)
                {
                    fields[name] = value?.DeepClone();
                }

                calls.Add(CrmItems.Update(CrmEntityTypes.Deal, dealId, fields));
            }

            if (rowsChanged)
            {
                calls.Add(ProductRows.Set(CrmEntityTypes.Deal, JsonValue.Create(dealId), write.Deal.Rows));
            }
        }

        if (calls.Count == 0)
        {
            // Nothing to write; but the robot shall not be told of a deal that is gone.
            calls.Add(CrmItems.Get(CrmEntityTypes.Deal, dealId));
        }

        var outcomes = await CallAsync(write, calls);
        if (outcomes[0].Failure?.HasCode("NOT_FOUND") == true)
        {
            return null;
        }

        outcomes[0].GetOrThrow();
        return await EndAsync(write, dealId, status, status == OutcomeStatus.Skipped ? knownHash : hash.ToString(), outcomes.Skip(1));
    }

    private Task<IReadOnlyList<CallOutcome>> CallAsync(EsbWrite write, IReadOnlyList<Call> calls) =>
        portals.For(write.Connection).CallGroupAsync(new CallGroup(calls), CancellationToken.None);

    /// <summary>The deal stands; its rows may not. A refusal ends the transfer, anything else is made up for by the next attempt, which finds the link.</summary>
    private async Task<EsbWritten> EndAsync(
        EsbWrite write, long dealId, OutcomeStatus status, string? hash, IEnumerable<CallOutcome> rows)
    {
        var failure = rows.Select(outcome => outcome.Failure).FirstOrDefault(failure => failure is not null);
        var link = write.Mode == TransferMode.Create ? Array.Empty<Link>() : [new Link(KeyOf(write), dealId, failure is null ? hash : null)];
        if (failure is null)
        {
            return new EsbWritten(status, dealId, link);
        }

        await links.SaveAsync(link, Durability.Full, CancellationToken.None);
        throw failure.Kind == FailureKind.Refused
            ? new TransferFailedException(failure.Code, write.Texts.RowsRefused(dealId, failure.Code, failure.Description)) { EsbDealId = dealId }
            : failure;
    }

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

    private static LinkKey KeyOf(EsbWrite write) =>
        new(write.Portal.MemberId, write.Connection.Code, LinkedEntity.Deal, write.Transfer.Request.ItemId);

    private static string OriginatorOf(EsbWrite write) => Provenance.OriginatorPrefix + write.Portal.MemberId;

    private static string OriginIdOf(EsbWrite write)
    {
        var dealId = write.Transfer.Request.ItemId.ToString(CultureInfo.InvariantCulture);
        return write.Mode == TransferMode.Create ? $"{dealId}:{write.Transfer.Id}" : dealId;
    }

    /// <summary>What was last written, per part, so that a part without news is not written again.</summary>
    private sealed record Digest(string Fields, string Client, string Rows)
    {
        public static Digest Of(EsbWrite write)
        {
            var client = new JsonObject();
            AddClient(client, write.Client);
            return new Digest(
                Hash(write.Deal.ForUpdate.ToJsonString()),
                Hash(client.ToJsonString()),
                Hash(new JsonArray([.. write.Deal.Rows.Select(row => row.DeepClone())]).ToJsonString()));
        }

        public static Digest? Parse(string? text) => text?.Split('.') is [var fields, var client, var rows] ? new Digest(fields, client, rows) : null;

        public override string ToString() => $"{Fields}.{Client}.{Rows}";

        private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}
