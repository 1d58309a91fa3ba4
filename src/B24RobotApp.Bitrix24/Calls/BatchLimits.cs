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
    /// Text that one command may carry. A file in base64 or a very long text travels as a plain JSON request: percent-encoding makes it up to six times longer,
    /// and it would hold up the calls beside it. Our own choice.
    /// </summary>
    public const int MaxCommandCharacters = 100_000;

    /// <summary>Rows on a page of a list. Source: settings/how-to-call-rest-api/list-methods-pecularities.md.</summary>
    public const int PageSize = 50;
}
