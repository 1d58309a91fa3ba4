using System.Text;
using System.Text.RegularExpressions;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>The two spellings of a field, <c>ASSIGNED_BY_ID</c> and <c>assignedById</c>, and the irregular ones of user fields.</summary>
internal static partial class FieldNames
{
    public static string ToCamel(string upper)
    {
        if (IsSimplified(upper))
        {
            return upper.StartsWith("UF_CRM_", StringComparison.Ordinal) ? "ufCrm_" + upper[7..]
                : upper.StartsWith("UF_CRM", StringComparison.Ordinal) ? "ufCrm" + upper[6..]
                : "uf" + upper[3..];
        }

        var camel = new StringBuilder();
        for (var i = 0; i < upper.Length; i++)
        {
            if (upper[i] != '_')
            {
                var first = i == 0 || upper[i - 1] != '_';
                camel.Append(first ? char.ToLowerInvariant(upper[i]) : char.ToUpperInvariant(upper[i]));
            }
            else if (i > 0 && i < upper.Length - 1 && char.IsAsciiDigit(upper[i - 1]) && char.IsAsciiDigit(upper[i + 1]))
            {
                camel.Append('_');
            }
        }
        return camel.ToString();
    }

    /// <summary>How a portal spells a name it does not know, for its complaint.</summary>
    public static string ToUpper(string camel)
    {
        if (!camel.Any(char.IsLower))
        {
            return camel;
        }

        var upper = new StringBuilder();
        for (var i = 0; i < camel.Length; i++)
        {
            var begins = char.IsUpper(camel[i]) || (char.IsAsciiDigit(camel[i]) && i > 0 && !char.IsAsciiDigit(camel[i - 1]));
            if (begins && i > 0 && char.IsLetterOrDigit(camel[i - 1]))
            {
                upper.Append('_');
            }
            upper.Append(char.ToUpperInvariant(camel[i]));
        }
        return upper.ToString();
    }

    /// <summary>
    /// Whether a portal takes the upper-case name without <c>useOriginalUfNames</c>: its converter leaves letters and
    /// underscores alone and spoils everything that has a digit.
    /// </summary>
    public static bool SurvivesUpperCase(string upper) => OnlyLetters().IsMatch(upper);

    private static bool IsSimplified(string upper) =>
        upper.StartsWith("UF_", StringComparison.Ordinal)
        && !OnlyLetters().IsMatch(upper)
        && !NumberedDigits().IsMatch(upper)
        && !NumberedLetters().IsMatch(upper);

    [GeneratedRegex("^[A-Z_]+$")]
    private static partial Regex OnlyLetters();

    [GeneratedRegex(@"^UF_CRM_\d{1,4}_[\d_]+$")]
    private static partial Regex NumberedDigits();

    [GeneratedRegex(@"^UF_CRM_\d{1,4}_[A-Z_]+$")]
    private static partial Regex NumberedLetters();
}
