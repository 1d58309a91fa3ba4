using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Links;

/// <summary>A file on its way to one ESB deal: meant to be sent, or sent. The deal's id belongs to it, since a deal that is created each time gets its files each time.</summary>
public sealed record CarriedFile
{
    /// <summary>The deal at the source.</summary>
    public required LinkKey Item { get; init; }

    /// <summary>The deal on the ESB.</summary>
    public required long EsbId { get; init; }

    /// <summary>The ESB's field.</summary>
    public required string Field { get; init; }

    public required long SourceFileId { get; init; }

    /// <summary>Its id on the ESB; 0 as long as nobody knows whether it arrived.</summary>
    public long EsbFileId { get; init; }

    /// <summary>The ids that the ESB's field held before it was sent.</summary>
    public IReadOnlyList<long> FilesBefore { get; init; } = [];

    /// <summary>The transfer that sent it.</summary>
    public required TransferId Transfer { get; init; }

    public required DateTimeOffset SavedAt { get; init; }

    public bool HasArrived => EsbFileId > 0;
}
