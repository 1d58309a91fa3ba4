using System.CommandLine;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot transfers list|failed|show|retry|retry-all|cancel|export|erase</c>: what became of deals.</summary>
internal static class TransfersCommand
{
    public static Command Create() => new("transfers", "The transfers of deals.") { CreateList(), CreateFailed(), CreateShow(), CreateRetry(), CreateRetryAll(), CreateCancel(), TransferExportCommand.Create(), TransferEraseCommand.Create() };

    private static Command CreateList()
    {
        var portal = new Option<string>("--portal") { Description = "The source portal's host." };
        var states = new Option<TransferState[]>("--state") { Description = "Only this state; may be given several times." };
        var deal = new Option<long?>("--deal") { Description = "The deal's id on the source portal." };
        var text = new Option<string>("--text") { Description = "Stands in the title, an id or the error." };
        var most = new Option<int>("--most") { Description = "At most so many, newest first.", DefaultValueFactory = _ => 50 };
        most.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--most must be 1 to 1000.");
            }
        });
        var command = CommandHost.Create("list", "List transfers, newest first.", async context =>
        {
            PortalId? id = null;
            if (context.Parsed.GetValue(portal) is { } host)
            {
                var found = (await context.Get<PortalStore>().ListAsync(context.CancellationToken))
                    .FirstOrDefault(known => known.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase));
                if (found is null)
                {
                    return Refuse(context, $"The app is not installed on {host}. b24robot portals list shows where it is.");
                }

                id = found.Id;
            }

            return await ListAsync(context, new TransferQuery
            {
                Portal = id,
                States = context.Parsed.GetValue(states) ?? [],
                ItemId = context.Parsed.GetValue(deal),
                Text = context.Parsed.GetValue(text),
                Most = context.Parsed.GetValue(most),
            });
        });
        command.Add(portal);
        command.Add(states);
        command.Add(deal);
        command.Add(text);
        command.Add(most);
        return command;
    }

    private static async Task<int> ListAsync(CommandContext context, TransferQuery query)
    {
        var portals = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).ToDictionary(portal => portal.Id);
        var views = (await context.Get<TransferStore>().ListAsync(query, context.CancellationToken)).Select(transfer => TransferView.Of(transfer, portals)).ToList();
        context.Output.WriteTable(
            views,
            ["TRANSFER", "RECEIVED", "PORTAL", "DEAL", "STATE", "ESB DEAL", "ERROR"],
            [.. views.Select(view => new[]
            {
                view.Id, $"{view.ReceivedAt:yyyy-MM-dd HH:mm:ss}", view.Portal, $"{view.Deal}", view.State.ToString().ToLowerInvariant(), $"{view.EsbDeal}", view.ErrorCode ?? "",
            })]);
        return ExitCodes.Done;
    }

    private static Command CreateShow()
    {
        var id = new Argument<string?>("id") { Description = "The transfer's id.", Arity = ArgumentArity.ZeroOrOne };
        var deal = new Option<long?>("--deal") { Description = "Instead: all transfers of the deal with this id on the source portal, newest first." };
        var portal = new Option<string>("--portal") { Description = "With --deal: the source portal's host." };
        var command = CommandHost.Create("show", "Show a transfer, or all of a deal, with all attempts.", async context =>
        {
            var store = context.Get<TransferStore>();
            var portals = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).ToDictionary(known => known.Id);
            async Task<TransferView> ViewAsync(Transfer transfer) =>
                TransferView.Of(transfer, portals) with { Attempts = await store.AttemptsAsync(transfer.Id, context.CancellationToken) };

            if (context.Parsed.GetValue(deal) is { } dealId)
            {
                var host = context.Parsed.GetValue(portal);
                var known = portals.Values.FirstOrDefault(known => known.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase));
                if (host is not null && known is null)
                {
                    return context.Refuse($"The app is not installed on {host}. b24robot portals list shows where it is.");
                }

                var views = new List<TransferView>();
                foreach (var transfer in await store.ListAsync(new TransferQuery { Portal = known?.Id, ItemId = dealId, Most = 1000 }, context.CancellationToken))
                {
                    views.Add(await ViewAsync(transfer));
                }

                context.Output.Write(views, views.Count > 0 ? views.SelectMany((view, i) => i == 0 ? view.ToLines() : view.ToLines().Prepend("")) : [$"No call came for deal {dealId}, or it is no longer kept. b24robot catch-up looks for calls that were lost."]);
                return views.Count > 0 ? ExitCodes.Done : ExitCodes.ToActOn;
            }

            if (await store.FindAsync(new TransferId(context.Parsed.GetValue(id) ?? ""), context.CancellationToken) is not { } one)
            {
                return context.Refuse("There is no transfer of this id.");
            }

            var shown = await ViewAsync(one);
            context.Output.Write(shown, shown.ToLines());
            return ExitCodes.Done;
        });
        command.Add(id);
        command.Add(deal);
        command.Add(portal);
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is null == result.GetValue(deal) is null)
            {
                result.AddError("Name a transfer, or a deal by --deal.");
            }
        });
        return command;
    }

    private static Command CreateFailed() => CommandHost.Create("failed", "Why transfers have failed, the most frequent cause first.", async context =>
    {
        var causes = await context.Get<TransferStore>().CausesAsync(context.CancellationToken);
        context.Output.WriteTable(
            causes,
            ["COUNT", "CAUSE", "CONNECTION", "PROFILE", "LAST", "FOR EXAMPLE"],
            [.. causes.Select(cause => new[] { $"{cause.Count}", cause.Code, cause.Connection, cause.Profile, $"{cause.LastAt:yyyy-MM-dd HH:mm}", cause.Example })]);
        return causes.Count == 0 ? ExitCodes.Done : ExitCodes.ToActOn;
    });

    private static Command CreateRetry()
    {
        var id = new Argument<string>("id") { Description = "The transfer's id." };
        var command = CommandHost.Create(
            "retry",
            "Begin a failed transfer anew. The server may run; it sends at once.",
            async context =>
            {
                var transfer = new TransferId(context.Parsed.GetRequiredValue(id));
                var store = context.Get<TransferStore>();
                if (await store.FindAsync(transfer, context.CancellationToken) is null)
                {
                    return Refuse(context, "There is no transfer of this id.");
                }

                if (!await store.RetryAsync(transfer, GiveUpAt(context), context.CancellationToken))
                {
                    return Refuse(context, "This transfer has not failed; only failed transfers begin anew.");
                }

                context.Output.Write(new { id = transfer.Value, retried = true }, ["The transfer is due; the server sends it now, or when it starts."]);
                return ExitCodes.Done;
            },
            CommandAccess.Beside);
        command.Add(id);
        return command;
    }

    private static Command CreateRetryAll()
    {
        var cause = new Option<string>("--cause") { Description = "Only those that failed with this error code." };
        var connection = new Option<string>("--connection") { Description = "Only those by this connection (its code)." };
        var from = new Option<DateTimeOffset?>("--received-from") { Description = "Only those whose robots called at this time or later, such as 2026-01-31T09:00." };
        var before = new Option<DateTimeOffset?>("--received-before") { Description = "Only those whose robots called before this time." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say how many." };
        var command = CommandHost.Create(
            "retry-all",
            "Begin failed transfers anew: all, or those of one cause, connection or time. The server may run; it sends at once.",
            async context =>
            {
                var filter = new ReplayFilter
                {
                    Cause = context.Parsed.GetValue(cause),
                    Connection = context.Parsed.GetValue(connection),
                    ReceivedFrom = context.Parsed.GetValue(from),
                    ReceivedBefore = context.Parsed.GetValue(before),
                };
                var onlyCount = context.Parsed.GetValue(dryRun);
                var replay = context.Get<Replay>();
                var count = onlyCount ? await replay.CountAsync(filter, context.CancellationToken) : await replay.RunAsync(filter, context.CancellationToken);
                context.Output.Write(
                    new { count, retried = !onlyCount },
                    [onlyCount ? $"{count} failed transfers would begin anew." : $"{count} failed transfers are due; the server sends them now, or when it starts."]);
                return ExitCodes.Done;
            },
            CommandAccess.Beside);
        foreach (var option in new Option[] { cause, connection, from, before, dryRun })
        {
            command.Add(option);
        }

        return command;
    }

    private static Command CreateCancel()
    {
        var id = new Argument<string>("id") { Description = "The transfer's id." };
        var command = CommandHost.Create(
            "cancel",
            "End a transfer that waits: it fails, and its robot is told so. The server may run.",
            async context =>
            {
                var store = context.Get<TransferStore>();
                if (await store.FindAsync(new TransferId(context.Parsed.GetRequiredValue(id)), context.CancellationToken) is not { } transfer)
                {
                    return Refuse(context, "There is no transfer of this id.");
                }

                var portal = await context.Get<PortalStore>().FindAsync(transfer.Request.Portal, context.CancellationToken);
                if (!await store.CancelAsync(transfer.Id, new TransferTexts(portal?.Language ?? "en").Cancelled(), context.CancellationToken))
                {
                    return Refuse(context, "This transfer does not wait: it is under way, or over.");
                }

                context.Output.Write(new { id = transfer.Id.Value, cancelled = true }, ["The transfer is cancelled; the server tells its robot now, or when it starts."]);
                return ExitCodes.Done;
            },
            CommandAccess.Beside);
        command.Add(id);
        return command;
    }

    private static DateTimeOffset GiveUpAt(CommandContext context) =>
        context.Get<TimeProvider>().GetUtcNow() + context.Get<IOptions<TransferOptions>>().Value.GiveUpAfter;

    private static int Refuse(CommandContext context, string problem) => context.Refuse(problem);
}
