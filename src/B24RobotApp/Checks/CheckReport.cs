namespace B24RobotApp.Checks;

/// <summary>How a check ended.</summary>
internal enum CheckStatus
{
    Good,

    /// <summary>Worth knowing; nothing has to be done.</summary>
    Note,

    /// <summary>Someone has to act.</summary>
    Bad,
}

/// <summary>One thing that was checked.</summary>
/// <param name="Subject">What was looked at: <c>settings</c>, a connection, a portal.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Text">What was found and, where someone has to act, what to do.</param>
internal sealed record CheckLine(string Subject, CheckStatus Status, string Text)
{
    public override string ToString() => $"{Status switch { CheckStatus.Good => "ok  ", CheckStatus.Note => "note", _ => "BAD " }}  {Subject}: {Text}";
}

/// <summary>Collects what was checked.</summary>
internal sealed class CheckReport
{
    private readonly List<CheckLine> _lines = [];

    public IReadOnlyList<CheckLine> Lines => _lines;

    public bool IsGood => _lines.TrueForAll(line => line.Status != CheckStatus.Bad);

    public void Good(string subject, string text) => _lines.Add(new CheckLine(subject, CheckStatus.Good, text));

    public void Note(string subject, string text) => _lines.Add(new CheckLine(subject, CheckStatus.Note, text));

    public void Bad(string subject, string text) => _lines.Add(new CheckLine(subject, CheckStatus.Bad, text));
}
