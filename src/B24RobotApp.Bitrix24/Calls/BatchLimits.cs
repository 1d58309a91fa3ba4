namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Bitrix24's own numbers around <c>batch</c>.</summary>
public static class BatchLimits
{
    /// <summary>Commands in one batch; the 51st is answered <c>ERROR_BATCH_LENGTH_EXCEEDED</c>. Source: settings/how-to-call-rest-api/batch.md.</summary>
    public const int MaxCommands = 50;

    /// <summary>
    /// Variables that one command may carry. PHP cuts what exceeds <c>max_input_vars</c> (1,000 by default) without a word, so a call with more travels
    /// as a plain JSON request; some room is left for what the portal adds. Follows from how PHP parses queries.
    /// </summary>
    public const int MaxVariables = 900;

    /// <summary>
    /// Characters of text that one command may carry; a call with more, such as one with a file in base64, travels as a plain JSON request and holds up none beside it. Our own choice.
    /// </summary>
    public const int MaxCommandCharacters = 30_000;

    /// <summary>
    /// Characters of text that share a batch. Percent-encoding makes nine bytes of one at worst, and a web server in front of a self-hosted portal may refuse a body of more than 1 MB
    /// (nginx's default). Our own choice.
    /// </summary>
    public const int MaxBatchCharacters = 100_000;

    /// <summary>Rows on a page of a list. Source: settings/how-to-call-rest-api/list-methods-pecularities.md.</summary>
    public const int PageSize = 50;
}
