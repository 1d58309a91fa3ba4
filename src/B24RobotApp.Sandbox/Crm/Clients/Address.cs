namespace B24RobotApp.Sandbox.Crm.Clients;

/// <summary>An address of a requisite or a lead; one of each type.</summary>
/// <remarks><c>AnchorTypeId</c>: The kind of item behind the requisite.</remarks>
internal sealed record Address(long TypeId, int EntityTypeId, long EntityId, int AnchorTypeId, long AnchorId, long LocationId)
{
    public static readonly IReadOnlyList<string> Lines =
        ["ADDRESS_1", "ADDRESS_2", "CITY", "POSTAL_CODE", "REGION", "PROVINCE", "COUNTRY", "COUNTRY_CODE"];

    /// <summary>The lines of the address by upper-case name.</summary>
    public Dictionary<string, string?> Values { get; } = [];
}
