using System.Text.RegularExpressions;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Whether a portal takes a text for an e-mail address.</summary>
internal static partial class EmailAddress
{
    public static bool IsValid(string text) => Shape().IsMatch(text.Trim());

    [GeneratedRegex(@"^[^\s@<>,;]+@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+$")]
    private static partial Regex Shape();
}
