using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Commands;

/// <summary>Settings on the command line, as ASP.NET Core reads them: <c>--Section:Key value</c>, <c>--Section:Key=value</c>, and <c>--urls</c>.</summary>
internal static class SettingsArguments
{
    /// <summary>Takes what the command itself does not know. A word that is no setting is a mistake, which is said on the error output.</summary>
    public static bool TryRead(ParseResult parsed, [NotNullWhen(true)] out string[]? settings)
    {
        settings = [.. parsed.UnmatchedTokens];
        for (var i = 0; i < settings.Length; i++)
        {
            var hasValue = settings[i].Contains('=', StringComparison.Ordinal);
            var name = NameOf(settings[i]);
            if (!IsSetting(settings[i]))
            {
                parsed.InvocationConfiguration.Error.WriteLine($"\"{settings[i]}\" is neither a command nor a setting. b24robot --help lists the commands; a setting is written --Section:Key value.");
                settings = null;
                return false;
            }

            if (!hasValue && ++i == settings.Length)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"The setting {name} has no value.");
                settings = null;
                return false;
            }
        }

        return true;
    }

    /// <summary>Puts settings before the words: behind a command they would be taken for an argument that was left out.</summary>
    public static string[] First(IReadOnlyList<string> args)
    {
        List<string> settings = [], words = [];
        for (var i = 0; i < args.Count; i++)
        {
            if (!IsSetting(args[i]))
            {
                words.Add(args[i]);
            }
            else if (args[i].Contains('=', StringComparison.Ordinal) || i + 1 == args.Count)
            {
                settings.Add(args[i]);
            }
            else
            {
                settings.Add($"{args[i]}={args[++i]}");
            }
        }

        return [.. settings, .. words];
    }

    private static bool IsSetting(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && (NameOf(word).Contains(':', StringComparison.Ordinal) || NameOf(word) is "--urls" or "--environment");

    private static string NameOf(string word) => word.Split('=', 2)[0];
}
