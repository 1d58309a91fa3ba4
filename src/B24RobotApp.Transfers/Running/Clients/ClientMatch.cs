using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>Whose client is looked for, and how.</summary>
public sealed record ClientMatch
{
    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    public required SourceDeal Source { get; init; }

    public required ClientRules Rules { get; init; }

    /// <summary>A user of the source portal whose tokens may be used.</summary>
    public required long? UserId { get; init; }

    public required TransferTexts Texts { get; init; }
}

/// <summary>The deal's client as the ESB knows it.</summary>
/// <param name="CompanyId">The company.</param>
/// <param name="ContactIds">The contacts, the primary one first.</param>
/// <param name="FromEarlier">Those of them that earlier transfers found or created; the ESB's people may have deleted them since.</param>
public sealed record EsbClient(long? CompanyId, IReadOnlyList<long> ContactIds, IReadOnlyCollection<Link> FromEarlier)
{
    /// <summary>What did not arrive as meant, though the client did.</summary>
    public IReadOnlyList<MappingProblem> Warnings { get; init; } = [];
}
