namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>A choice of a list field.</summary>
internal sealed record UserFieldOption(long Id, string Value, string XmlId)
{
    public long Sort { get; init; }

    public bool IsDefault { get; init; }
}
