using System.CommandLine;
using System.Globalization;
using B24RobotApp.Api;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Sendings;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot send</c>: deals that are there already; <c>b24robot sendings list|cancel</c>: how far that has come.</summary>
internal static class SendCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var target = new PortalTarget();
        var pipeline = new Option<int?>("--pipeline") { Description = "Deals of this pipeline (its id)." };
        var stages = new Option<string[]>("--stage") { Description = "Deals on this stage (its code); may be given several times." };
        var responsible = new Option<long[]>("--responsible") { Description = "Deals for which this user is responsible; may be given several times." };
        var deals = new Option<long[]>("--deal") { Description = "This deal; may be given several times." };
        var from = new Option<DateTimeOffset?>("--created-from") { Description = "Deals created at this time or later, such as 2026-01-31." };
        var before = new Option<DateTimeOffset?>("--created-before") { Description = "Deals created before this time." };
        var updated = new Option<DateTimeOffset?>("--updated-from") { Description = "Deals changed at this time or later." };
        var yes = new Option<bool>("--yes") { Description = "Send them; without it only says which." };
        var wait = new Option<bool>("--wait") { Description = "With --yes: stay and show the progress until all are sent." };
        var command = CommandHost.Create(
            "send",
            "Send deals that are on a source portal already. Live robot calls go first.",
            context => target.RunAsync(context, async (portal, connection) =>
            {
                var filter = new SendingFilter
                {
                    Pipeline = context.Parsed.GetValue(pipeline),
                    Stages = context.Parsed.GetValue(stages),
                    Responsible = context.Parsed.GetValue(responsible),
                    Ids = context.Parsed.GetValue(deals),
                    CreatedFrom = context.Parsed.GetValue(from),
                    CreatedBefore = context.Parsed.GetValue(before),
                    UpdatedFrom = context.Parsed.GetValue(updated),
                };
                var preview = await context.Get<ExistingDeals>().PreviewAsync(portal, connection.Code, filter, context.CancellationToken);
                if (!context.Parsed.GetValue(yes) || preview.Total == 0)
                {
                    context.Output.Write(preview, Describe(preview, connection.Code));
                    return ExitCodes.Done;
                }

                var id = await context.Get<SendingStore>().AddAsync(portal.Id, connection.Code, filter, null, preview.Total, context.CancellationToken);
                if (context.Parsed.GetValue(wait))
                {
                    return await WatchAsync(context, id);
                }

                context.Output.Write(new { id, preview.Total }, [string.Create(CultureInfo.InvariantCulture, $"Sending {id}: {preview.Total} deals. The server sends them; b24robot sendings list shows how far it is.")]);
                return ExitCodes.Done;
            }),
            CommandAccess.Beside);
        target.AddTo(command);
        foreach (var option in new Option[] { pipeline, stages, responsible, deals, from, before, updated, yes, wait })
        {
            command.Add(option);
        }

        return command;
    }

    public static Command CreateSendings() => new("sendings", "The sendings of existing deals.") { CreateList(), CreateCancel() };

    private static Command CreateList() => CommandHost.Create("list", "List sendings, newest first.", async context =>
    {
        var portals = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).ToDictionary(portal => portal.Id);
        var sendings = await context.Get<SendingStore>().ListAsync(null, context.CancellationToken);
        var views = sendings.Select(sending => SendingView.Of(sending, portals.GetValueOrDefault(sending.Portal))).ToList();
        context.Output.WriteTable(
            views,
            ["SENDING", "STARTED", "PORTAL", "CONNECTION", "STATE", "FOUND", "QUEUED", "ARRIVED", "FAILED"],
            [.. views.Select(view => new[]
            {
                $"{view.Id}", $"{view.StartedAt:yyyy-MM-dd HH:mm}", view.Portal, view.Connection, view.State.ToString().ToLowerInvariant(), $"{view.Total}", $"{view.Taken}", $"{view.Arrived}", $"{view.Failed}",
            })]);
        return ExitCodes.Done;
    });

    private static Command CreateCancel()
    {
        var id = new Argument<long>("id") { Description = "The sending's number." };
        var command = CommandHost.Create(
            "cancel",
            "Stop a sending. What has been sent stays; what is under way comes to its end.",
            async context =>
            {
                var stopped = await context.Get<SendingStore>().CancelAsync(context.Parsed.GetRequiredValue(id), new TransferTexts("en").Cancelled(), context.CancellationToken);
                if (!stopped)
                {
                    context.Output.Problems(["There is no such sending, or it has come to its end. b24robot sendings list shows them."], context.Parsed.InvocationConfiguration.Error);
                    return ExitCodes.ToActOn;
                }

                context.Output.Write(new { id = context.Parsed.GetRequiredValue(id), cancelled = true }, ["Stopped."]);
                return ExitCodes.Done;
            },
            CommandAccess.Beside);
        command.Add(id);
        return command;
    }

    private static IEnumerable<string> Describe(SendingPreview preview, string connection)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{preview.Total} deals would be sent to {connection}.");
        foreach (var deal in preview.First.Take(10))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"  {deal.Id}  {deal.StageId}  {deal.Amount} {deal.Currency}  {deal.Title}{(deal.EsbDealId is { } esb ? $"  (is deal {esb} there; it is updated)" : "")}");
        }

        if (preview.Total > 0)
        {
            yield return "Say it again with --yes to send them.";
        }
    }

    /// <summary>A line each time something has changed, until the sending has come to its end. Ctrl-C ends the watching, not the sending.</summary>
    private static async Task<int> WatchAsync(CommandContext context, long id)
    {
        Sending? last = null;
        while (true)
        {
            var sending = (await context.Get<SendingStore>().FindAsync(id, context.CancellationToken))!;
            if (sending.State != last?.State || sending.Arrived != last.Arrived || sending.Failed != last.Failed)
            {
                context.Output.Write(
                    SendingView.Of(sending, null),
                    [string.Create(CultureInfo.InvariantCulture, $"Sending {id}: {sending.Arrived + sending.Failed} of {sending.Total}, {sending.Failed} failed{(sending.Problem is { } problem ? $"; {problem}" : "")}")]);
                last = sending;
            }

            if (sending.State != SendingState.Running)
            {
                return sending.State == SendingState.Done && sending.Failed == 0 ? ExitCodes.Done : ExitCodes.ToActOn;
            }

            await Task.Delay(LookEvery, context.Get<TimeProvider>(), context.CancellationToken);
        }
    }
}
