using System.CommandLine;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.Validation;

namespace B24RobotApp.Commands.Profiles;

/// <summary><c>b24robot profile validate</c>: a profile, stored or in a file, held against both portals.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var target = new PortalTarget();
        var name = new Argument<string>("profile") { Description = "code, code@version, or a file with the document." };
        var command = CommandHost.Create("validate", "Hold a profile against the fields of both portals; asks them, writes nothing there.", context =>
            target.RunAsync(context, async (portal, connection) =>
            {
                var wanted = context.Parsed.GetRequiredValue(name);
                var json = File.Exists(wanted)
                    ? await File.ReadAllTextAsync(wanted, context.CancellationToken)
                    : (await PortalTarget.FindProfileAsync(context, wanted, portal.Id))?.Json;
                if (json is null)
                {
                    return PortalTarget.Refuse(context, $"There is neither a profile nor a file {wanted}. b24robot profile list shows the profiles.");
                }

                var findings = await context.Get<ProfileAssistant>().ValidateAsync(json, portal, connection, target.Language(context), context.CancellationToken);
                var good = findings.All(finding => finding.Severity != FindingSeverity.Error);
                context.Output.Write(
                    new { good, findings },
                    findings.Select(finding => $"{finding.Severity.ToString().ToUpperInvariant(),-7}  {finding.Path}: {finding.Message} ({finding.Code})")
                        .Append(good ? "The profile fits both portals." : "The profile has to be changed; see the lines marked ERROR."));
                return good ? ExitCodes.Done : ExitCodes.ToActOn;
            }));
        target.AddTo(command);
        command.Add(name);
        return command;
    }
}
