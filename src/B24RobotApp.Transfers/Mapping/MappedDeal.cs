using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What makes a mapping impossible; all of a deal's problems are listed, not just the first.</summary>
public sealed record MappingProblem(string Code, string Message);

/// <summary>A deal as it will be written to the ESB, origin and client aside. Names are those that the ESB takes.</summary>
public sealed record MappedDeal
{
    /// <summary>Fields of a new deal.</summary>
    public required JsonObject ForCreate { get; init; }

    /// <summary>Fields that an update writes.</summary>
    public required JsonObject ForUpdate { get; init; }

    /// <summary>Fields that are written only along with some other change, so that a second send without news changes nothing: the transfer's date.</summary>
    public required JsonObject OnlyWithChange { get; init; }

    public required IReadOnlyList<JsonObject> Rows { get; init; }
}
