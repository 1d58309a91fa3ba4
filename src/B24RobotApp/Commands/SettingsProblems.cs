using System.Text.RegularExpressions;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary>Turns what goes wrong at start through no fault of the program into lines that name the setting.</summary>
internal static partial class SettingsProblems
{
    public static IReadOnlyList<string> Of(Exception exception) => exception switch
    {
        OptionsValidationException validation => [.. validation.Failures],
        StorageException storage => [storage.Message],
        AggregateException aggregate => [.. aggregate.InnerExceptions.SelectMany(Of)],
        InvalidOperationException invalid when UnknownKey().Match(invalid.Message) is { Success: true } match =>
            [$"The settings {match.Groups["keys"].Value} of the section {SectionOf(match.Groups["type"].Value)} are unknown. Correct the spelling or remove them."],
        InvalidOperationException invalid when WrongValue().Match(invalid.Message) is { Success: true } match =>
            [$"The setting {match.Groups["key"].Value} has a value that cannot be read as {match.Groups["type"].Value}."],
        IOException io => [io.Message],
        _ => [],
    };

    private static string SectionOf(string type) => type[(type.LastIndexOf('.') + 1)..].Replace("Options", "", StringComparison.Ordinal);

    [GeneratedRegex(@"not found on the instance of (?<type>\S+): (?<keys>.+)$")]
    private static partial Regex UnknownKey();

    [GeneratedRegex(@"Failed to convert configuration value.* at '(?<key>[^']+)' to type '(?<type>[^']+)'")]
    private static partial Regex WrongValue();
}
