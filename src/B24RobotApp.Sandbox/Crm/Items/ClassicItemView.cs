using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Items as <c>crm.deal.get</c> and its like show them: upper-case names, all scalars texts.</summary>
internal static class ClassicItemView
{
    private static readonly string[] AddressNames =
        ["ADDRESS", "ADDRESS_2", "ADDRESS_CITY", "ADDRESS_POSTAL_CODE", "ADDRESS_REGION", "ADDRESS_PROVINCE", "ADDRESS_COUNTRY", "ADDRESS_LOC_ADDR_ID"];

    /// <summary>Newer fields that the older methods do not know.</summary>
    private static readonly HashSet<string> Unknown =
        ["EVENT_DATE", "EVENT_ID", "EVENT_DESCRIPTION", "WEBFORM_ID", "ORDER_STAGE", "OBSERVERS", "CONTACT_IDS", "CONTACTS", "COMPANY_IDS"];

    public static JsonObject Of(CrmItem item, TimeSpan serverOffset, bool withMultifields)
    {
        var type = item.Type;
        var view = new JsonObject();
        foreach (var field in type.Fields.Where(field => IsKnown(type, field)))
        {
            view[ClassicNames.FromModern(type, field.Name)] = Value(item, field, serverOffset);
        }
        if (type.Id is EntityTypes.ContactId or EntityTypes.CompanyId)
        {
            AddAddresses(view, type);
        }
        if (withMultifields)
        {
            foreach (var values in item.Multifields.GroupBy(value => value.TypeId))
            {
                view[values.Key] = Multifields(values);
            }
        }
        return view;
    }

    public static JsonArray Multifields(IEnumerable<Multifield> values) => new([.. values.Select(value => (JsonNode)new JsonObject
    {
        ["ID"] = value.Id.ToPhp(),
        ["VALUE_TYPE"] = value.ValueType,
        ["VALUE"] = value.Value,
        ["TYPE_ID"] = value.TypeId,
    })]);

    public static bool IsKnown(EntityType type, CrmField field) =>
        !field.IsDisabled && !field.Flags.HasFlag(FieldFlags.Undescribed) && !Unknown.Contains(field.Name)
        && !(field.Name == "CATEGORY_ID" && type.StageDirectory is null);

    private static JsonNode? Value(CrmItem item, CrmField field, TimeSpan serverOffset)
    {
        var value = item[field.Name];
        if (value is 0L && field.Type is FieldType.Lead or FieldType.Quote)
        {
            return null;
        }
        if (field is { UserField: not null, IsMultiple: true } && value is null)
        {
            return JsonValue.Create(false);
        }
        return value is null && field.UserField is not null ? JsonValue.Create("") : FieldOutput.Classic(value, field, serverOffset);
    }

    private static void AddAddresses(JsonObject view, EntityType type)
    {
        foreach (var name in AddressNames)
        {
            view[name] = null;
        }
        if (type.Id == EntityTypes.CompanyId)
        {
            view["ADDRESS_COUNTRY_CODE"] = null;
            view["REG_ADDRESS_COUNTRY_CODE"] = null;
            foreach (var name in AddressNames)
            {
                view["REG_" + name] = null;
            }
            view["LAST_COMMUNICATION_TIME"] = null;
        }
        else
        {
            view["FACE_ID"] = null;
        }
    }
}
