using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Transfers.WriteBacks;

/// <summary>An item of an ESB whose changes go back to a source item.</summary>
public sealed record FollowedItem
{
    public required PortalId Portal { get; init; }

    /// <summary>The connection's code.</summary>
    public required string Connection { get; init; }

    /// <summary>Bitrix24's number of the source item's kind.</summary>
    public required int EntityTypeId { get; init; }

    /// <summary>The source item.</summary>
    public required long ItemId { get; init; }

    /// <summary>The host of the ESB; a connection may be changed to another.</summary>
    public required string EsbHost { get; init; }

    public required EsbItem Esb { get; init; }

    /// <summary>The profile's code.</summary>
    public required string Profile { get; init; }

    /// <summary>The last transfer, in whose story it is told.</summary>
    public required TransferId Transfer { get; init; }

    /// <summary>What the app has sent of the followed fields since the last look.</summary>
    public JsonObject? Sent { get; init; }

    /// <summary>The ESB's values when they were last dealt with.</summary>
    public JsonObject? Seen { get; init; }

    /// <summary>How the source item stood after the app's last write.</summary>
    public Echo? Echo { get; init; }

    /// <summary>Whether it is the same source item.</summary>
    internal string LockKey => LockKeyOf(Portal, EntityTypeId, ItemId);

    internal static string LockKeyOf(PortalId portal, int entityTypeId, long itemId) => FormattableString.Invariant($"{portal.Value} {entityTypeId} {itemId}");
}

/// <summary>How an item stood after the app's own write.</summary>
/// <param name="UpdatedTime">As the portal spelled it.</param>
/// <param name="Digest">Of its fields.</param>
public sealed record Echo(string UpdatedTime, string Digest);

/// <summary>What was done with one field.</summary>
public enum WriteBackResult
{
    /// <summary>The ESB's value stands at the source now.</summary>
    Written,

    /// <summary>It stood there already.</summary>
    Same,

    /// <summary>The policy keeps the source's value.</summary>
    Kept,

    /// <summary>The rule names no value for it.</summary>
    NoCounterpart,

    /// <summary>The portal refused it.</summary>
    Refused,
}

/// <summary>One field of a write-back, for people.</summary>
/// <param name="From">The ESB's field.</param>
/// <param name="To">The source's field.</param>
/// <param name="Esb">The ESB's value.</param>
/// <param name="Before">What stood at the source.</param>
/// <param name="After">What was to be written.</param>
/// <param name="Result">What came of it.</param>
public sealed record WriteBackField(string From, string To, JsonNode? Esb, JsonNode? Before, JsonNode? After, WriteBackResult Result);

/// <summary>A change on the ESB and what it did at the source; kept with the transfer's story.</summary>
/// <param name="At">When.</param>
/// <param name="Fields">The fields that had changed.</param>
/// <param name="Problem">Why it was not written; <see langword="null"/> if nothing stood against it.</param>
public sealed record WriteBack(DateTimeOffset At, IReadOnlyList<WriteBackField> Fields, string? Problem);
