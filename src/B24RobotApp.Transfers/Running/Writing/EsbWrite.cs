using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running.Clients;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>What is to be written.</summary>
public sealed record EsbWrite
{
    public required Transfer Transfer { get; init; }

    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    public required TransferMode Mode { get; init; }

    /// <summary>What it is at the source.</summary>
    public CrmKind Source { get; init; } = CrmKind.Deal;

    /// <summary>What it becomes on the ESB.</summary>
    public CrmKind Kind { get; init; } = CrmKind.Deal;

    /// <summary>The field for the origin, as the ESB names it.</summary>
    public string OriginField { get; init; } = CrmKind.Deal.OriginField;

    public required MappedDeal Deal { get; init; }

    /// <summary><see langword="null"/> if the client does not travel.</summary>
    public required EsbClient? Client { get; init; }

    /// <summary>What the rows come to, for comparison with what the ESB makes of them; <see langword="null"/> without rows.</summary>
    public decimal? RowSum { get; init; }

    public required WriteIntent Intent { get; init; }

    /// <summary>The failure with which the transfer ends if the deal is not there yet: its time is over. <see langword="null"/> if it may be created.</summary>
    public TransferFailedException? InsteadOfCreating { get; init; }

    public required TransferTexts Texts { get; init; }

    /// <summary>The link of what is written.</summary>
    internal LinkKey Key => KeyOf(Portal, Transfer, Kind);

    /// <summary>The mark by which the item is found again.</summary>
    internal OriginKey Origin => OriginKey.Of(Portal.MemberId, Source, Transfer.Request.ItemId, Mode == TransferMode.Create ? Transfer.Id.Value : null);

    /// <summary>A profile must not overwrite the mark by which the item is found again.</summary>
    internal void RemoveOrigin(JsonObject fields)
    {
        fields.Remove(OriginField);
        if (Kind.OriginatorField is { } originator)
        {
            fields.Remove(originator);
        }
    }

    /// <summary>The link of what a transfer sends.</summary>
    public static LinkKey KeyOf(Portal portal, Transfer transfer, CrmKind kind) => new(
        portal.MemberId, transfer.Request.Connection, LinkedEntities.Of(transfer.Request.EntityTypeId, kind.EntityTypeId), transfer.Request.ItemId);
}

/// <summary>How a write ended.</summary>
/// <param name="Status">What was done.</param>
/// <param name="DealId">The item on the ESB.</param>
/// <param name="Links">What is to be remembered of it.</param>
/// <param name="Warnings">What did not arrive as meant, though the item did.</param>
/// <param name="Fields">The fields that were sent.</param>
/// <param name="RowsSent">Whether the rows were sent.</param>
public sealed record EsbWritten(
    OutcomeStatus Status, long DealId, IReadOnlyList<Link> Links, IReadOnlyList<MappingProblem> Warnings, JsonObject Fields, bool RowsSent);
