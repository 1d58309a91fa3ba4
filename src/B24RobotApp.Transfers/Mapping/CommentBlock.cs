namespace B24RobotApp.Transfers.Mapping;

/// <summary>The robot's comment within an ESB deal's comments: between two marks, so that the next one replaces it and the text around it stays.</summary>
internal static class CommentBlock
{
    private const string Begin = "▼ b24robot ▼";
    private const string End = "▲ b24robot ▲";

    /// <summary>Puts a comment into a text, in place of the one that was put there before.</summary>
    public static string Put(string text, string comment)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        var block = $"{Begin}\n{comment}\n{End}";
        return end >= 0 ? string.Concat(text.AsSpan(0, begin), block, text.AsSpan(end + End.Length))
            : text.Length > 0 ? $"{text}\n\n{block}"
            : block;
    }
}
