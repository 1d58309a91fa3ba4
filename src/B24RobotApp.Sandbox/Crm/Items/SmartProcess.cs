namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>What an administrator chose for a smart process.</summary>
/// <param name="Id">Its own id, by which its user fields are named (<c>CRM_12</c>).</param>
internal sealed record SmartProcess(long Id)
{
    public bool HasStages { get; init; } = true;

    public bool HasCategories { get; init; } = true;

    public bool HasDates { get; init; } = true;

    public bool HasClient { get; init; } = true;

    public bool HasProducts { get; init; } = true;

    public bool HasMyCompany { get; init; }

    public bool HasSource { get; init; } = true;

    public bool HasObservers { get; init; } = true;

    public required DateTimeOffset CreatedTime { get; init; }
}
