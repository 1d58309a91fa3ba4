using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A contact of a deal.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Sort">Its place among the deal's contacts.</param>
/// <param name="IsPrimary">Whether it is the deal's first contact.</param>
public sealed record DealContact(long ContactId, int Sort, bool IsPrimary);

/// <summary>The contacts of a deal with their order, which <c>crm.item.get</c> does not tell. Source: crm/deals/contacts/crm-deal-contact-items-get.md.</summary>
public static class DealContacts
{
    /// <summary><c>crm.deal.contact.items.get</c>. The id may be a <see cref="ResultReference"/>.</summary>
    public static Call Get(JsonNode dealId) => new("crm.deal.contact.items.get", new JsonObject { ["id"] = dealId });

    /// <summary>The contacts, the primary one first and then in their order.</summary>
    public static IReadOnlyList<DealContact> Read(CallResult result) =>
    [
        .. result.Result.AsList()
            .Select(contact => new DealContact(
                contact.Id("CONTACT_ID") ?? 0, (int)Math.Clamp(contact.Id("SORT") ?? 0, int.MinValue, int.MaxValue), contact.Property("IS_PRIMARY").AsBoolean() == true))
            .Where(contact => contact.ContactId > 0)
            .OrderByDescending(contact => contact.IsPrimary)
            .ThenBy(contact => contact.Sort),
    ];
}
