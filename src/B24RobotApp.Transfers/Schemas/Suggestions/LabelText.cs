using System.Text;

namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>What is left of a label when people's habits are taken away: case, punctuation, the letter ё, superscripts.</summary>
internal static class LabelText
{
    public static string Normalize(string label)
    {
        var text = new StringBuilder(label.Length);
        foreach (var letter in label.Normalize(NormalizationForm.FormKC).ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(letter) || letter == '%')
            {
                text.Append(letter == 'ё' ? 'е' : letter);
            }
            else if (text.Length > 0 && text[^1] != ' ')
            {
                text.Append(' ');
            }
        }

        return text.ToString().TrimEnd();
    }

    public static bool AreSame(string? first, string? second) =>
        !string.IsNullOrWhiteSpace(first) && !string.IsNullOrWhiteSpace(second) && Normalize(first) is { Length: > 0 } text && text == Normalize(second);
}
