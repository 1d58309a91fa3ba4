using System.Security.Cryptography;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running.Writing;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Running;

/// <summary>A deal that stands on the ESB, and whose files are to follow.</summary>
public sealed record FilesToCarry
{
    public required Transfer Transfer { get; init; }

    /// <summary>The deal as it was read, and what it is mapped with.</summary>
    public required DealToMap Deal { get; init; }

    /// <summary>What is known of it on the ESB.</summary>
    public required TransferOutcome Written { get; init; }

    public long EsbDealId => Written.EsbDealId ?? throw new InvalidOperationException("A deal without an id has no files.");
}

/// <summary>How it went.</summary>
/// <param name="Sent">The files that this transfer has sent, in all its attempts.</param>
/// <param name="Skipped">Of each file that stayed behind which one and why, for people.</param>
public sealed record CarriedFiles(int Sent, IReadOnlyList<string> Skipped);

/// <summary>
/// Carries the files of a deal, one by one, each recorded when it is done; what was sent is not sent again. Files that the ESB's people have added stay, and so do those that were deleted at the source.
/// </summary>
public sealed partial class FileCarrier(
    CarriedFileStore store, FileSpool spool, SourcePortals sources, SourceReader reader, EsbPortals esbs, PortalSchemas schemas, DealMapping mapping, Settling settling, RestoreLog restores,
    IOptions<TransferOptions> options, TimeProvider clock, ILogger<FileCarrier> logger)
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>Carries what was not carried yet.</summary>
    /// <exception cref="Bitrix24Exception">One of the portals cannot be reached now, or a file's fate is not known yet. The next attempt goes on.</exception>
    public async Task<CarriedFiles> CarryAsync(FilesToCarry task, CancellationToken cancellationToken)
    {
        var rules = await PlanAsync(task.Deal, cancellationToken);
        if (rules.Count == 0)
        {
            return new CarriedFiles(0, []);
        }

        var files = new SourceFiles(sources, reader, task.Transfer, task.Deal.Portal, task.Deal.Source.Deal);
        var known = (await store.ListAsync(EsbWrite.KeyOf(task.Deal.Portal, task.Transfer, task.Deal.Kind), task.EsbDealId, cancellationToken))
            .ToDictionary(file => (file.Field, file.SourceFileId));
        var skipped = new List<string>();
        foreach (var rule in rules)
        {
            if (!await MayWriteAsync(task, rule, known))
            {
                continue;
            }

            var room = rule.To.IsMultiple ? int.MaxValue : 1;
            foreach (var file in files.Of(rule))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var one = new OneFile(task, files, rule, file.Id, known);
                if (room-- <= 0)
                {
                    skipped.Add(task.Deal.Texts.FileHasNoRoom(one.NameToPeople(""), rule.To.Label(task.Deal.Portal.Language)));
                }
                else if (await CarryAsync(one, cancellationToken) is { } reason)
                {
                    skipped.Add(reason);
                }
            }
        }

        return new CarriedFiles(Count(known.Values, task.Transfer), skipped);
    }

    /// <summary>How many files the transfer has sent so far.</summary>
    public async Task<int> CountAsync(Portal portal, Transfer transfer, CrmKind kind, long esbDealId) =>
        Count(await store.ListAsync(EsbWrite.KeyOf(portal, transfer, kind), esbDealId, CancellationToken.None), transfer);

    private static int Count(IEnumerable<CarriedFile> files, Transfer transfer) => files.Count(file => file.HasArrived && file.Transfer == transfer.Id);

    private async Task<IReadOnlyList<FileRule>> PlanAsync(DealToMap deal, CancellationToken cancellationToken)
    {
        var esb = await schemas.OfEsbAsync(deal.Connection, deal.Kind.EntityTypeId);
        return FilePlan.IsNeeded(deal.Profile.Rules, esb) ? FilePlan.Of(await mapping.PrepareAsync(deal, cancellationToken)) : [];
    }

    /// <summary>Whether the rule lets this transfer write the field. What it has begun to fill it goes on with.</summary>
    private async Task<bool> MayWriteAsync(FilesToCarry task, FileRule rule, IReadOnlyDictionary<(string Field, long SourceFileId), CarriedFile> known)
    {
        if (task.Written.Status == OutcomeStatus.Created || rule.OnUpdate == UpdatePolicy.Write)
        {
            return true;
        }

        return rule.OnUpdate == UpdatePolicy.OnlyIfEmpty
            && (known.Values.Any(file => file.Field == rule.To.Name && file.Transfer == task.Transfer.Id)
                || FileFields.Read(CrmItems.ReadItem(await esbs.CallAsync(task.Deal.Connection, CrmItems.Get(task.Deal.Kind.EntityTypeId, task.EsbDealId))).Property(rule.To.PortalName)).Count == 0);
    }

    /// <returns>Why the file stays behind; <see langword="null"/> if it is there.</returns>
    private async Task<string?> CarryAsync(OneFile one, CancellationToken cancellationToken)
    {
        var earlier = one.Known.GetValueOrDefault(one.Key);
        if (earlier is { HasArrived: true })
        {
            return null;
        }

        if (earlier is not null)
        {
            // An attempt before this one has sent it, and has not heard the answer.
            if (await TakeUpAsync(one, earlier, await ReadIdsAsync(one)))
            {
                return null;
            }

            RequireSettled(one, earlier);
        }

        await using var place = await spool.OpenAsync($"{one.Task.Deal.Portal.Id.Value} {one.Task.Deal.Connection.Code}", cancellationToken);
        var (name, problem) = await DownloadAsync(one, place.Content, cancellationToken);
        return problem is null && earlier is null && await FindFromBeforeRestoreAsync(one, name, place.Content, cancellationToken) ? null
            : problem ?? await UploadAsync(one, name, place.Content, cancellationToken);
    }

    /// <summary>
    /// After a restore the ESB's field may hold what the lost server has sent. A file of the same name and the same bytes, of which nobody knows where it came from, is taken for this one; only then the ESB's files are
    /// downloaded at all.
    /// </summary>
    private async Task<bool> FindFromBeforeRestoreAsync(OneFile one, string name, Stream content, CancellationToken cancellationToken)
    {
        if (!await restores.HasHappenedAsync(cancellationToken))
        {
            return false;
        }

        var connection = one.Task.Deal.Connection;
        var item = CrmItems.ReadItem(await esbs.CallAsync(connection, CrmItems.Get(one.Task.Deal.Kind.EntityTypeId, one.Task.EsbDealId)));
        var known = one.Known.Values.Select(file => file.EsbFileId).ToHashSet();
        byte[]? wanted = null;
        foreach (var file in FileFields.Read(item.Property(one.Rule.To.PortalName)).Where(file => !known.Contains(file.Id) && file.Link is not null))
        {
            using var hash = SHA256.Create();
            await using var target = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write);
            DownloadedFile there;
            try
            {
                there = await esbs.DownloadAsync(connection, file.Link!, target, content.Length, cancellationToken); // Links without one are left out.
            }
            catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
            {
                continue;
            }

            if (there.IsTooLarge || there.Length != content.Length || there.Name != NameOnEsb(one, name))
            {
                continue;
            }

            await target.FlushFinalBlockAsync(cancellationToken);

            if (wanted is null)
            {
                content.Position = 0;
                wanted = await SHA256.HashDataAsync(content, cancellationToken);
            }

            if (hash.Hash.AsSpan().SequenceEqual(wanted))
            {
                var found = new CarriedFile
                {
                    Item = EsbWrite.KeyOf(one.Task.Deal.Portal, one.Task.Transfer, one.Task.Deal.Kind),
                    EsbId = one.Task.EsbDealId,
                    Field = one.Rule.To.Name,
                    SourceFileId = one.FileId,
                    EsbFileId = file.Id,
                    FilesBefore = [],
                    Transfer = one.Task.Transfer.Id,
                    SavedAt = clock.GetUtcNow(),
                };
                await store.SaveAsync(found, CancellationToken.None);
                one.Known[one.Key] = found;
                return true;
            }
        }

        return false;
    }

    private async Task<(string Name, string? Problem)> DownloadAsync(OneFile one, Stream target, CancellationToken cancellationToken)
    {
        var texts = one.Task.Deal.Texts;
        var most = options.Value.MaxFileBytes;
        DownloadedFile file;
        try
        {
            file = await one.Files.DownloadAsync(one.Rule, one.FileId, target, most, cancellationToken);
            await target.FlushAsync(cancellationToken);
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            return ("", texts.FileNotGiven(one.NameToPeople(""), exception.Code));
        }
        catch (IOException exception)
        {
            throw new StorageUnavailableException($"A file cannot be laid into the data directory: {exception.Message}", exception);
        }

        var named = one.NameToPeople(file.Name);
        return file.IsTooLarge ? (file.Name, texts.FileTooLarge(named, (most + Megabyte - 1) / Megabyte))
            : file.Length == 0 ? (file.Name, texts.FileEmpty(named))
            : (file.Name, null);
    }

    private async Task<string?> UploadAsync(OneFile one, string name, Stream content, CancellationToken cancellationToken)
    {
        // Read at the last moment: what the ESB's people add between this and the upload would be lost.
        var before = await ReadIdsAsync(one);
        cancellationToken.ThrowIfCancellationRequested();
        var intent = new CarriedFile
        {
            Item = EsbWrite.KeyOf(one.Task.Deal.Portal, one.Task.Transfer, one.Task.Deal.Kind),
            EsbId = one.Task.EsbDealId,
            Field = one.Rule.To.Name,
            SourceFileId = one.FileId,
            FilesBefore = before,
            Transfer = one.Task.Transfer.Id,
            SavedAt = clock.GetUtcNow(),
        };
        await store.SaveAsync(intent, CancellationToken.None);
        settling.Note(NameOf(intent));
        one.Known[one.Key] = intent;
        var upload = FileFields.Add(
            one.Task.Deal.Kind.EntityTypeId, intent.EsbId, one.Rule.To.PortalName, one.Rule.To.IsMultiple ? before : null, NameOnEsb(one, name), content);
        try
        {
            var result = await esbs.UploadAsync(one.Task.Deal.Connection, upload, CancellationToken.None);
            if (await TakeUpAsync(one, intent, IdsOf(one, result)))
            {
                return null;
            }

            await ForgetAsync(one, intent);
            return one.Task.Deal.Texts.FileNotTaken(one.NameToPeople(name), one.Rule.To.Label(one.Task.Deal.Portal.Language));
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.OutcomeUnknown)
        {
            settling.Note(NameOf(intent));
            if (await TakeUpAsync(one, intent, await ReadIdsAsync(one)))
            {
                return null;
            }

            RequireSettled(one, intent);
            throw;
        }
        catch (Bitrix24Exception exception)
        {
            await ForgetAsync(one, intent);
            if (exception.Kind != FailureKind.Refused)
            {
                throw;
            }

            Log.Refused(logger, one.Task.Transfer.Id, one.Task.Deal.Connection.Code, one.Rule.To.Name, exception.Code);
            return one.Task.Deal.Texts.FileRefused(one.NameToPeople(name), exception.Code, exception.Description);
        }
    }

    /// <summary>Looks for an id that was not there before the file was sent. Whoever else has added a file there at that moment has his taken for it; both stay.</summary>
    private async Task<bool> TakeUpAsync(OneFile one, CarriedFile intent, IReadOnlyList<long> ids)
    {
        var others = one.Known.Values.Select(file => file.EsbFileId).ToHashSet();
        if (ids.FirstOrDefault(id => !intent.FilesBefore.Contains(id) && !others.Contains(id)) is not (> 0 and var arrived))
        {
            return false;
        }

        var done = intent with { EsbFileId = arrived, SavedAt = clock.GetUtcNow() };
        await store.SaveAsync(done, CancellationToken.None);
        settling.Forget(NameOf(intent));
        one.Known[one.Key] = done;
        return true;
    }

    private async Task ForgetAsync(OneFile one, CarriedFile intent)
    {
        await store.DeleteAsync(intent, CancellationToken.None);
        settling.Forget(NameOf(intent));
        one.Known.Remove(one.Key);
    }

    /// <summary>The file is not there. That counts only when a request that was cut off cannot be under way any more.</summary>
    private void RequireSettled(OneFile one, CarriedFile intent)
    {
        if (settling.PendingUntil(NameOf(intent)) is { } settledAt)
        {
            throw WriteIntent.Pending(one.Task.Deal.Connection.Portal.Authority, "crm.item.update", settledAt);
        }
    }

    private static string NameOnEsb(OneFile one, string name) => name.Length > 0 ? name : $"file-{one.FileId}";

    private static string NameOf(CarriedFile file) => $"{file.Item} {file.EsbId} {file.Field} {file.SourceFileId}";

    private async Task<IReadOnlyList<long>> ReadIdsAsync(OneFile one) =>
        IdsOf(one, await esbs.CallAsync(one.Task.Deal.Connection, CrmItems.Get(one.Task.Deal.Kind.EntityTypeId, one.Task.EsbDealId)));

    private static IReadOnlyList<long> IdsOf(OneFile one, CallResult result) =>
        [.. FileFields.Read(CrmItems.ReadItem(result).Property(one.Rule.To.PortalName)).Select(file => file.Id)];

    /// <summary>A file on its way.</summary>
    private sealed record OneFile(
        FilesToCarry Task, SourceFiles Files, FileRule Rule, long FileId, Dictionary<(string Field, long SourceFileId), CarriedFile> Known)
    {
        public (string Field, long SourceFileId) Key => (Rule.To.Name, FileId);

        public string NameToPeople(string name)
        {
            var field = Rule.From.Label(Task.Deal.Portal.Language);
            return name.Length > 0 ? Task.Deal.Texts.FileNamed(name, field) : Task.Deal.Texts.FileNumbered(FileId, field);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2601, LogLevel.Information, "Transfer {TransferId}: {Connection} refused a file for its field {Field}: {Code}")]
        public static partial void Refused(ILogger logger, TransferId transferId, string connection, string field, string code);
    }
}
