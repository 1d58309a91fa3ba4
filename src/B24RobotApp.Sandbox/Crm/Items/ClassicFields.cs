using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>What <c>crm.deal.fields</c> and its like say.</summary>
internal static class ClassicFields
{
    /// <summary>Links of the older methods that are set by the portal alone.</summary>
    private static readonly Dictionary<string, int> Origins = new() { ["LEAD_ID"] = EntityTypes.LeadId, ["QUOTE_ID"] = EntityTypes.QuoteId };

    public static JsonObject Describe(EntityType type)
    {
        var fields = new JsonObject();
        foreach (var field in type.Fields.Where(field => ClassicItemView.IsKnown(type, field)))
        {
            var statusType = field.Name == "STAGE_ID" ? type.StageDirectory!(0) : field.StatusType;
            var description = field.Describe(statusType);
            description.Remove("upperName");
            if (field.UserField is null)
            {
                Adapt(description, type.Id, field);
            }
            fields[ClassicNames.FromModern(type, field.Name)] = description;
        }
        foreach (var (name, kind) in Lists(type.Id))
        {
            fields[name] = new CrmField(name, kind, name, FieldFlags.Multiple).Describe(null);
            fields[name]!.AsObject().Remove("upperName");
        }
        return fields;
    }

    /// <summary>Where the older methods see a field otherwise than <c>crm.item.fields</c>.</summary>
    private static void Adapt(JsonObject description, int entityTypeId, CrmField field)
    {
        description["type"] = field.Type switch
        {
            FieldType.Boolean => FieldType.Char,
            FieldType.Text => FieldType.String,
            _ => field.Type,
        };
        if (Origins.TryGetValue(field.Name, out var origin))
        {
            description["isReadOnly"] = true;
            description["settings"] = new JsonObject { ["parentEntityTypeId"] = origin };
        }
        switch (entityTypeId, field.Name)
        {
            case (_, "OPENED"):
                description["isRequired"] = false;
                break;
            case (EntityTypes.DealId, "CATEGORY_ID"):
                description["isImmutable"] = true;
                break;
            case (EntityTypes.LeadId, "IS_RETURN_CUSTOMER"):
                description["isReadOnly"] = true;
                break;
            case (EntityTypes.ContactId, "COMPANY_ID"):
                description["isDeprecated"] = true;
                break;
            case (EntityTypes.ContactId, "NAME" or "SECOND_NAME" or "LAST_NAME"):
            case (EntityTypes.CompanyId, "TITLE"):
                description["isRequired"] = true;
                break;
            case (EntityTypes.CompanyId, "LAST_ACTIVITY_TIME" or "LAST_ACTIVITY_BY"):
                description["isReadOnly"] = false;
                break;
        }
    }

    private static IEnumerable<(string Name, string Type)> Lists(int entityTypeId)
    {
        var links = entityTypeId switch
        {
            EntityTypes.ContactId => ("COMPANY_IDS", FieldType.Company),
            EntityTypes.CompanyId => ("CONTACT_ID", FieldType.Contact),
            _ => ("CONTACT_IDS", FieldType.Contact),
        };
        return entityTypeId == EntityTypes.DealId ? [links] : [links, .. MultifieldTypes.All.Select(name => (name, "crm_multifield"))];
    }
}
