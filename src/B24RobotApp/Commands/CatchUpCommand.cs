using System.CommandLine;
using System.Globalization;
using B24RobotApp.Api;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot catch-up</c>: deals that reached a robot's stage while the app did not listen. It lists them and says what speaks for and against each; with <c>--send</c> it sends them.</summary>
internal static class CatchUpCommand
{
    public static Command Create()
    {
        var portal = new Option<string>("--portal") { Description = "The source portal's host; left out: all." };
        var send = new Option<bool>("--send") { Description = "Send those whose call was most likely lost." };
        var doubtful = new Option<bool>("--doubtful") { Description = "With --send: also those whose call may have been lost." };
        var mode = new Option<CatchUpMode?>("--mode") { Description = "What is done after each start from now on: ask, or send those whose call was most likely lost." };
        var from = new Option<DateTimeOffset?>("--from") { Description = "Look at this stretch too, in which no call could reach the app though it ran (proxy, network): its beginning, such as 2026-03-01T10:00+03:00." };
        var to = new Option<DateTimeOffset?>("--to") { Description = "With --from: its end; left out: now." };
        var language = new Option<string>("--language") { Description = "ru or en.", DefaultValueFactory = _ => "en" };
        var command = CommandHost.Create(
            "catch-up",
            "Find robot calls that were lost while the app did not run, and send their deals. The server may run.",
            context => RunAsync(
                context,
                context.Parsed.GetValue(portal),
                context.Parsed.GetValue(send) ? context.Parsed.GetValue(doubtful) ? CatchUpVerdict.Doubtful : CatchUpVerdict.Likely : null,
                context.Parsed.GetValue(mode),
                context.Parsed.GetValue(from) is { } begins ? new Gap(begins, context.Parsed.GetValue(to) ?? context.Get<TimeProvider>().GetUtcNow()) : null,
                context.Parsed.GetValue(language) ?? "en"),
            CommandAccess.Beside);
        foreach (var option in new Option[] { portal, send, doubtful, mode, from, to, language })
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(doubtful) && !result.GetValue(send))
            {
                result.AddError("--doubtful goes with --send.");
            }

            if (result.GetValue(to) is { } ends && !(result.GetValue(from) < ends))
            {
                result.AddError("--to goes with an earlier --from.");
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, string? host, CatchUpVerdict? upTo, CatchUpMode? mode, Gap? outage, string language)
    {
        var installed = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).Where(portal => portal.State != PortalState.Uninstalled).ToList();
        var portals = installed.Where(portal => host is null || portal.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase)).ToList();
        if (host is not null && portals.Count == 0)
        {
            return PortalTarget.Refuse(context, $"The app is not installed on {host}. b24robot portals list shows where it is.");
        }

        var results = new List<Result>();
        foreach (var portal in portals)
        {
            if (mode is { } chosen)
            {
                await context.Get<CatchUpChoices>().SaveModeAsync(portal.Id, chosen, context.CancellationToken);
            }

            results.Add(await LookAsync(context, portal, upTo, outage, language));
        }

        context.Output.Write(results, results.SelectMany(result => Describe(result, new CatchUpTexts(language))));
        return results.Exists(result => result.Problem is not null || result.Left is { IsToActOn: true }) ? ExitCodes.ToActOn : ExitCodes.Done;
    }

    private static async Task<Result> LookAsync(CommandContext context, Portal portal, CatchUpVerdict? upTo, Gap? outage, string language)
    {
        try
        {
            var search = context.Get<CatchUpSearch>();
            var mode = await context.Get<CatchUpChoices>().ModeAsync(portal.Id, context.CancellationToken);
            var report = await search.FindAsync(portal, outage, context.CancellationToken);
            if (upTo is not { } verdict)
            {
                return new Result(portal.Address.Authority, 0, CatchUpView.Of(portal, report, mode, language), null);
            }

            var sent = await context.Get<CatchUpSender>().SendAsync(portal, report.Candidates.Where(candidate => candidate.Verdict <= verdict), context.CancellationToken);
            return new Result(portal.Address.Authority, sent, CatchUpView.Of(portal, await search.FindAsync(portal, outage, context.CancellationToken), mode, language), null);
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("NO_TOKENS"))
        {
            return new Result(
                portal.Address.Authority, 0, null,
                $"The access token for {portal.Address.Authority} has ended, and only the server may renew it. The next robot call, or an administrator who opens the app there, brings another.");
        }
        catch (Bitrix24Exception exception)
        {
            return new Result(portal.Address.Authority, 0, null, $"{exception.PortalHost}: {exception.Method}: {exception.Description} ({exception.Code})");
        }
    }

    private static IEnumerable<string> Describe(Result result, CatchUpTexts texts)
    {
        if (result.Left is not { } view)
        {
            yield return result.Problem ?? "";
            yield break;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{view.Portal}: {view.Gaps.Count} times without listening, {view.Stages.Count} stages with robots; {result.Sent} sent now, {view.Candidates.Count} left, {view.Workflows.Count} workflows wait without a call; after a start: {view.Mode.ToString().ToLowerInvariant()}");
        foreach (var gap in view.Gaps)
        {
            yield return $"  not listening {gap.From.UtcDateTime:yyyy-MM-dd HH:mm:ss} - {gap.To.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        }

        foreach (var stage in view.Stages)
        {
            yield return $"  stage {stage.Code} ({stage.Kind}) to {stage.Connection}, last call {stage.LastCalledAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC; sent with {stage.Properties?.ToJsonString()}{(stage.LeftOut.Count > 0 ? $", without {string.Join(", ", stage.LeftOut)}" : "")}";
        }

        if (view.Gaps.Count > 0 && view.Stages.Count > 0 && !view.TellsWorkflows)
        {
            yield return "  The portal does not tell which workflows wait; imported deals can hardly be told from others.";
        }

        if (!view.EsbsTold)
        {
            yield return "  An ESB does not answer; whether it holds a deal already is looked up again when that is sent.";
        }

        foreach (var candidate in view.Candidates)
        {
            yield return $"  {candidate.Kind} {candidate.ItemId} {candidate.Title}: {texts.Verdict(candidate.Verdict)}; came {candidate.EnteredAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, stands on {candidate.CurrentStage}";
            foreach (var reason in candidate.For.Select(text => $"+ {text}").Concat(candidate.Against.Select(text => $"- {text}")))
            {
                yield return $"      {reason}";
            }
        }

        foreach (var workflow in view.Workflows)
        {
            yield return $"  workflow {workflow.Id} of {workflow.Kind} {workflow.ItemId} {workflow.Title} waits since {workflow.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. {workflow.WaysOut}";
        }
    }

    /// <summary>What came of a portal.</summary>
    /// <param name="Portal">The portal.</param>
    /// <param name="Sent">How many were sent now.</param>
    /// <param name="Left">What is left; <see langword="null"/> if the portal could not be asked.</param>
    /// <param name="Problem">Why it could not.</param>
    private sealed record Result(string Portal, int Sent, CatchUpView? Left, string? Problem);
}
