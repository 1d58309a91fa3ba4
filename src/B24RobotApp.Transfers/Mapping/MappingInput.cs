using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What a deal is mapped with.</summary>
public sealed record MappingInput
{
    public required MappingProfile Profile { get; init; }

    public required RobotSettings Settings { get; init; }

    public required SourceDeal Source { get; init; }

    /// <summary>What the source portal says of its fields; a field that it does not name travels as it is.</summary>
    public required PortalSchema SourceSchema { get; init; }

    public required PortalSchema Esb { get; init; }

    /// <summary>The portal's own tables; they come before the profile's.</summary>
    public ValueTables Tables { get; init; } = ValueTables.Empty;

    public MappingLookups Lookups { get; init; } = MappingLookups.None;

    /// <summary>The company and contacts that the transfer brings to the ESB along with the deal.</summary>
    public IReadOnlySet<CrmReference> ComingClient { get; init; } = new HashSet<CrmReference>();

    /// <summary>The ESB's user who will be responsible; <see langword="null"/> leaves it to the rules and the ESB.</summary>
    public long? ResponsibleId { get; init; }

    /// <summary>The source portal's address.</summary>
    public required Uri SourcePortal { get; init; }

    /// <summary>What it is at the source.</summary>
    public CrmKind SourceKind { get; init; } = CrmKind.Deal;

    public required long SourceDealId { get; init; }

    /// <summary>The connection's code.</summary>
    public string Connection { get; init; } = "";

    public required DateTimeOffset Now { get; init; }

    public required TransferTexts Texts { get; init; }

    /// <summary>The ESB's counterpart of a value, by the portal's tables or else the profile's.</summary>
    internal bool TryFindInTables(string kind, string source, [NotNullWhen(true)] out string? esb) =>
        Tables.TryFind(kind, source, out esb) || Profile.Tables.TryFind(kind, source, out esb);
}
