using System.Text.Json;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>All that was read of a deal at the source, as the portal sent it.</summary>
/// <param name="Deal">The <c>item</c> of <c>crm.item.get</c>, user fields by their original names.</param>
/// <param name="Rows">Its product rows in their order; empty if products do not travel.</param>
/// <param name="Company">The company's item; <see langword="null"/> if there is none or the client does not travel.</param>
/// <param name="Contacts">The contacts' items, the primary one first.</param>
public sealed record SourceDeal(
    JsonElement Deal, IReadOnlyList<JsonElement> Rows, JsonElement? Company, IReadOnlyList<JsonElement> Contacts)
{
    /// <summary>The requisites of company and contacts; empty if the profile does not carry them.</summary>
    public IReadOnlyList<JsonElement> Requisites { get; init; } = [];

    /// <summary>The addresses of those requisites; empty if the profile does not carry them.</summary>
    public IReadOnlyList<JsonElement> Addresses { get; init; } = [];
}
