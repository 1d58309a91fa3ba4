namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>A pipeline.</summary>
internal sealed record CrmCategory(long Id, int EntityTypeId, string Name)
{
    public long Sort { get; init; } = 200;

    public bool IsDefault { get; init; }
}
