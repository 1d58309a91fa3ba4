using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Fills in what a new item was not given, and what follows from the stage.</summary>
internal sealed class ItemDefaults(CrmData data, string language, DateTimeOffset now)
{
    private static readonly string[] NoUnlessSaid =
        ["IS_RECURRING", "IS_RETURN_CUSTOMER", "IS_REPEATED_APPROACH", "CLOSED", "IS_MANUAL_OPPORTUNITY", "IS_MY_COMPANY"];

    /// <summary>What a new item was not given. The id must be known: titles name it.</summary>
    public void Fill(CrmItem item, ItemAuthor author)
    {
        var type = item.Type;
        Default(item, "TITLE", () => Title(item));
        Default(item, "OPENED", () => true);
        Default(item, "ASSIGNED_BY_ID", () => author.User.Id);
        Default(item, "CURRENCY_ID", () => data.BaseCurrency.Code);
        Default(item, "TYPE_ID", () => First(type.Find("TYPE_ID")));
        Default(item, "SOURCE_ID", () => First(type.Find("SOURCE_ID")));
        Default(item, "INDUSTRY", () => First(type.Find("INDUSTRY")));
        Default(item, "EMPLOYEES", () => First(type.Find("EMPLOYEES")));
        Default(item, "EXPORT", () => true);
        Default(item, "OPPORTUNITY", () => 0m);
        Default(item, "REVENUE", () => 0m);
        Default(item, "TAX_VALUE", () => 0m);
        Default(item, "COMPANY_ID", () => 0L);
        foreach (var date in new[] { "BEGINDATE", "CLOSEDATE", "ACTUAL_DATE" })
        {
            Default(item, date, () => DateOnly.FromDateTime(now.DateTime).AddDays(date == "BEGINDATE" ? 0 : 7));
        }
        foreach (var flag in NoUnlessSaid)
        {
            Default(item, flag, () => false);
        }
        foreach (var field in type.UserFields)
        {
            Default(item, field.Name, () => OfUserField(field));
        }

        foreach (var (name, value) in new (string, object)[]
        {
            ("CREATED_TIME", now), ("UPDATED_TIME", now), ("MOVED_TIME", now), ("LAST_ACTIVITY_TIME", now),
            ("CREATED_BY", author.User.Id), ("UPDATED_BY", author.User.Id), ("MOVED_BY", author.User.Id), ("LAST_ACTIVITY_BY", author.User.Id),
        })
        {
            Default(item, name, () => value);
        }
    }

    /// <summary>
    /// Puts the item on a stage of its pipeline. A stage of another one is not taken: a new item, or one that changed the
    /// pipeline, starts on the first stage of the same group; any other one stays where it was.
    /// </summary>
    /// <param name="item">The item.</param>
    /// <param name="before">As it was; <see langword="null"/> for a new one.</param>
    public void SettleStage(CrmItem item, CrmItem? before)
    {
        if (item.Type.HasCategories)
        {
            item["CATEGORY_ID"] ??= before?["CATEGORY_ID"] ?? data.Categories.FirstOrDefault(
                category => category.EntityTypeId == item.Type.Id && category.IsDefault)?.Id ?? 0L;
        }
        if (item.Type.StageDirectory is null)
        {
            return;
        }

        var stages = data.Stages(item.Type, item.Number("CATEGORY_ID"));
        var stage = stages.FirstOrDefault(known => known.StatusId == item.Text("STAGE_ID"));
        if (stage is null && before is not null && before.Number("CATEGORY_ID") == item.Number("CATEGORY_ID"))
        {
            stage = stages.FirstOrDefault(known => known.StatusId == before.Text("STAGE_ID"));
        }
        stage ??= stages.FirstOrDefault(known => known.SemanticId == SemanticOf(item.Text("STAGE_ID")))
            ?? throw new RestError(0, "Stage in new category is not found");

        item["STAGE_ID"] = stage.StatusId;
        item["STAGE_SEMANTIC_ID"] = stage.SemanticId;
        if (item.Type.Find("CLOSED") is not null)
        {
            item["CLOSED"] = stage.Semantics is not null;
        }
        if (item.Type.Find("IS_NEW") is not null)
        {
            item["IS_NEW"] = stage == stages[0];
        }
        if (before is not null && before.Text("STAGE_ID") != stage.StatusId)
        {
            if (item.Type.Find("PREVIOUS_STAGE_ID") is not null)
            {
                item["PREVIOUS_STAGE_ID"] = before.Text("STAGE_ID");
            }
            if (stage.Semantics is not null && before.Text("STAGE_SEMANTIC_ID") == "P" && item.Type.Find("CLOSEDATE") is not null)
            {
                item["CLOSEDATE"] = DateOnly.FromDateTime(now.DateTime);
            }
        }
    }

    private string SemanticOf(string? stageId) =>
        data.Directories.All.FirstOrDefault(entry => entry.IsStage && entry.StatusId == stageId)?.SemanticId ?? "P";

    private string? Title(CrmItem item) => item.Type.Id == EntityTypes.ContactId
        ? null
        : (language, item.Type.Id) switch
        {
            ("ru", EntityTypes.DealId) => $"Сделка #{item.Id}",
            ("ru", EntityTypes.CompanyId) => $"Компания #{item.Id}",
            ("ru", EntityTypes.LeadId) => $"Лид #{item.Id}",
            _ => $"{item.Type.Title} #{item.Id}",
        };

    private string? First(CrmField? field) => field?.StatusType is { } directory ? data.Directories.Of(directory) is [var first, ..] ? first.StatusId : null : null;

    private static object? OfUserField(UserField field)
    {
        if (field.Type == FieldType.Enumeration)
        {
            var chosen = field.Options.FindAll(option => option.IsDefault).ConvertAll(option => (object)option.Id);
            return chosen.Count == 0 ? null : field.IsMultiple ? chosen : chosen[0];
        }
        if (field.IsMultiple)
        {
            return null;
        }
        var value = field.Settings["DEFAULT_VALUE"];
        return field.Type switch
        {
            FieldType.Boolean => value.ToLong() > 0,
            FieldType.String when value.AsText() is { Length: > 0 } text => text,
            FieldType.Integer when !value.IsEmpty() => value.ToLong(),
            FieldType.Double when !value.IsEmpty() => value.ToDecimal(),
            _ => null,
        };
    }

    private static void Default(CrmItem item, string field, Func<object?> value)
    {
        if (item.Type.Find(field) is not null && item.Values.GetValueOrDefault(field) is null or "" && value() is { } filled)
        {
            item[field] = filled;
        }
    }
}
