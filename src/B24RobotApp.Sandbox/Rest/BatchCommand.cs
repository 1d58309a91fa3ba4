using System.Text;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>A batch's command <c>method?query#fragment</c>, taken apart as PHP's <c>parse_url</c> does.</summary>
internal static class BatchCommand
{
    /// <summary>Control characters become underscores, and what follows a raw <c>#</c> is gone.</summary>
    public static (string Method, string Query) Split(string command)
    {
        var text = ReplaceControlCharacters(command);
        var fragment = text.IndexOf('#', StringComparison.Ordinal);
        if (fragment >= 0)
        {
            text = text[..fragment];
        }
        var query = text.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? (text, "") : (text[..query], text[(query + 1)..]);
    }

    private static string ReplaceControlCharacters(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            clean.Append(char.IsAscii(character) && char.IsControl(character) ? '_' : character);
        }
        return clean.ToString();
    }
}
