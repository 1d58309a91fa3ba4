using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running.Products;

/// <summary>Which products are looked for, and how.</summary>
public sealed record ProductQuestion
{
    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    /// <summary>With what the deal was mapped; its profile says how products are matched.</summary>
    public required MappingInput Input { get; init; }

    /// <summary>A user of the source portal whose tokens may be used.</summary>
    public required long? UserId { get; init; }

    /// <summary>The source's products: id to the name in the row.</summary>
    public required IReadOnlyDictionary<long, string> Products { get; init; }

    internal ProductRules Rules => Input.Profile.Products;
}
