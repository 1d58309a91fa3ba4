using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Transfers.Links;

/// <summary>
/// What was carried, and as what: a thing that is another kind on the ESB than at the source (a lead that became a deal) has a value of its own, made by <see cref="LinkedEntities.Of"/>.
/// </summary>
public enum LinkedEntity : long
{
    Deal = 2,
    Contact = 3,
    Company = 4,
}

/// <summary>Makes the values of <see cref="LinkedEntity"/> that have no name.</summary>
public static class LinkedEntities
{
    /// <summary>Things of a kind at the source that are of the same or another kind on the ESB; both are Bitrix24's numbers.</summary>
    public static LinkedEntity Of(int sourceTypeId, int esbTypeId) =>
        (LinkedEntity)(sourceTypeId == esbTypeId ? sourceTypeId : ((long)esbTypeId << 32) | (uint)sourceTypeId);

    /// <summary>What <see cref="Of"/> was told of the ESB.</summary>
    public static int EsbTypeOf(LinkedEntity entity) => (long)entity >> 32 is var type and > 0 ? (int)type : (int)entity;

    /// <summary>What <see cref="Of"/> was told of the source.</summary>
    public static int SourceTypeOf(LinkedEntity entity) => (int)(uint)entity;
}

/// <summary>Names a thing of a source portal and the ESB connection it was carried to.</summary>
/// <param name="Member">The source portal.</param>
/// <param name="Connection">The connection's code.</param>
/// <param name="Entity">What it is.</param>
/// <param name="SourceId">Its id on the source portal.</param>
public readonly record struct LinkKey(MemberId Member, string Connection, LinkedEntity Entity, long SourceId);

/// <summary>Which thing on the ESB a thing of a source portal has become. Outlives the transfers, or doubles would appear.</summary>
/// <param name="Key">The thing at the source.</param>
/// <param name="EsbId">Its counterpart's id.</param>
/// <param name="Hash">A digest of what was last written, to see that an update changes nothing; <see langword="null"/> if unknown.</param>
public sealed record Link(LinkKey Key, long EsbId, string? Hash)
{
    /// <summary>Whether it is known what the thing has become. If not, something may have been created whose id nobody knows: it has to be looked for by its origin.</summary>
    public bool IsKnown => EsbId > 0;

    /// <summary>A create may have happened, and nobody knows what it made.</summary>
    public static Link Unknown(LinkKey key) => new(key, 0, null);
}
