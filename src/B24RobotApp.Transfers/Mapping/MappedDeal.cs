using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What makes a mapping impossible; all of a deal's problems are listed, not just the first.</summary>
public sealed record MappingProblem(string Code, string Message);

/// <summary>A text that is put into what an ESB field already holds, such as a marked block in the comments.</summary>
/// <param name="Text">What is said; as long as it is the same there is nothing to write.</param>
/// <param name="Into">Makes the field's new value out of the one that stands there.</param>
public sealed record MergedText(string Text, Func<string, string> Into);

/// <summary>A deal as it was mapped.</summary>
/// <param name="Deal">What will be written; <see langword="null"/> if something stands against it.</param>
/// <param name="Problems">All that stands against it.</param>
public sealed record DealMap(MappedDeal? Deal, IReadOnlyList<MappingProblem> Problems)
{
    /// <summary>ESB users, by id or e-mail, that nobody has asked for yet: with <see cref="MappingLookups.EsbUsers"/> telling of them the map may be another one.</summary>
    public IReadOnlySet<string> UsersToFind { get; init; } = new HashSet<string>();
}

/// <summary>A deal as it will be written to the ESB, origin and client aside. Names are those that the ESB takes.</summary>
public sealed record MappedDeal
{
    /// <summary>Fields of a new deal.</summary>
    public required JsonObject ForCreate { get; init; }

    /// <summary>Fields that an update writes.</summary>
    public required JsonObject ForUpdate { get; init; }

    /// <summary>Fields that an update writes only where the ESB's deal holds nothing.</summary>
    public JsonObject OnlyIfEmpty { get; init; } = [];

    /// <summary>Fields into whose present value an update puts something, by name.</summary>
    public IReadOnlyDictionary<string, MergedText> Merged { get; init; } = new Dictionary<string, MergedText>();

    /// <summary>Fields that are written only along with some other change, so that a second send without news changes nothing: the transfer's date.</summary>
    public required JsonObject OnlyWithChange { get; init; }

    /// <summary>The product rows; <see langword="null"/> if products do not travel, and those on the ESB stay as they are.</summary>
    public required IReadOnlyList<JsonObject>? Rows { get; init; }

    /// <summary>Whether fields that point to the deal's own client are left out because the client is not there yet; mapped again afterwards they are filled.</summary>
    public bool AwaitsClient { get; init; }
}
