using System.CommandLine;
using System.Text.Json;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands.Profiles;

/// <summary><c>b24robot profile table</c>: which value of a source portal is which value of an ESB.</summary>
internal static class TableCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static Command Create() => new("table", "The value tables of a source portal and a connection.") { CreateList(), CreateAdd(), CreateRemove(), CreateImport() };

    private static Command CreateList()
    {
        var target = new PortalTarget();
        var command = CommandHost.Create("list", "List the entries; with --json the form that import takes.", context => target.RunAsync(context, async (portal, connection) =>
        {
            var entries = (await context.Get<ValueTableStore>().FindAsync(portal.Id, connection.Code, context.CancellationToken)).Entries;
            context.Output.WriteTable(
                entries, ["TABLE", "SOURCE", "ESB", "LABEL"], [.. entries.Select(entry => new[] { entry.Kind, entry.Source, entry.Esb, entry.Label })]);
            return ExitCodes.Done;
        }));
        target.AddTo(command);
        return command;
    }

    private static Command CreateAdd()
    {
        var target = new PortalTarget();
        var (kind, source) = Arguments();
        var esb = new Argument<string>("esb") { Description = "The ESB's value." };
        var label = new Option<string>("--label") { Description = "What people call it.", DefaultValueFactory = _ => "" };
        var resend = new Option<bool>("--resend") { Description = "Begin the failed transfers anew that missed an entry of this value." };
        var command = CommandHost.Create("add", "Add an entry. The server may run.", context => target.RunAsync(context, async (portal, connection) =>
        {
            var entry = new ValueTableEntry(
                context.Parsed.GetRequiredValue(kind), context.Parsed.GetRequiredValue(source), context.Parsed.GetRequiredValue(esb), context.Parsed.GetValue(label)!);
            if (!ValueTables.IsKind(entry.Kind))
            {
                return UnknownKind(context, entry.Kind);
            }

            await context.Get<ValueTableStore>().SaveAsync(portal.Id, connection.Code, [entry], context.CancellationToken);
            var again = context.Parsed.GetValue(resend) ? await ResendAsync(context, portal, connection, entry) : 0;
            context.Output.Write(
                new { entry, resent = again },
                again > 0 ? ["The entry is added.", $"{again} failed transfers are due; the server sends them now, or when it starts."] : ["The entry is added."]);
            return ExitCodes.Done;
        }), CommandAccess.Beside);
        target.AddTo(command);
        command.Add(kind);
        command.Add(source);
        command.Add(esb);
        command.Add(label);
        command.Add(resend);
        return command;
    }

    private static async Task<int> ResendAsync(CommandContext context, Portal portal, EsbConnection connection, ValueTableEntry entry)
    {
        var giveUpAt = context.Get<TimeProvider>().GetUtcNow() + context.Get<IOptions<TransferOptions>>().Value.GiveUpAfter;
        return await context.Get<FailedByTable>().RetryAsync(portal.Id, connection.Code, entry, giveUpAt, context.CancellationToken);
    }

    private static Command CreateRemove()
    {
        var target = new PortalTarget();
        var (kind, source) = Arguments();
        var command = CommandHost.Create("remove", "Remove an entry. The server may run.", context => target.RunAsync(context, async (portal, connection) =>
        {
            var removed = await context.Get<ValueTableStore>().RemoveAsync(
                portal.Id, connection.Code, context.Parsed.GetRequiredValue(kind), context.Parsed.GetRequiredValue(source), context.CancellationToken);
            if (!removed)
            {
                return PortalTarget.Refuse(context, "There is no such entry. b24robot profile table list shows them.");
            }

            context.Output.Write(new { removed }, ["The entry is removed."]);
            return ExitCodes.Done;
        }), CommandAccess.Beside);
        target.AddTo(command);
        command.Add(kind);
        command.Add(source);
        return command;
    }

    private static Command CreateImport()
    {
        var target = new PortalTarget();
        var file = new Argument<string>("file") { Description = "A JSON list of entries, as list --json prints them." };
        var command = CommandHost.Create("import", "Add the entries of a file. The server may run.", context => target.RunAsync(context, async (portal, connection) =>
        {
            List<ValueTableEntry> entries;
            try
            {
                entries = JsonSerializer.Deserialize<List<ValueTableEntry>>(await File.ReadAllTextAsync(context.Parsed.GetRequiredValue(file), context.CancellationToken), Json) ?? [];
            }
            catch (JsonException exception)
            {
                return PortalTarget.Refuse(context, $"The file is not readable at {exception.Path ?? "$"}, line {exception.LineNumber + 1}: {exception.Message}");
            }

            if (entries.Find(entry => !ValueTables.IsKind(entry.Kind)) is { } wrong)
            {
                return UnknownKind(context, wrong.Kind);
            }

            await context.Get<ValueTableStore>().SaveAsync(portal.Id, connection.Code, entries, context.CancellationToken);
            context.Output.Write(new { imported = entries.Count }, [$"{entries.Count} entries are added."]);
            return ExitCodes.Done;
        }), CommandAccess.Beside);
        target.AddTo(command);
        command.Add(file);
        return command;
    }

    private static (Argument<string> Kind, Argument<string> Source) Arguments() => (
        new Argument<string>("table") { Description = "stages, sources, dealTypes, users, currencies, measures, products, lists:UF_CRM_X or statuses:INDUSTRY." },
        new Argument<string>("source") { Description = "The source portal's value." });

    private static int UnknownKind(CommandContext context, string kind) => PortalTarget.Refuse(
        context, $"There is no table {kind}. Tables are stages, sources, dealTypes, users, currencies, measures, products, lists:FIELD and statuses:DIRECTORY.");
}
