using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running.Clients;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>Creates or updates the deal on the ESB, once: what an earlier attempt or an earlier transfer made is found and taken up, never made again.</summary>
public sealed class EsbWriter(EsbLookup lookup, EsbRows esbRows, LinkStore links, EsbPortals portals)
{
    /// <summary>Writes the deal with its rows in one request.</summary>
    /// <exception cref="TransferFailedException">The ESB refused it.</exception>
    /// <exception cref="Bitrix24Exception">It was not written, or nobody knows.</exception>
    public async Task<EsbWritten> WriteAsync(EsbWrite write, CancellationToken cancellationToken)
    {
        var link = await lookup.FindLinkAsync(write, cancellationToken);
        if (link is { IsKnown: true })
        {
            if (await TryTakeUpAsync(write, link.EsbId, link.Hash, StatusOf(write, link)) is { } written)
            {
                return written;
            }

            // Deleted over there, or restored under another id, which only its origin tells.
            link = Link.Unknown(link.Key);
        }

        if (await lookup.FindUnlinkedAsync(write, link, cancellationToken) is { } found
            && await TryTakeUpAsync(write, found.EsbId, found.Hash, StatusOf(write, found)) is { } taken)
        {
            return taken;
        }

        // In mode "create" no other transfer makes the same deal.
        if (write.Intent.EarlierForDeal || (write.Intent.IsAfterRestore && write.Mode != TransferMode.Create))
        {
            write.Intent.RequireSettled(write.Connection.Portal.Authority, "crm.item.add");
        }

        return write.InsteadOfCreating is { } failure ? throw failure : await CreateAsync(write);
    }

    /// <summary>
    /// Where this transfer meant to create the deal there was none; so what is there now is its own, unless another transfer has finished writing it meanwhile.
    /// </summary>
    private static OutcomeStatus StatusOf(EsbWrite write, Link link) =>
        write.Intent.EarlierForDeal && (WriteDigest.Parse(link.Hash) is not { } digest || digest == WriteDigest.Unfinished) ? OutcomeStatus.Created
        : write.Mode == TransferMode.Skip ? OutcomeStatus.Skipped
        : OutcomeStatus.Updated;

    private async Task<EsbWritten> CreateAsync(EsbWrite write)
    {
        var fields = (JsonObject)write.Deal.ForCreate.DeepClone();
        write.Origin.WriteTo(fields, write.Kind, write.OriginField);
        UpdatePlan.AddClient(fields, write.Client);
        await write.Intent.RecordAsync(forDeal: true);
        var outcomes = await portals.CallGroupAsync(
            write.Connection,
            [CrmItems.Add(write.Kind.EntityTypeId, fields), .. EsbRows.Calls(write, () => JsonValue.Create(new ResultReference(0, "item", "id"))!)]);
        var item = CrmItems.ReadItem(outcomes[0].GetOrThrow());
        var dealId = item.Id("id")
            ?? throw new Bitrix24Exception(
                FailureKind.OutcomeUnknown, write.Connection.Portal.Authority, "crm.item.add", "NO_ID", "The portal answered without the new deal's id.");
        return await EndAsync(write, dealId, OutcomeStatus.Created, WriteDigest.Of(write.Deal, write.Client), fields, item, outcomes);
    }

    /// <summary>Goes on with a deal that exists. Returns <see langword="null"/> if it does not exist any more.</summary>
    private async Task<EsbWritten?> TryTakeUpAsync(EsbWrite write, long dealId, string? knownHash, OutcomeStatus status)
    {
        var known = WriteDigest.Parse(knownHash);
        var digest = WriteDigest.Of(write.Deal, write.Client, known);
        var current = default(JsonElement);
        if (status != OutcomeStatus.Skipped && UpdatePlan.DependsOnCurrent(write.Deal, write.Client, known, digest))
        {
            var read = (await portals.CallGroupAsync(write.Connection, [CrmItems.Get(write.Kind.EntityTypeId, dealId)]))[0];
            if (IsGone(write, dealId, read))
            {
                return null;
            }

            current = CrmItems.ReadItem(read.GetOrThrow());
        }

        var plan = status == OutcomeStatus.Skipped ? new UpdatePlan([], false) : UpdatePlan.Of(write.Deal, write.Client, known, current);
        write.RemoveOrigin(plan.Fields);
        if (!plan.IsEmpty)
        {
            // Until everything is written nobody knows what stands there.
            await SaveLinkAsync(write, dealId, WriteDigest.Unfinished, Durability.Relaxed);
        }

        // If there is nothing to write, the robot still shall not be told of a deal that is gone.
        var calls = new List<Call>
        {
            plan.Fields.Count > 0 ? CrmItems.Update(write.Kind.EntityTypeId, dealId, plan.Fields) : CrmItems.Get(write.Kind.EntityTypeId, dealId),
        };
        if (plan.RowsChanged)
        {
            calls.AddRange(EsbRows.Calls(write, () => JsonValue.Create(dealId)));
        }

        var outcomes = await portals.CallGroupAsync(write.Connection, calls);
        if (IsGone(write, dealId, outcomes[0]))
        {
            return null;
        }

        if (plan.RowsChanged && write.Deal.Rows is { Count: 0 })
        {
            await esbRows.ClearAsync(write, dealId);
        }

        var item = plan.Fields.Count > 0 && known?.Client != digest.Client ? CrmItems.ReadItem(outcomes[0].GetOrThrow()) : default;
        return await EndAsync(write, dealId, status, status == OutcomeStatus.Skipped ? known : digest, plan.Fields, item, outcomes);
    }

    /// <summary>Whether the deal does not exist any more.</summary>
    /// <exception cref="TransferFailedException">The ESB refused the call for another reason.</exception>
    /// <exception cref="Bitrix24Exception">It was not executed, or nobody knows.</exception>
    private static bool IsGone(EsbWrite write, long dealId, CallOutcome outcome)
    {
        if (outcome.Failure is not { } failure || failure.HasCode("NOT_FOUND"))
        {
            return outcome.Failure is not null;
        }

        throw failure.Kind == FailureKind.Refused
            ? new TransferFailedException(failure.Code, write.Texts.EsbRefused(failure.Method, failure.Code, failure.Description)) { EsbDealId = dealId }
            : failure;
    }

    /// <summary>The deal stands; its rows or its client may not. A refusal ends the transfer, anything else is made up for by the next attempt, which finds the deal.</summary>
    /// <param name="write">What was written.</param>
    /// <param name="dealId">The deal.</param>
    /// <param name="status">What was done.</param>
    /// <param name="digest">What stands there now.</param>
    /// <param name="fields">The fields that were written.</param>
    /// <param name="client">The deal as the ESB answered if its client was written, else nothing.</param>
    /// <param name="outcomes">Of the calls; after the first those of <see cref="EsbRows.Calls"/>.</param>
    private async Task<EsbWritten> EndAsync(
        EsbWrite write, long dealId, OutcomeStatus status, WriteDigest? digest, JsonObject fields, JsonElement client, IReadOnlyList<CallOutcome> outcomes)
    {
        var rows = outcomes.Count > 1 ? outcomes[1] : null;
        var failure = EsbRows.FailureOf(write, dealId, rows);
        if (failure is null && FindGone(write.Client, client) is { Count: > 0 } gone)
        {
            foreach (var key in gone)
            {
                await links.DeleteAsync(key, CancellationToken.None);
            }

            failure = new Bitrix24Exception(
                FailureKind.NotExecuted, write.Connection.Portal.Authority, "crm.item.update", "CLIENT_GONE",
                "The client that the deal had there was deleted; it is looked for and created again.");
        }

        if (failure is not null)
        {
            await SaveLinkAsync(write, dealId, WriteDigest.Unfinished, Durability.Full);
            throw failure;
        }

        var after = outcomes[^1].Result is { } result ? CrmItems.ReadItem(result) : default;
        return new EsbWritten(
            status,
            dealId,
            write.Mode == TransferMode.Create ? [] : [new Link(write.Key, dealId, digest?.ToString())],
            status != OutcomeStatus.Skipped && SumCheck.Find(write, fields, rows, after) is { } difference ? [difference] : [],
            fields,
            rows is not null);
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

    private Task SaveLinkAsync(EsbWrite write, long dealId, WriteDigest digest, Durability durability) =>
        write.Mode == TransferMode.Create
            ? Task.CompletedTask
            : links.SaveAsync([new Link(write.Key, dealId, digest.ToString())], durability, CancellationToken.None);
}
