using System.Text;
using System.Text.Json;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What is wrong with a profile's document.</summary>
/// <param name="Path">Where in the document: <c>$.rules[3].noMatch</c>; <c>$</c> for all of it.</param>
/// <param name="Russian">What it is and what to do, in Russian.</param>
/// <param name="English">The same in English.</param>
public sealed record ProfileProblem(string Path, string Russian, string English)
{
    /// <summary>The line of the document, the first is 1; <see langword="null"/> if it is about no line.</summary>
    public long? Line { get; init; }

    /// <summary>One line for a person, with the place.</summary>
    public string In(string language)
    {
        var isRussian = TransferTexts.IsRussian(language);
        var line = Line is { } number ? FormattableString.Invariant($", {(isRussian ? "строка" : "line")} {number}") : "";
        return $"{Path}{line}: {(isRussian ? Russian : English)}";
    }

    /// <summary>The line in which a rule begins.</summary>
    internal static long? LineOfRule(string json, int index)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var (isInRules, rule) = (false, -1);
        while (reader.Read())
        {
            if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName })
            {
                isInRules = reader.ValueTextEquals("rules");
            }
            else if (isInRules && reader is { CurrentDepth: 2, TokenType: JsonTokenType.StartObject } && ++rule == index)
            {
                return 1 + bytes.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n');
            }
        }

        return null;
    }
}
