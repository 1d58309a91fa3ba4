namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Keeps both sides of the links between contacts and companies alike.</summary>
internal static class ClientLinks
{
    public static void Connect(CrmData data, CrmItem item, CrmItem? before)
    {
        if (item.Type.Id == EntityTypes.ContactId)
        {
            ConnectContact(data, item, before);
        }
        else if (item.Type.Id == EntityTypes.CompanyId)
        {
            ConnectCompany(data, item, before);
        }
    }

    /// <summary>Takes a deleted contact or company out of all that names it.</summary>
    public static void Forget(CrmData data, CrmItem item)
    {
        if (item.Type.Id == EntityTypes.ContactId)
        {
            foreach (var company in Linked(data.Companies, Ids(item, "COMPANY_IDS")))
            {
                Change(company, "CONTACT_IDS", item.Id, add: false);
            }
            foreach (var owner in data.Stores.SelectMany(store => store.All))
            {
                owner.Contacts.RemoveAll(contact => contact.ContactId == item.Id);
            }
        }
        else if (item.Type.Id == EntityTypes.CompanyId)
        {
            foreach (var contact in Linked(data.Contacts, Ids(item, "CONTACT_IDS")))
            {
                Change(contact, "COMPANY_IDS", item.Id, add: false);
                contact["COMPANY_ID"] = Ids(contact, "COMPANY_IDS").FirstOrDefault();
            }
            foreach (var owner in data.Stores.SelectMany(store => store.All).Where(owner => owner.Number("COMPANY_ID") == item.Id))
            {
                owner["COMPANY_ID"] = 0L;
            }
        }
    }

    private static void ConnectContact(CrmData data, CrmItem contact, CrmItem? before)
    {
        // The single company and the list are two views of one thing; whichever was written wins.
        var ids = Ids(contact, "COMPANY_IDS");
        var single = contact.Number("COMPANY_ID");
        if (single != (before?.Number("COMPANY_ID") ?? 0) || ids.Count == 0)
        {
            ids = single == 0 ? ids : [single, .. ids.Where(id => id != single)];
        }
        contact["COMPANY_IDS"] = ids.ConvertAll(id => (object)id);
        contact["COMPANY_ID"] = ids.FirstOrDefault();

        var old = before is null ? [] : Ids(before, "COMPANY_IDS");
        foreach (var company in Linked(data.Companies, old.Except(ids)))
        {
            Change(company, "CONTACT_IDS", contact.Id, add: false);
        }
        foreach (var company in Linked(data.Companies, ids))
        {
            Change(company, "CONTACT_IDS", contact.Id, add: true);
        }
    }

    private static void ConnectCompany(CrmData data, CrmItem company, CrmItem? before)
    {
        var ids = Ids(company, "CONTACT_IDS");
        company["CONTACT_IDS"] = ids.ConvertAll(id => (object)id);
        var old = before is null ? [] : Ids(before, "CONTACT_IDS");
        foreach (var contact in Linked(data.Contacts, old.Except(ids)))
        {
            Change(contact, "COMPANY_IDS", company.Id, add: false);
            contact["COMPANY_ID"] = Ids(contact, "COMPANY_IDS").FirstOrDefault();
        }
        foreach (var contact in Linked(data.Contacts, ids))
        {
            Change(contact, "COMPANY_IDS", company.Id, add: true);
            contact["COMPANY_ID"] = Ids(contact, "COMPANY_IDS").FirstOrDefault();
        }
    }

    private static List<CrmItem> Linked(ItemStore store, IEnumerable<long> ids) => [.. ids.Select(store.Find).OfType<CrmItem>()];

    private static List<long> Ids(CrmItem item, string field) =>
        item.Values.GetValueOrDefault(field) is IReadOnlyList<object> list ? [.. list.Cast<long>()] : [];

    private static void Change(CrmItem item, string field, long id, bool add)
    {
        var ids = Ids(item, field);
        if (add && !ids.Contains(id))
        {
            ids.Add(id);
        }
        else if (!add)
        {
            ids.Remove(id);
        }
        item[field] = ids.ConvertAll(one => (object)one);
    }
}
