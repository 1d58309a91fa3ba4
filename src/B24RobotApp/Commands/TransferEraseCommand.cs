using System.CommandLine;
using System.Globalization;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot transfers erase</c>: what is kept of one deal, at the wish of a person whose data it holds.</summary>
internal static class TransferEraseCommand
{
    public static Command Create()
    {
        var portal = new Option<string>("--portal") { Description = "The source portal's host.", Required = true };
        var deal = new Option<long>("--deal") { Description = "The deal's id there.", Required = true };
        var kind = new Option<string>("--kind") { Description = "What it is, if no deal: lead, quote, invoice, dynamic_147.", DefaultValueFactory = _ => CrmKind.Deal.Name };
        var command = CommandHost.Create(
            "erase",
            "Erase what is kept of a deal: payloads, values, answers, attempts. That it was sent stays known, or it would be doubled. The server may run.",
            async context =>
            {
                var host = context.Parsed.GetRequiredValue(portal);
                var known = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).FirstOrDefault(known => known.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase));
                if (known is null)
                {
                    return context.Refuse($"The app is not installed on {host}. b24robot portals list shows where it is.");
                }

                if (CrmKind.Find(context.Parsed.GetRequiredValue(kind)) is not { } what)
                {
                    return context.Refuse("There is no such kind. Known are deal, lead, quote, invoice and dynamic_ with a number.");
                }

                var id = context.Parsed.GetRequiredValue(deal);
                var (erased, open) = await context.Get<TransferStore>().EraseItemAsync(known.Id, what.EntityTypeId, id, context.CancellationToken);
                if (open > 0)
                {
                    return context.Refuse(string.Create(
                        CultureInfo.InvariantCulture, $"{open} transfers of {what.Name} {id} are not over, or waits for it, so nothing was erased. Wait for them, or end them by b24robot transfers cancel and b24robot waits end."));
                }

                context.Output.Write(
                    new { portal = host, kind = what.Name, deal = id, erased },
                    [string.Create(CultureInfo.InvariantCulture, $"{erased} transfers of {what.Name} {id} are erased. What stands on the ESB stays there; docs/personal-data.md says what else knows of it.")]);
                return ExitCodes.Done;
            },
            CommandAccess.Beside);
        command.Add(portal);
        command.Add(deal);
        command.Add(kind);
        return command;
    }
}
