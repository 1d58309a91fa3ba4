namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>The kinds of multifields.</summary>
internal static class MultifieldTypes
{
    public static readonly IReadOnlyList<string> All = ["PHONE", "EMAIL", "WEB", "IM", "LINK"];
}
