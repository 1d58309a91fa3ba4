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

    /// <summary>The item's id on the source portal.</summary>
    public required long ItemId { get; init; }

    public required SourceDeal Source { get; init; }

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
public sealed class DealMapping(EsbDirectory directory, PortalSchemas schemas, TimeProvider clock)
{
    /// <summary>The ESB refused what was mapped: what is known of it may be stale.</summary>
    public void Doubt(EsbConnection connection) => schemas.Doubt(connection, CrmEntityTypes.Deal);

    /// <summary>Maps a deal, or lists all that stands against it.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">The ESB did not answer.</exception>
    public async Task<MappingResult> MapAsync(DealToMap task)
    {
        var facts = await directory.FactsAsync(task.Connection);
        var responsible = task.Settings.Responsible.Length > 0 ? task.Settings.Responsible : task.Profile.Responsible;
        var responsibleId = responsible.Length > 0 ? await directory.FindUserAsync(task.Connection, responsible) : null;
        var input = new MappingInput
        {
            Profile = task.Profile,
            Settings = task.Settings,
            Source = task.Source,
            Esb = facts,
            ResponsibleId = responsibleId,
            SourcePortal = task.Portal.Address,
            SourceDealId = task.ItemId,
            Now = clock.GetUtcNow(),
            Texts = task.Texts,
        };
        if (responsible.Length > 0 && responsibleId is null)
        {
            return new MappingResult(null, [new("USER_UNKNOWN", task.Texts.UserUnknown(responsible)), .. DealMapper.Map(input).Problems], input);
        }

        var (mapped, problems) = DealMapper.Map(input);
        if (mapped is null && await directory.RenewAsync(task.Connection, facts) is { } newer)
        {
            // The ESB was changed since its fields and stages were loaded; perhaps by someone who mended this.
            (mapped, problems) = DealMapper.Map(input = input with { Esb = newer });
        }

        return new MappingResult(mapped, problems, input);
    }
}
