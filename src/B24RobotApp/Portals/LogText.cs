using System.Globalization;

namespace B24RobotApp.Portals;

/// <summary>A stranger's text on its way into the log: one line, not long.</summary>
internal static class LogText
{
    public static string Of(string? text) =>
        string.IsNullOrEmpty(text) ? "nobody known" : OneLine(text[..Math.Min(text.Length, 100)]);

    /// <summary>A text without characters that begin another line, command a console, or turn the reading around.</summary>
    public static string OneLine(string text) =>
        text.Any(IsUnruly) ? string.Concat(text.Select(letter => IsUnruly(letter) ? ' ' : letter)) : text;

    private static bool IsUnruly(char letter) => char.GetUnicodeCategory(letter)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
