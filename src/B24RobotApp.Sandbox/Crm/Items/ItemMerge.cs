using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>
/// Merges items of one kind: the first survives and takes from the others what it lacks, an origin too if its own is empty. The others are
/// deleted, and nothing of them says where they went.
/// </summary>
internal static class ItemMerge
{
    public static void Run(CrmData data, ItemWriter writer, ItemStore store, long survivorId, IReadOnlyList<long> otherIds, ItemAuthor author)
    {
        var survivor = store.Find(survivorId) ?? throw ItemAccess.NotFound();
        var others = otherIds.Where(id => id != survivorId).Distinct().Select(id => store.Find(id) ?? throw ItemAccess.NotFound()).ToList();
        if (others.Count == 0)
        {
            throw new RestError("INVALID_ARG_VALUE", "There is nothing to merge with: name other items");
        }
        foreach (var other in others)
        {
            survivor = writer.Update(store, survivor, author, item => Fill(item, other));
            var rows = data.ProductRows.Of(store.Type.ShortCode, other.Id);
            if (rows.Count > 0 && data.ProductRows.Of(store.Type.ShortCode, survivorId).Count == 0)
            {
                foreach (var row in rows.ToList())
                {
                    data.ProductRows.Add(row with { Id = data.ProductRows.NextId(), OwnerId = survivorId });
                }
                writer.RowsChanged(store, survivor, author);
                survivor = store.Find(survivorId)!;
            }
            writer.Delete(store, other);
        }
    }

    private static void Fill(CrmItem item, CrmItem other)
    {
        foreach (var field in item.Type.Fields.Where(field => field.Computed is null && !field.IsReadOnly))
        {
            if (IsEmpty(item.Values.GetValueOrDefault(field.Name)) && !IsEmpty(other.Values.GetValueOrDefault(field.Name)))
            {
                item[field.Name] = other.Values[field.Name];
            }
        }
        item.Multifields.AddRange(other.Multifields.Where(value => !item.Multifields.Exists(known => known.Value == value.Value)));
        item.Contacts.AddRange(other.Contacts
            .Where(contact => !item.Contacts.Exists(known => known.ContactId == contact.ContactId))
            .Select(contact => contact with { IsPrimary = item.Contacts.Count == 0 && contact.IsPrimary }));
    }

    private static bool IsEmpty(object? value) => value is null or "" or 0L or IReadOnlyList<object> { Count: 0 };
}
