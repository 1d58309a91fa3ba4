using System.Text.Json;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>The files of one source deal. Their links die with the token of the call that read them, an hour later at most; then the deal is read again for new ones.</summary>
internal sealed class SourceFiles(SourcePortals portals, SourceReader reader, Transfer transfer, Portal portal, JsonElement deal)
{
    private JsonElement _deal = deal;

    /// <summary>The files that a field holds.</summary>
    public IReadOnlyList<FieldFile> Of(FileRule rule) => FileFields.Read(ValueOf(rule));

    /// <summary>Downloads a file.</summary>
    /// <exception cref="Bitrix24Exception">With <see cref="FailureKind.Refused"/> the file is not to be had, not by a new link either.</exception>
    public async Task<DownloadedFile> DownloadAsync(FileRule rule, long fileId, Stream target, long longest, CancellationToken cancellationToken)
    {
        try
        {
            return await DownloadOnceAsync(rule, fileId, target, longest, cancellationToken);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            if (await reader.FindAsync(transfer, portal) is not { } again)
            {
                throw;
            }

            _deal = again;
            return await DownloadOnceAsync(rule, fileId, target, longest, cancellationToken);
        }
    }

    private async Task<DownloadedFile> DownloadOnceAsync(FileRule rule, long fileId, Stream target, long longest, CancellationToken cancellationToken)
    {
        // Whose client it is does not matter: the link itself says who asks.
        var client = portals.For(portal, portal.InstallerUserId);
        var link = Of(rule).FirstOrDefault(file => file.Id == fileId)?.Link
            ?? throw new Bitrix24Exception(FailureKind.Refused, client.Portal.Authority, "crm.item.get", "FILE_GONE", "The deal does not hold the file any more.");
        target.SetLength(0);
        return await client.DownloadAsync(link, target, longest, cancellationToken);
    }

    /// <summary>Read again, a deal of an older portal names its fields in the portal's own way.</summary>
    private JsonElement ValueOf(FileRule rule) =>
        _deal.Property(rule.From.Name) is { ValueKind: not JsonValueKind.Undefined } value ? value : _deal.Property(rule.From.PortalName);
}
