namespace B24RobotApp.Transfers.Running;

/// <summary>The markup of Bitrix24's comments and notifications, and how to keep foreign text from becoming it.</summary>
public static class BbCode
{
    /// <summary>
    /// Text that shows as it is written. A deal's title or a portal's error text must not turn into a link, an image or a mention: an invisible character behind each opening bracket
    /// keeps the portal from seeing a tag there, which an escape (BB code has none that all its readers know) would not.
    /// </summary>
    public static string Plain(string text) => text.Replace("[", "[\u200B", StringComparison.Ordinal);
}
