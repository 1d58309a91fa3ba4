using System.Text.RegularExpressions;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>Texts of comments, fields and robots: the few marks that they use here (bold, links), and addresses that can be clicked.</summary>
internal static partial class RichText
{
    public static Html Show(string text)
    {
        // Encoded first: what the patterns find can hold no tag and no quotation mark.
        var safe = Html.Of($"{text}").Text;
        safe = Mark().Replace(safe, "<a href=\"$1\" target=\"_blank\" rel=\"noopener noreferrer\">$2</a>");
        safe = Address().Replace(safe, "<a href=\"$0\" target=\"_blank\" rel=\"noopener noreferrer\">$0</a>");
        return new Html(Bold().Replace(safe, "<strong>$1</strong>"));
    }

    [GeneratedRegex(@"\[url=(https?:[^\]\s""]+)\](.*?)\[/url\]", RegexOptions.IgnoreCase)]
    private static partial Regex Mark();

    [GeneratedRegex(@"(?<![""'>\w=])https?://[^\s<>""\[\]]+[^\s<>""\[\].,;:!?)]")]
    private static partial Regex Address();

    [GeneratedRegex(@"\[b\](.*?)\[/b\]", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Bold();
}
