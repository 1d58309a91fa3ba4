using System.Text.RegularExpressions;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>How one telephone number may be written. People write 8 (495) 123-45-67, +7 495 1234567 and 74951234567 and mean the same.</summary>
internal static partial class PhoneNumber
{
    /// <summary>A text with fewer digits is no telephone number to look anyone up by.</summary>
    private const int FewestDigits = 5;

    /// <summary>Digits that tell numbers apart; what stands before them is the country, or the 8 of long-distance calls.</summary>
    private const int Significant = 10;

    /// <summary>What all spellings of a number have in common; <see langword="null"/> for a text that is no number.</summary>
    public static string? KeyOf(string text) => Digits(text) is { Length: >= FewestDigits } digits ? digits[^Math.Min(Significant, digits.Length)..] : null;

    /// <summary>The spellings under which a portal may have filed a number, the international one first; empty for a text that is no number.</summary>
    public static IEnumerable<string> Spellings(string text)
    {
        var digits = Digits(text);
        if (digits.Length < FewestDigits)
        {
            return [];
        }

        // Russia and Kazakhstan: 8 and +7 begin the same number.
        if (digits is { Length: 11 } and (['8', ..] or ['7', ..]))
        {
            return [$"+7{digits[1..]}", $"8{digits[1..]}"];
        }

        return digits.StartsWith("00", StringComparison.Ordinal) ? [$"+{digits[2..]}", digits]
            : text.TrimStart().StartsWith('+') ? [$"+{digits}", digits]
            : [digits];
    }

    private static string Digits(string text) => NotDigits().Replace(Extension().Replace(text, ""), "");

    // The inner number behind a switchboard's: "доб. 12", "ext 12", "x12", "#12", ",12".
    [GeneratedRegex(@"(доб|вн|ext|x|#|,|;).*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Extension();

    [GeneratedRegex(@"[^0-9]")]
    private static partial Regex NotDigits();
}
