using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>Begins transfers anew that failed because a value table missed an entry which it has now.</summary>
public sealed class FailedByTable(TransferStore transfers)
{
    private const int Page = 200;

    /// <summary>Retries the failed transfers of a portal and connection whose problem names this entry.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> RetryAsync(PortalId portal, string connection, ValueTableEntry entry, DateTimeOffset giveUpAt, CancellationToken cancellationToken)
    {
        var retried = 0;
        long? before = null;
        while (true)
        {
            var page = await transfers.ListAsync(
                new TransferQuery { Portal = portal, States = [TransferState.Failed], Text = entry.Kind, Before = before, Most = Page }, cancellationToken);
            foreach (var transfer in page.Where(transfer => transfer.Request.Connection == connection && Names(transfer, entry)))
            {
                retried += await transfers.RetryAsync(transfer.Id, giveUpAt, cancellationToken) ? 1 : 0;
            }

            if (page.Count < Page)
            {
                return retried;
            }

            before = page[^1].Sequence;
        }
    }

    /// <summary>The problem's text ends with the command that adds the entry, in which table and value follow each other.</summary>
    private static bool Names(Transfer transfer, ValueTableEntry entry) =>
        transfer.Outcome?.ErrorMessage is { } message
        && (message.Contains($"{ShellText.Quote(entry.Kind)} {ShellText.Quote(entry.Source)} ", StringComparison.Ordinal)

            // So it was written by versions that did not quote for a shell.
            || message.Contains($"{entry.Kind} \"{entry.Source}\" ", StringComparison.Ordinal));
}
