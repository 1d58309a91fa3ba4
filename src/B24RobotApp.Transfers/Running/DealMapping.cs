using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Mapping.Values;
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

    /// <summary>Whether the deal's own client has been found or created on the ESB, so that fields may point to it.</summary>
    public bool ClientStands { get; init; }

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
        var responsible = task.Settings.Responsible.Length > 0 ? task.Settings.Responsible : task.Profile.Responsible;
        var responsibleId = responsible.Length > 0 ? await users.FindAsync(task.Connection, responsible) : null;
        var input = await PrepareAsync(task, cancellationToken) with { ResponsibleId = responsibleId };
        var (mapped, problems, mappedWith) = await MapAsync(task, input);
        if (mapped is null && await RenewAsync(task, input, cancellationToken) is { } newer)
        {
            // A portal was changed since its fields and stages were loaded; perhaps by someone who mended this.
            (mapped, problems, mappedWith) = await MapAsync(task, newer);
        }

        return responsible.Length > 0 && responsibleId is null
            ? new MappingResult(null, [new("USER_UNKNOWN", task.Texts.UserUnknown(responsible)), .. problems], mappedWith)
            : new MappingResult(mapped, problems, mappedWith);
    }

    /// <summary>All that a deal is mapped with, except who is responsible.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer.</exception>
    public async Task<MappingInput> PrepareAsync(DealToMap task, CancellationToken cancellationToken)
    {
        var input = new MappingInput
        {
            Profile = task.Profile,
            Settings = task.Settings,
            Source = task.Source,
            SourceSchema = await schemas.OfSourceAsync(task.Portal, task.SourceKind.EntityTypeId, task.RobotUser),
            Esb = await schemas.OfEsbAsync(task.Connection, task.Kind.EntityTypeId),
            Tables = await tables.FindAsync(task.Portal.Id, task.Connection.Code, cancellationToken),
            ComingClient = ComingClientOf(task),
            SourcePortal = task.Portal.Address,
            SourceKind = task.SourceKind,
            SourceDealId = task.ItemId,
            Connection = task.Connection.Code,
            Now = clock.GetUtcNow(),
            Texts = task.Texts,
        };
        return await WithLookupsAsync(task, input, cancellationToken);
    }

    private async Task<MappingInput> WithLookupsAsync(DealToMap task, MappingInput input, CancellationToken cancellationToken) =>
        input with { Lookups = await lookups.ReadAsync(task.Portal, task.Connection, task.RobotUser, input, cancellationToken) };

    private async Task<MappingResult> MapAsync(DealToMap task, MappingInput input)
    {
        var map = DealMapper.Map(input);
        if (map.UsersToFind.Count > 0)
        {
            var found = await users.FindAsync(task.Connection, map.UsersToFind);
            input = input with
            {
                Lookups = input.Lookups with
                {
                    EsbUsers = map.UsersToFind.ToDictionary(user => user, user => found.TryGetValue(user, out var id) ? id : (long?)null, StringComparer.OrdinalIgnoreCase),
                },
            };
            map = DealMapper.Map(input);
        }

        return new MappingResult(map.Deal, map.Problems, input);
    }

    private static HashSet<CrmReference> ComingClientOf(DealToMap task)
    {
        var client = new HashSet<CrmReference>();
        if (task.Settings.SendClient && !task.ClientStands)
        {
            if (task.Source.Company?.Id("id") is { } company)
            {
                client.Add(new CrmReference(CrmEntityTypes.Company, company));
            }

            client.UnionWith(task.Source.Contacts.Select(contact => new CrmReference(CrmEntityTypes.Contact, contact.Id("id") ?? 0)));
        }

        return client;
    }

    /// <summary>With schemas loaded anew; <see langword="null"/> if both are so fresh that it would bring nothing.</summary>
    private async Task<MappingInput?> RenewAsync(DealToMap task, MappingInput input, CancellationToken cancellationToken)
    {
        var esb = await schemas.RenewAsync(task.Connection, input.Esb);
        var source = await schemas.RenewAsync(task.Portal, input.SourceSchema, task.RobotUser);
        return esb is null && source is null
            ? null
            : await WithLookupsAsync(task, input with { Esb = esb ?? input.Esb, SourceSchema = source ?? input.SourceSchema }, cancellationToken);
    }
}
