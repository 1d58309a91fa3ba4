using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>What <c>crm.status.entity.types</c> says: the directories there are.</summary>
internal static class StatusTypes
{
    private static readonly (string Id, string Name)[] Plain =
    [
        ("SOURCE", "Sources"), ("CONTACT_TYPE", "Contact type"), ("COMPANY_TYPE", "Company type"), ("EMPLOYEES", "Number of employees"),
        ("INDUSTRY", "Industry"), ("DEAL_TYPE", "Deal type"), ("HONORIFIC", "Salutations"), ("EVENT_TYPE", "Event type"),
    ];

    public static JsonArray Describe(CrmData data)
    {
        var types = new JsonArray { Stages(data, "STATUS", "Lead stages", EntityTypes.LeadId) };
        foreach (var (id, name) in Plain)
        {
            types.Add(new JsonObject { ["ID"] = id, ["NAME"] = name });
        }
        foreach (var category in data.Categories.Where(category => category.EntityTypeId == EntityTypes.DealId))
        {
            types.Add(DealStages(data, category));
        }
        foreach (var category in data.Categories.Where(category => data.FindStore(category.EntityTypeId)?.Type is { EventCode: "DYNAMICITEM", StageDirectory: not null }))
        {
            types.Add(DynamicStages(data, category));
        }
        types.Add(Stages(data, "QUOTE_STATUS", "Quote stages", EntityTypes.QuoteId));
        return types;
    }

    private static JsonObject DealStages(CrmData data, CrmCategory category)
    {
        var type = data.Deals.Type;
        var description = Stages(data, type.StageDirectory!(category.Id), $"{category.Name} deal stages", type.Id);
        description.Remove("ENTITY_TYPE_ID");
        if (category.Id != 0)
        {
            description["PARENT_ID"] = "DEAL_STAGE";
            description["PREFIX"] = $"C{category.Id}";
        }
        description["FIELD_ATTRIBUTE_SCOPE"] = category.Id == 0 ? "" : $"category_{category.Id}";
        description["ENTITY_TYPE_ID"] = type.Id;

        // The first pipeline's id is a number here, the others' are texts.
        description["CATEGORY_ID"] = category.Id == 0 ? 0 : category.Id.ToPhp();
        return description;
    }

    private static JsonObject DynamicStages(CrmData data, CrmCategory category)
    {
        var type = data.Store(category.EntityTypeId).Type;
        return new()
        {
            ["ID"] = type.StageDirectory!(category.Id),
            ["NAME"] = $"{type.Title} ({category.Name})",
            ["SEMANTIC_INFO"] = new JsonArray(),
            ["PREFIX"] = $"DT{type.Id}_{category.Id}",
            ["FIELD_ATTRIBUTE_SCOPE"] = $"category_{category.Id}",
            ["ENTITY_TYPE_ID"] = type.Id,
            ["IS_ENABLED"] = true,
            ["CATEGORY_ID"] = category.Id,
            ["CATEGORY_NAME"] = category.Name,
            ["CATEGORY_SORT"] = category.Sort,
            ["IS_DEFAULT_CATEGORY"] = category.IsDefault,
        };
    }

    private static JsonObject Stages(CrmData data, string directory, string name, int entityTypeId)
    {
        var stages = data.Directories.Of(directory);
        return new()
        {
            ["ID"] = directory,
            ["NAME"] = name,
            ["SEMANTIC_INFO"] = new JsonObject
            {
                ["START_FIELD"] = stages[0].StatusId,
                ["FINAL_SUCCESS_FIELD"] = stages.First(stage => stage.Semantics == "S").StatusId,
                ["FINAL_UNSUCCESS_FIELD"] = stages.First(stage => stage.Semantics == "F").StatusId,
                ["FINAL_SORT"] = 0,
            },
            ["ENTITY_TYPE_ID"] = entityTypeId,
        };
    }
}
