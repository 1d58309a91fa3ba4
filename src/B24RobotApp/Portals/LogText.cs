namespace B24RobotApp.Portals;

/// <summary>A stranger's text on its way into the log: one line, not long.</summary>
internal static class LogText
{
    public static string Of(string? text) =>
        string.IsNullOrEmpty(text) ? "nobody known" : string.Concat(text.Where(letter => !char.IsControl(letter)).Take(100));
}
