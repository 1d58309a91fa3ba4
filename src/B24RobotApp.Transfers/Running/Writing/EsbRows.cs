using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>The product rows of an item on the ESB: written as a whole, and held against what was sent.</summary>
public sealed class EsbRows(EsbPortals portals)
{
    /// <summary>The calls that write an item's rows and read what the item then comes to.</summary>
    /// <param name="write">What is written.</param>
    /// <param name="itemId">Makes the item's id, or the reference to the call that makes the item.</param>
    public static IEnumerable<Call> Calls(EsbWrite write, Func<JsonNode> itemId)
    {
        if (write.Deal.Rows is { Count: > 0 } rows)
        {
            yield return ProductRows.Set(write.Kind.EntityTypeId, itemId(), rows);
            yield return CrmItems.Get(write.Kind.EntityTypeId, itemId());
        }
    }

    /// <summary>Takes all rows off an item. Whether an empty list does that depends on the portal, so it is looked at, and what is left is deleted row by row.</summary>
    public async Task ClearAsync(EsbWrite write, long itemId)
    {
        var list = ProductRows.List(write.Kind.EntityTypeId, JsonValue.Create(itemId));
        var outcomes = await portals.CallGroupAsync(write.Connection, [ProductRows.Set(write.Kind.EntityTypeId, JsonValue.Create(itemId), []), list]);
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

    /// <summary>What is wrong with the rows although the item stands; <see langword="null"/> if nothing is.</summary>
    public static Exception? FailureOf(EsbWrite write, long itemId, CallOutcome? rows)
    {
        if (rows?.Failure is { } failure)
        {
            return failure.Kind == FailureKind.Refused
                ? new TransferFailedException(failure.Code, write.Texts.RowsRefused(itemId, failure.Code, failure.Description)) { EsbDealId = itemId }
                : failure;
        }

        // PHP cuts what exceeds its limit of variables without a word.
        return rows?.Result is { } result && write.Deal.Rows is { } sent && ProductRows.ReadRows(result).Count() is var arrived && arrived < sent.Count
            ? new TransferFailedException("ROWS_INCOMPLETE", write.Texts.RowsIncomplete(itemId, arrived, sent.Count)) { EsbDealId = itemId }
            : null;
    }
}
