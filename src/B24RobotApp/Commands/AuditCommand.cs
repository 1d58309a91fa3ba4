using System.CommandLine;
using System.Globalization;
using B24RobotApp.Transfers.Audits;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot audit</c>: whether what the app believes still stands on the ESB.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var target = new PortalTarget();
        var last = new Option<bool>("--last") { Description = "Show the server's last audit instead of making one." };
        var command = CommandHost.Create(
            "audit",
            "Compare what the app believes with what stands on the ESB: missing and doubled deals, other amounts, deals without an original. Changes nothing.",
            context => target.RunAsync(context, async (portal, connection) =>
            {
                var texts = new AuditTexts(target.Language(context));
                var store = context.Get<AuditStore>();
                if (!context.Parsed.GetValue(last))
                {
                    var made = await context.Get<EsbAudit>().RunAsync(portal, connection, TimeSpan.Zero, context.CancellationToken);
                    await store.SaveAsync(portal.Id, connection.Code, made, context.CancellationToken);
                }

                var known = (await store.ListAsync(portal.Id, context.CancellationToken)).FirstOrDefault(audit => audit.Connection == connection.Code);
                if (known?.Report is not { } report)
                {
                    return PortalTarget.Refuse(context, known?.Problem is { } problem
                        ? $"The last audit brought no report: {problem}"
                        : "There was no audit yet. b24robot audit makes one.");
                }

                context.Output.Write(report, Describe(report, known.Problem, texts));
                return report.Counts.Count == 0 && known.Problem is null ? ExitCodes.Done : ExitCodes.ToActOn;
            }),
            CommandAccess.Beside);
        target.AddTo(command);
        command.Add(last);
        return command;
    }

    private static IEnumerable<string> Describe(AuditReport report, string? problem, AuditTexts texts)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.FinishedAt:yyyy-MM-dd HH:mm} UTC: {report.Linked} items have counterparts, {report.OnEsb} deals of theirs stand on the ESB; {report.Calls} calls.");
        foreach (var (kind, count) in report.Counts.OrderBy(count => count.Key))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {kind}: {count}");
        }

        foreach (var finding in report.Findings)
        {
            yield return texts.Describe(finding);
        }

        if (report.Counts.Values.Sum() > report.Findings.Count)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"The first {report.Findings.Count} are shown.");
        }

        if (report.Counts.Count == 0)
        {
            yield return "Nothing to report.";
        }

        if (problem is not null)
        {
            yield return $"A later audit brought no report: {problem}";
        }
    }
}
