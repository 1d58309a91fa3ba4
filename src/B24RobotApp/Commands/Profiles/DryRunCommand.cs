using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas.DryRuns;

namespace B24RobotApp.Commands.Profiles;

/// <summary><c>b24robot profile dry-run</c>: what a transfer of a deal would write, field by field.</summary>
internal static class DryRunCommand
{
    public static Command Create()
    {
        var target = new PortalTarget();
        var deal = new Option<long>("--deal") { Description = "The deal's (or other item's) id on the source portal.", Required = true };
        var kind = new Option<string>("--kind") { Description = "What it is: deal, lead, quote, invoice or dynamic_<number>.", DefaultValueFactory = _ => CrmKind.Deal.Name };
        var name = new Option<string>("--profile") { Description = "code, or code@version; left out: the connection's." };
        var properties = new Option<string>("--properties") { Description = "The robot's properties as a JSON object of lists of texts.", DefaultValueFactory = _ => "{}" };
        var command = CommandHost.Create("dry-run", "Show what a transfer of a deal would write; asks both portals, writes nothing.", context =>
            target.RunAsync(context, async (portal, connection) =>
            {
                var wanted = context.Parsed.GetValue(name) ?? connection.Profile;
                if (await PortalTarget.FindProfileAsync(context, wanted, portal.Id) is not { } stored)
                {
                    return PortalTarget.Refuse(context, $"There is no profile {wanted}. b24robot profile list shows them.");
                }

                if (!MappingProfile.TryParse(stored.Json, out var profile, out var problem))
                {
                    return PortalTarget.Refuse(context, problem.In(target.Language(context)));
                }

                var robot = context.Parsed.GetValue(properties)!;
                if (!TryRead(robot))
                {
                    return PortalTarget.Refuse(context, """--properties must be a JSON object of lists of texts, such as {"mode":["create"]}.""");
                }

                if (CrmKind.Find(context.Parsed.GetValue(kind)!) is not { } itemKind)
                {
                    return PortalTarget.Refuse(context, "--kind must be deal, lead, quote, invoice or dynamic_<number>.");
                }

                var report = await context.Get<DryRun>().RunAsync(
                    new DryRunRequest
                    {
                        Portal = portal,
                        Connection = connection,
                        Profile = profile,
                        ProfileVersion = $"{stored.Code}@{stored.Version}",
                        Kind = itemKind,
                        DealId = context.Parsed.GetRequiredValue(deal),
                        Properties = robot,
                        Language = target.Language(context),
                    },
                    context.CancellationToken);
                context.Output.Write(report, Lines(report));
                return report.Outcome == DryRunOutcome.Fail ? ExitCodes.ToActOn : ExitCodes.Done;
            }));
        target.AddTo(command);
        command.Add(deal);
        command.Add(kind);
        command.Add(name);
        command.Add(properties);
        return command;
    }

    private static bool TryRead(string json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonObject properties && RobotSettings.AreReadable(properties);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Lines(DryRunReport report)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"Deal {report.DealId} \"{report.Title}\" by {report.Profile}: {Words(report)}");
        foreach (var problem in report.Problems)
        {
            yield return $"PROBLEM  {problem.Message} ({problem.Code})";
        }

        foreach (var field in report.Fields)
        {
            var mark = field.Sent is null ? " " : "*";
            yield return $"{mark} {field.Field} ({field.Label}), {field.Rule}: {Text(field.Source)} => {Text(field.Before)} -> {field.After?.ToJsonString() ?? "nothing"}";
        }

        foreach (var row in report.Rows ?? [])
        {
            yield return $"* row {row.ToJsonString()}";
        }

        foreach (var part in report.Client)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  {part.Kind} {part.SourceId} \"{part.Name}\": {(part.EsbId is { } id ? $"{id} on the ESB" : "not on the ESB; created if the profile's policy says so")}");
        }

        foreach (var files in report.Files)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {files.Field} ({files.Label}), from {files.From}: {files.Count} files");
        }
    }

    private static string Words(DryRunReport report) => report.Outcome switch
    {
        DryRunOutcome.Create => "would be created",
        DryRunOutcome.Update => $"would update {report.EsbDealId}; fields marked * are sent",
        DryRunOutcome.Skip => $"is there as {report.EsbDealId} and would be left as it is",
        DryRunOutcome.Nothing => $"stands there as {report.EsbDealId}; nothing would be sent",
        _ => "would fail",
    };

    private static string Text(JsonElement? value) => value?.GetRawText() ?? "nothing";
}
