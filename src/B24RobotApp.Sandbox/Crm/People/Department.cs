namespace B24RobotApp.Sandbox.Crm.People;

/// <summary>A department of the company.</summary>
internal sealed record Department(long Id, string Name, long? ParentId)
{
    public long Sort { get; init; } = 500;

    public long? HeadId { get; init; }
}
