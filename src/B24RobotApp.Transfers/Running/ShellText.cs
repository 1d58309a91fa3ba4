namespace B24RobotApp.Transfers.Running;

/// <summary>Spells a text as one argument of a command that a person may copy into a shell: what stands in a deal must never be run there.</summary>
public static class ShellText
{
    /// <summary>Between single quotes nothing is special to a POSIX shell but the quote itself. Letters, digits and what paths are made of stay bare, so that most commands stay readable.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(character => char.IsLetterOrDigit(character) || character is '_' or '-' or '.' or ':' or '/' or '@') && text[0] != '-'
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
