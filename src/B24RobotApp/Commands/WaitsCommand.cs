using System.CommandLine;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot waits list|end</c>: workflows that wait for what becomes of a deal on the ESB.</summary>
internal static class WaitsCommand
{
    public static Command Create() => new("waits", "Workflows that wait for what becomes of a deal on the ESB.") { CreateList(), CreateEnd() };

    private static Command CreateList()
    {
        var all = new Option<bool>("--all") { Description = "Also those that are over." };
        var deal = new Option<long?>("--deal") { Description = "The deal's id on the source portal." };
        var most = new Option<int>("--most") { Description = "At most so many of each portal, newest first.", DefaultValueFactory = _ => 50 };
        most.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--most must be 1 to 1000.");
            }
        });
        var command = CommandHost.Create("list", "List them, newest first.", async context =>
        {
            var views = new List<WaitView>();
            foreach (var portal in await context.Get<PortalStore>().ListAsync(context.CancellationToken))
            {
                var waits = context.Parsed.GetValue(deal) is { } id
                    ? await context.Get<WaitStore>().ListOfItemAsync(portal.Id, 2, id, context.Parsed.GetValue(most), context.CancellationToken)
                    : await context.Get<WaitStore>().ListAsync(portal.Id, !context.Parsed.GetValue(all), item: null, before: null, context.Parsed.GetValue(most), context.CancellationToken);
                views.AddRange(waits.Select(wait => WaitView.Of(wait, portal.Address.Authority)));
            }

            context.Output.WriteTable(
                views,
                ["WAIT", "SINCE", "PORTAL", "DEAL", "UNTIL", "ESB DEAL", "STATE", "OUTCOME", "ERROR"],
                [.. views.Select(view => new[]
                {
                    view.Id, $"{view.Since:yyyy-MM-dd HH:mm:ss}", view.Portal, $"{view.Deal}", view.Until, $"{view.EsbDeal}", view.State.ToString().ToLowerInvariant(),
                    view.Outcome?.ToString().ToLowerInvariant() ?? "", view.ErrorCode ?? "",
                })]);
            return ExitCodes.Done;
        });
        command.Add(all);
        command.Add(deal);
        command.Add(most);
        return command;
    }

    private static Command CreateEnd()
    {
        var id = new Argument<string>("id") { Description = "The wait's id." };
        var reason = new Option<string>("--reason") { Description = "For the robot, and for whoever reads the workflow's log." };
        var command = CommandHost.Create(
            "end",
            "End one; its robot is told that it failed, with ENDED_BY_HAND. The server may run, and tells the robot.",
            async context =>
            {
                var wait = await context.Get<WaitStore>().FindAsync(context.Parsed.GetRequiredValue(id), context.CancellationToken);
                if (wait is null)
                {
                    return context.Refuse("There is no wait of this id. b24robot waits list shows those that are open.");
                }

                if (!await context.Get<WaitEnding>().EndAsync(wait, context.Parsed.GetValue(reason)?.Trim() ?? "", context.CancellationToken))
                {
                    return context.Refuse("It is over already.");
                }

                context.Output.Write(new { wait.Request.Id, Ended = true }, ["Ended. Its robot is told within seconds, or at the server's next start."]);
                return ExitCodes.Done;
            },
            CommandAccess.Beside);
        command.Add(id);
        command.Add(reason);
        return command;
    }

    /// <summary>A wait as it is listed.</summary>
    private sealed record WaitView(
        string Id, DateTimeOffset Since, string Portal, long Deal, string Until, long? EsbDeal, string Connection, WaitState State, DateTimeOffset? TimesOutAt, WaitStatus? Outcome, string? ErrorCode,
        string? ErrorMessage, DateTimeOffset? AnsweredAt)
    {
        public static WaitView Of(Wait wait, string portal)
        {
            var settings = WaitSettings.Parse(wait.Request.Properties, new TransferTexts("en"));
            return new WaitView(
                wait.Request.Id, wait.Request.CalledAt, portal, wait.Request.ItemId, settings.Until == WaitUntil.Stage ? $"stage {settings.Stage}" : settings.Until.ToString().ToLowerInvariant(),
                wait.Item?.Id, wait.Request.Connection, wait.State, wait.Request.TimesOutAt, wait.Outcome?.Status, wait.Outcome?.ErrorCode, wait.Outcome?.ErrorMessage, wait.AnsweredAt);
        }
    }
}
