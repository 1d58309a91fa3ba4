namespace B24RobotApp.Transfers.Audits;

/// <summary>What an audit found.</summary>
public enum AuditKind
{
    /// <summary>The deal was carried, but its counterpart is not on the ESB any more.</summary>
    Missing,

    /// <summary>A second deal on the ESB has the same origin.</summary>
    Doubled,

    /// <summary>The amounts differ, by more than the profile's rate explains.</summary>
    AmountDiffers,

    /// <summary>The ESB holds a deal whose original is gone at the source.</summary>
    SourceGone,

    /// <summary>The ESB holds a deal with an origin of ours that this app does not know. The next transfer of the deal finds it by its origin.</summary>
    NotLinked,

    /// <summary>The counterpart stands on the ESB, but somebody changed its origin: without this app's database nobody would find it.</summary>
    OriginChanged,
}

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Kind">What.</param>
/// <param name="Item">The kind of item at the source, by the name of its <c>CrmKind</c>, such as <c>deal</c>.</param>
/// <param name="SourceId">The item's id at the source.</param>
/// <param name="EsbDealId">The deal on the ESB.</param>
/// <param name="SourceAmount">Of <see cref="AuditKind.AmountDiffers"/>: the amount at the source, in its currency, such as <c>100.5 USD</c>.</param>
/// <param name="EsbAmount">The amount on the ESB.</param>
public sealed record AuditFinding(AuditKind Kind, string Item, long SourceId, long EsbDealId, string? SourceAmount = null, string? EsbAmount = null);

/// <summary>What the app believes about the deals of one portal and one connection, beside what stands on the ESB.</summary>
public sealed record AuditReport
{
    /// <summary>Findings that are kept; of more only the number is known.</summary>
    public const int MostFindings = 1000;

    /// <summary>Items of the source of which the app knows a counterpart.</summary>
    public required long Linked { get; init; }

    /// <summary>Deals on the ESB that came from the portal, those of mode «create» included.</summary>
    public required long OnEsb { get; init; }

    /// <summary>How many there are of each kind; kinds that were not found are missing.</summary>
    public required IReadOnlyDictionary<AuditKind, int> Counts { get; init; }

    /// <summary>At most <see cref="MostFindings"/>.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>Calls that it took, to both portals.</summary>
    public required int Calls { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }
}
