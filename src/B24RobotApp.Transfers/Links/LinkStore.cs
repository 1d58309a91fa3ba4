#pragma warning disable CS9113
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Links;

/// <summary>What has become of the source portals' things on the ESB.</summary>
internal sealed class LinkStore(SqliteDatabase database, TimeProvider clock)
{
    /// <summary>The links that are known of these things; others are missing in the answer.</summary>
    public Task<IReadOnlyDictionary<LinkKey, Link>> FindAsync(IReadOnlyCollection<LinkKey> keys, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SaveAsync(IReadOnlyCollection<Link> links, Durability durability, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteAsync(LinkKey key, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Whether the links that the ESB held before this database existed were read in.</summary>
    public Task<bool> IsCompleteAsync(MemberId member, string connection, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task MarkCompleteAsync(MemberId member, string connection, CancellationToken cancellationToken) => throw new NotImplementedException();
}
