namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>A currency of the portal.</summary>
/// <remarks><c>Code</c>: ISO 4217.</remarks>
/// <remarks><c>Rate</c>: In the base currency.</remarks>
internal sealed record CrmCurrency(string Code, string FullName, string FormatString, decimal Rate)
{
    public bool IsBase { get; init; }

    public long Sort { get; init; } = 100;
}
