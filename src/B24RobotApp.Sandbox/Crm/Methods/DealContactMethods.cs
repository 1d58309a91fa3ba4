using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.deal.contact.items.*</c>: the contacts of a deal with their order and which is the primary one.</summary>
internal static class DealContactMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.deal.contact.items.get", "crm", Get);
        table.Add("crm.deal.contact.items.set", "crm", Set);
        table.Add("crm.deal.contact.items.delete", "crm", Delete);
    }

    private static JsonArray Get(RestCall call)
    {
        var deal = Require(call, toWrite: false);
        var primary = deal.Number("CONTACT_ID");
        return new JsonArray([.. deal.Contacts.OrderBy(contact => contact.Sort).Select(contact => (JsonNode)new JsonObject
        {
            ["CONTACT_ID"] = contact.ContactId,
            ["SORT"] = contact.Sort,
            ["ROLE_ID"] = 0,
            ["IS_PRIMARY"] = contact.ContactId == primary ? "Y" : "N",
        })]);
    }

    private static JsonNode Set(RestCall call)
    {
        var items = call.Classic("items").AsList() ?? throw new RestError("", "The parameter items must be array.");
        var deal = Require(call, toWrite: true);
        var contacts = items.Select((item, index) => new ContactBinding(
            item?["CONTACT_ID"].ToLong() ?? 0,
            item?["SORT"].AsLong() ?? (index + 1) * 10,
            item?["IS_PRIMARY"].AsText() == "Y")).Where(contact => contact.ContactId > 0).DistinctBy(contact => contact.ContactId).ToList();
        var primary = contacts.Find(contact => contact.IsPrimary) ?? contacts.FirstOrDefault();
        Write(call, deal, contacts.ConvertAll(contact => contact with { IsPrimary = contact == primary }));
        return true;
    }

    private static JsonNode Delete(RestCall call)
    {
        Write(call, Require(call, toWrite: true), []);
        return true;
    }

    private static void Write(RestCall call, CrmItem deal, List<ContactBinding> contacts)
    {
        var crm = call.Portal.Crm;
        crm.Writer.Update(crm.Data.Deals, deal, new ItemAuthor(call.User), item =>
        {
            item.Contacts.Clear();
            item.Contacts.AddRange(contacts);
        });
    }

    private static CrmItem Require(RestCall call, bool toWrite)
    {
        var crm = call.Portal.Crm;
        var id = call.Classic("id").ToLong();
        if (id < 1)
        {
            throw new RestError("", "The parameter ownerEntityID is invalid or not defined.");
        }
        var deal = crm.Data.Deals.Find(id) ?? throw new RestError("", "Not found.");
        return (toWrite ? crm.Access.CanWrite(call.User, deal) : crm.Access.CanRead(call.User, deal))
            ? deal
            : throw new RestError("ACCESS_DENIED", "Access denied!");
    }
}
