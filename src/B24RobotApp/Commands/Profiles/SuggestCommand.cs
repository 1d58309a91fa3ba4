using System.CommandLine;
using System.Globalization;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.Suggestions;

namespace B24RobotApp.Commands.Profiles;

/// <summary><c>b24robot profile suggest</c>: what a profile between two portals could be, with the reason of each pair.</summary>
internal static class SuggestCommand
{
    public static Command Create()
    {
        var target = new PortalTarget();
        var file = new Option<string>("--file") { Description = "Write the suggested profile there." };
        var command = CommandHost.Create("suggest", "Suggest a profile from the fields of both portals; asks them, writes nothing there.", context =>
            target.RunAsync(context, async (portal, connection) =>
            {
                var suggestion = await context.Get<ProfileAssistant>().SuggestAsync(portal, connection);
                var document = SuggestedDocument.Write(suggestion, $"{portal.Address.Host} → {connection.Name}", $"{portal.Address.Host} to {connection.Name}");
                var view = SuggestionView.Of(suggestion, document, new ProfileTexts(target.Language(context)));
                if (context.Parsed.GetValue(file) is { } path)
                {
                    await File.WriteAllTextAsync(path, document, context.CancellationToken);
                }

                context.Output.Write(view, Lines(view, context.Parsed.GetValue(file)));
                return ExitCodes.Done;
            }));
        target.AddTo(command);
        command.Add(file);
        return command;
    }

    private static IEnumerable<string> Lines(SuggestionView view, string? file)
    {
        foreach (var field in view.Fields)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{field.Confidence:0.00}  {field.From} ({field.FromLabel}) -> {field.To} ({field.ToLabel}): {string.Join(", ", field.Reasons.Select(reason => reason.Text))}{(field.Converted ? $"; {field.FromType} to {field.ToType}" : "")}");
        }

        foreach (var table in view.Tables)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{table.Confidence:0.00}  {table.Kind}: {table.Source} ({table.SourceLabel}) -> {table.Esb} ({table.EsbLabel}): {table.Reason.Text}");
        }

        foreach (var field in view.Unmatched)
        {
            yield return $"----  {field.Name} ({field.Label}): no counterpart found";
        }

        foreach (var value in view.UnmatchedValues)
        {
            yield return $"----  {value.Kind}: {value.Source} ({value.Label}): no counterpart found";
        }

        yield return file is null ? "With --file the profile is written to a file; with --json it is part of the answer." : $"The profile is written to {file}.";
    }
}
