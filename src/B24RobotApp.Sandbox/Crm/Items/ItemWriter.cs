using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Products;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>
/// Creates, changes and deletes items as a portal does: save, stage history, event, robots, in this order. A change that
/// changes nothing is not saved at all.
/// </summary>
internal sealed class ItemWriter(SandboxPortal portal, CrmData data, CrmSettings settings)
{
    private DateTimeOffset Now => portal.Now;

    private ItemInput Input => new(data, settings, Now);

    private ItemDefaults Defaults => new(data, portal.Settings.Language, Now);

    public CrmItem Add(ItemStore store, JsonObject fields, bool originalNames, ItemAuthor author) =>
        Add(store, author, draft => Input.Apply(draft, fields, originalNames, author, isNew: true));

    public CrmItem Add(ItemStore store, ItemAuthor author, Action<CrmItem> write)
    {
        var draft = new CrmItem(store.Type, 0);
        write(draft);
        Check(draft, null);
        if (settings.ChecksRequiredUserFields)
        {
            CheckMandatory(draft);
        }

        var item = draft.CopyAs(store.NextId());
        Defaults.SettleStage(item, null);
        Defaults.Fill(item, author);
        Save(store, item, null);
        NoteStage(item, null);
        Raise(item, "ADD");
        if (!author.IsImport)
        {
            Enter(item);
        }
        return store.Find(item.Id)!;
    }

    public CrmItem Update(ItemStore store, CrmItem before, JsonObject fields, bool originalNames, ItemAuthor author) =>
        Update(store, before, author, item => Input.Apply(item, fields, originalNames, author, isNew: false));

    public CrmItem Update(ItemStore store, CrmItem before, ItemAuthor author, Action<CrmItem> write)
    {
        var item = before.CopyAs(before.Id);
        write(item);
        Check(item, before);
        Defaults.SettleStage(item, before);
        Recalculate(item);
        if (item.HoldsTheSame(before))
        {
            return before;
        }

        Touch(item, before, author);
        Save(store, item, before);
        NoteStage(item, before);
        var otherPipeline = item.Number("CATEGORY_ID") != before.Number("CATEGORY_ID");
        var moved = otherPipeline && item.Type.Id == EntityTypes.DealId;
        if (moved)
        {
            Raise(item, "MOVETOCATEGORY");
        }
        if (!moved || settings.PipelineChangeRaisesUpdate)
        {
            Raise(item, "UPDATE");
        }
        if (item.Text("STAGE_ID") != before.Text("STAGE_ID"))
        {
            Enter(item);
        }
        return store.Find(item.Id)!;
    }

    /// <summary>Saves new product rows: the amount follows, and the item counts as changed.</summary>
    public void RowsChanged(ItemStore store, CrmItem before, ItemAuthor author)
    {
        var item = before.CopyAs(before.Id);
        Recalculate(item, rowsChanged: true);
        Touch(item, before, author);
        Save(store, item, before);
        Raise(item, "UPDATE");
    }

    public void Delete(ItemStore store, CrmItem item)
    {
        var type = item.Type;
        store.Remove(item.Id);
        ClientLinks.Forget(data, item);
        data.RecycleBin.Put(item, data.ProductRows.Take(type.ShortCode, item.Id));
        data.History.Forget(type.Id, item.Id);
        data.Comments.RemoveAll(comment => comment.EntityId == item.Id && string.Equals(comment.EntityType, type.Code, StringComparison.OrdinalIgnoreCase));
        data.LogMessages.RemoveAll(message => message.EntityId == item.Id && message.EntityTypeId == type.Id);
        Raise(item, "DELETE");
        portal.Automation.OnItemDeleted(type.Id, item.Id);
    }

    /// <summary>
    /// Brings a deleted item back: all it held, its times too, under a new id. Who reads on from the last <c>UPDATED_TIME</c> does not meet it.
    /// </summary>
    public CrmItem? Restore(ItemStore store, long deletedId)
    {
        if (data.RecycleBin.Take(store.Type.Id, deletedId) is not { } deleted)
        {
            return null;
        }
        var item = deleted.Item.CopyAs(store.NextId());
        foreach (var row in deleted.Rows)
        {
            data.ProductRows.Add(row with { Id = data.ProductRows.NextId(), OwnerId = item.Id });
        }
        Save(store, item, null);
        NoteStage(item, null);
        Raise(item, "ADD");
        return item;
    }

    private void Check(CrmItem item, CrmItem? before)
    {
        var type = item.Type;
        if (item.Values.GetValueOrDefault("CATEGORY_ID") is long category && type.HasCategories && type.StageDirectory is not null
            && !data.Categories.Exists(known => known.EntityTypeId == type.Id && known.Id == category))
        {
            throw ItemInput.NotValid(type.Find("CATEGORY_ID")!);
        }
        if (item.Text("CURRENCY_ID") is { Length: > 0 } currency && !data.Currencies.Exists(known => known.Code == currency))
        {
            throw ItemInput.NotValid(type.Find("CURRENCY_ID")!);
        }
        if (before is not null && before.Number("CATEGORY_ID") != item.Number("CATEGORY_ID")
            && portal.Crm.InDesignerWorkflow.Contains((type.Id, item.Id)))
        {
            throw new RestError("CRM_ITEM_HAS_RUNNING_WORKFLOWS", "The item has running workflows");
        }
        foreach (var email in item.Multifields.Where(value => value.TypeId == "EMAIL" && before?.Multifields.Contains(value) is not true))
        {
            if (!EmailAddress.IsValid(email.Value))
            {
                throw new RestError("ERROR_CORE", $"The E-mail \"{email.Value}\" is not valid.");
            }
        }
    }

    private static void CheckMandatory(CrmItem draft)
    {
        var missing = draft.Type.UserFields.Find(field => field.IsMandatory
            && draft.Values.GetValueOrDefault(field.Name) is null or "" or IReadOnlyList<object> { Count: 0 });
        if (missing is not null)
        {
            throw new RestError("CRM_FIELD_ERROR_REQUIRED", $"The field \"{missing.Label(UserFieldLabel.EditForm)}\" is required")
            {
                Extra = new() { ["fieldName"] = missing.Name },
            };
        }
    }

    /// <summary>With rows and not set by hand, the amount is what the rows come to; the tax always is.</summary>
    private void Recalculate(CrmItem item, bool rowsChanged = false)
    {
        if (!item.Type.HasProducts)
        {
            return;
        }
        var rows = data.ProductRows.Of(item.Type.ShortCode, item.Id);
        var (amount, tax) = ProductRowMath.Total(rows);
        if ((rows.Count > 0 || rowsChanged) && !item.Flag("IS_MANUAL_OPPORTUNITY"))
        {
            item["OPPORTUNITY"] = amount;
        }
        if (item.Type.Find("TAX_VALUE") is not null)
        {
            item["TAX_VALUE"] = tax;
        }
    }

    private void Touch(CrmItem item, CrmItem before, ItemAuthor author)
    {
        item["UPDATED_TIME"] = Now;
        item["UPDATED_BY"] = author.User.Id;
        if (item.Text("STAGE_ID") != before.Text("STAGE_ID"))
        {
            item["MOVED_TIME"] = Now;
            item["MOVED_BY"] = author.User.Id;
        }
    }

    private void Save(ItemStore store, CrmItem item, CrmItem? before)
    {
        Recalculate(item);
        ClientLinks.Connect(data, item, before);
        store.Save(item);
    }

    private void NoteStage(CrmItem item, CrmItem? before)
    {
        if (item.Type.StageDirectory is not null && (before is null || before.Text("STAGE_ID") != item.Text("STAGE_ID")))
        {
            data.History.Note(item, Now, settings.PipelineChangeForgetsHistory);
        }
    }

    private void Raise(CrmItem item, string what)
    {
        var fields = new JsonObject { ["ID"] = item.Id.ToPhp() };
        if (what == "MOVETOCATEGORY")
        {
            fields["CATEGORY_ID"] = item.Number("CATEGORY_ID").ToPhp();
            fields["STAGE_ID"] = item.Text("STAGE_ID");
        }
        var name = $"ONCRM{item.Type.EventCode}{what}";
        var data = new JsonObject { ["FIELDS"] = fields };
        if (item.Type.EventCode == "DYNAMICITEM")
        {
            fields["ENTITY_TYPE_ID"] = ((long)item.Type.Id).ToPhp();
            portal.Events.Raise($"{name}_{item.Type.Id}", data);
        }
        portal.Events.Raise(name, data);
    }

    private void Enter(CrmItem item)
    {
        if (item.Text("STAGE_ID") is { } stage)
        {
            portal.Automation.OnItemEntered(item.Type.Id, item.Id, stage, (int)item.Number("CATEGORY_ID"));
        }
    }
}
