namespace B24RobotApp.Sandbox.Crm;

/// <summary>What users may do beyond nothing and everything. Administrators may do all.</summary>
public sealed class CrmRights
{
    /// <summary>Users who see and change only the deals for which they are responsible.</summary>
    public ISet<long> OwnDealsOnly { get; } = new HashSet<long>();

    /// <summary>Users who may read but not write.</summary>
    public ISet<long> ReadOnly { get; } = new HashSet<long>();

    /// <summary>Users without any right in CRM.</summary>
    public ISet<long> None { get; } = new HashSet<long>();
}
