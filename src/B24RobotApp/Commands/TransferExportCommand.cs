using System.CommandLine;
using System.Text;
using B24RobotApp.Api;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot transfers export</c>: all transfers as a table for a spreadsheet, or as JSON; page by page, however many there are.</summary>
internal static class TransferExportCommand
{
    private const int Page = 500;

    public static Command Create()
    {
        var portal = new Option<string>("--portal") { Description = "The source portal's host; left out: all." };
        var states = new Option<TransferState[]>("--state") { Description = "Only this state; may be given several times." };
        var file = new Option<string>("--file") { Description = "Write a file, which gets its name when it is whole; left out: the standard output." };
        var language = new Option<string>("--language") { Description = "ru or en: the table's head and separator.", DefaultValueFactory = _ => "en" };
        var command = CommandHost.Create("export", "Write all transfers, newest first, as CSV, or with --json as an array.", async context =>
        {
            var portals = await context.Get<PortalStore>().ListAsync(context.CancellationToken);
            var host = context.Parsed.GetValue(portal);
            var wanted = portals.Where(known => host is null || known.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase)).ToList();
            if (host is not null && wanted.Count == 0)
            {
                return context.Refuse($"The app is not installed on {host}. b24robot portals list shows where it is.");
            }

            var query = new TransferQuery { States = context.Parsed.GetValue(states) ?? [] };
            if (context.Parsed.GetValue(file) is not { } target)
            {
                await WriteAsync(context, context.Output.Writer, wanted, query, context.Parsed.GetValue(language)!, _ => { });
                return ExitCodes.Done;
            }

            using var progress = new CommandProgress(context.Parsed.InvocationConfiguration.Error);
            var count = 0;
            await WriteFileAsync(Path.GetFullPath(target), withMark: !context.Output.IsJson, async writer =>
                await WriteAsync(context, writer, wanted, query, context.Parsed.GetValue(language)!, more => progress.Show($"{count += more} transfers", null)));
            progress.Dispose();
            context.Output.Write(new { file = target, count }, [$"{target}: {count} transfers."]);
            return ExitCodes.Done;
        });
        foreach (var option in new Option[] { portal, states, file, language })
        {
            command.Add(option);
        }

        return command;
    }

    private static Task WriteAsync(CommandContext context, TextWriter writer, IReadOnlyList<Portal> portals, TransferQuery query, string language, Action<int> written) =>
        context.Output.IsJson ? WriteJsonAsync(context, writer, portals, query, written) : WriteCsvAsync(context, writer, portals, query, language, written);

    private static async Task WriteCsvAsync(CommandContext context, TextWriter writer, IReadOnlyList<Portal> portals, TransferQuery query, string language, Action<int> written)
    {
        var isFirst = true;
        foreach (var portal in portals)
        {
            var csv = new TransferCsv(portal, language);
            if (isFirst)
            {
                await csv.WriteHeadAsync(writer);
                isFirst = false;
            }

            await csv.WriteRowsAsync(writer, context.Get<TransferStore>(), query with { Portal = portal.Id }, written, context.CancellationToken);
        }
    }

    private static async Task WriteJsonAsync(CommandContext context, TextWriter writer, IReadOnlyList<Portal> portals, TransferQuery query, Action<int> written)
    {
        var byId = portals.ToDictionary(portal => portal.Id);
        var separator = "[\n";
        foreach (var portal in portals)
        {
            IReadOnlyList<Transfer> page;
            long? before = null;
            do
            {
                page = await context.Get<TransferStore>().ListAsync(query with { Portal = portal.Id, Before = before, Most = Page }, context.CancellationToken);
                foreach (var transfer in page)
                {
                    await writer.WriteAsync(separator + CommandOutput.Serialize(TransferView.Of(transfer, byId)));
                    separator = ",\n";
                }

                written(page.Count);
                before = page.Count == Page ? page[^1].Sequence : null;
            }
            while (before is not null);
        }

        await writer.WriteLineAsync(separator == ",\n" ? "\n]" : "[]");
    }

    /// <summary>Titles are other people's data: the file is for this user alone.</summary>
    private static async Task WriteFileAsync(string target, bool withMark, Func<TextWriter, Task> write)
    {
        var part = $"{target}.{Guid.NewGuid():N}.part";
        try
        {
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using (var writer = new StreamWriter(part, new UTF8Encoding(encoderShouldEmitUTF8Identifier: withMark), create))
            {
                await write(writer);
            }

            File.Move(part, target, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
