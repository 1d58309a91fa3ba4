using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Running;

/// <summary>What is mapped, and with what.</summary>
public sealed record DealToMap
{
    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    public required MappingProfile Profile { get; init; }

    public required RobotSettings Settings { get; init; }

    /// <summary>What it is at the source.</summary>
    public CrmKind SourceKind { get; init; } = CrmKind.Deal;

    /// <summary>What it becomes on the ESB.</summary>
    public CrmKind Kind { get; init; } = CrmKind.Deal;

    /// <summary>The item's id on the source portal.</summary>
    public required long ItemId { get; init; }

    public required SourceDeal Source { get; init; }

    /// <summary>The user whose token came with the robot's call.</summary>
    public long? RobotUser { get; init; }

    public required TransferTexts Texts { get; init; }
}

/// <summary>How a deal was mapped.</summary>
/// <param name="Deal">What would be written; <see langword="null"/> if something stands against it.</param>
/// <param name="Problems">All that stands against it.</param>
/// <param name="Input">With what it was mapped.</param>
public sealed record MappingResult(MappedDeal? Deal, IReadOnlyList<MappingProblem> Problems, MappingInput Input);

/// <summary>
/// The mapping step of a transfer: gets what the mapper needs to know of the ESB and maps. A dry run takes the same step, so that what it shows is what is sent.
/// </summary>
public sealed class DealMapping(PortalSchemas schemas, ValueTableStore tables, MappingLookupReader lookups, EsbUsers users, TimeProvider clock)
{
    /// <summary>The ESB refused what was mapped: what is known of it may be stale.</summary>
    public void Doubt(EsbConnection connection, CrmKind kind) => schemas.Doubt(connection, kind.EntityTypeId);

    /// <summary>Maps a deal, or lists all that stands against it.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer.</exception>
    public async Task<MappingResult> MapAsync(DealToMap task, CancellationToken cancellationToken)
    {
        var source = await schemas.OfSourceAsync(task.Portal, task.SourceKind.EntityTypeId, task.RobotUser);
        var esb = await schemas.OfEsbAsync(task.Connection, task.Kind.EntityTypeId);
        var responsible = task.Settings.Responsible.Length > 0 ? task.Settings.Responsible : task.Profile.Responsible;
        var responsibleId = responsible.Length > 0 ? await users.FindAsync(task.Connection, responsible) : null;
        var input = new MappingInput
        {
            Profile = task.Profile,
            Settings = task.Settings,
            Source = task.Source,
            SourceSchema = source,
            Esb = esb,
            Tables = await tables.FindAsync(task.Portal.Id, task.Connection.Code, cancellationToken),
            ResponsibleId = responsibleId,
            SourcePortal = task.Portal.Address,
            SourceKind = task.SourceKind,
            SourceDealId = task.ItemId,
            Connection = task.Connection.Code,
            Now = clock.GetUtcNow(),
            Texts = task.Texts,
        };
        var (mapped, problems, mappedWith) = await MapAsync(task, input, cancellationToken);
        if (mapped is null && await RenewAsync(task, input) is { } newer)
        {
            // A portal was changed since its fields and stages were loaded; perhaps by someone who mended this.
            (mapped, problems, mappedWith) = await MapAsync(task, newer, cancellationToken);
        }

        return responsible.Length > 0 && responsibleId is null
            ? new MappingResult(null, [new("USER_UNKNOWN", task.Texts.UserUnknown(responsible)), .. problems], mappedWith)
            : new MappingResult(mapped, problems, mappedWith);
    }

    private async Task<MappingResult> MapAsync(DealToMap task, MappingInput input, CancellationToken cancellationToken)
    {
        var known = input with { Lookups = await lookups.ReadAsync(task.Portal, task.Connection, task.RobotUser, input, cancellationToken) };
        var (mapped, problems) = DealMapper.Map(known);
        return new MappingResult(mapped, problems, known);
    }

    /// <summary>With schemas loaded anew; <see langword="null"/> if both are so fresh that it would bring nothing.</summary>
    private async Task<MappingInput?> RenewAsync(DealToMap task, MappingInput input)
    {
        var esb = await schemas.RenewAsync(task.Connection, input.Esb);
        var source = await schemas.RenewAsync(task.Portal, input.SourceSchema, task.RobotUser);
        return esb is null && source is null ? null : input with { Esb = esb ?? input.Esb, SourceSchema = source ?? input.SourceSchema };
    }
}
