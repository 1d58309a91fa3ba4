using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Transfers.Links;

/// <summary>The kinds of things that have a counterpart on the ESB.</summary>
public enum LinkedEntity
{
    Deal = 2,
    Contact = 3,
    Company = 4,
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
public sealed record Link(LinkKey Key, long EsbId, string? Hash);
