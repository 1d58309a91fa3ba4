using System.Globalization;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>A deal's values in people's words: names for numbers.</summary>
internal static class DealFields
{
    /// <summary>The portal's own fields that a card shows, in its order.</summary>
    private static readonly string[] Shown =
    [
        "CATEGORY_ID", "STAGE_ID", "COMPANY_ID", "CONTACT_IDS", "ASSIGNED_BY_ID", "TYPE_ID", "SOURCE_ID", "BEGINDATE", "CLOSEDATE", "COMMENTS",
        "CREATED_TIME", "UPDATED_TIME", "ORIGINATOR_ID", "ORIGIN_ID",
    ];

    /// <summary>What a card shows: a title and a text for each field that holds something.</summary>
    public static IEnumerable<(string Title, string Text)> Of(PageRequest request, CrmItem deal)
    {
        var fields = Shown.Select(deal.Type.Find).OfType<CrmField>().Concat(deal.Type.Fields.Where(field => field.UserField is not null));
        return fields.Select(field => (Title(request, field), Text(request.Portal, deal, field))).Where(field => field.Item2.Length > 0);
    }

    public static string Title(PageRequest request, CrmField field) =>
        field.UserField is null && request.Texts.Find($"field.{field.Name}") is { } text ? text : field.Title;

    public static string Money(CrmItem deal) =>
        $"{deal.Amount("OPPORTUNITY").ToString("#,0.##", CultureInfo.InvariantCulture).Replace(',', '\u00A0')} {deal.Text("CURRENCY_ID")}";

    public static string Client(SandboxPortal portal, CrmItem deal) => string.Join(", ", new[] { Name(portal, EntityTypes.CompanyId, deal.Number("COMPANY_ID")) }
        .Concat(deal.Contacts.Select(contact => Name(portal, EntityTypes.ContactId, contact.ContactId))).Where(name => name.Length > 0));

    public static string Name(SandboxPortal portal, int entityTypeId, long id) => portal.Crm.Data.FindStore(entityTypeId)?.Find(id) is { } item
        ? item.Text("TITLE") ?? string.Join(' ', new[] { item.Text("NAME"), item.Text("LAST_NAME") }.Where(part => !string.IsNullOrEmpty(part)))
        : "";

    private static string Text(SandboxPortal portal, CrmItem deal, CrmField field)
    {
        if (field.Name == "CONTACT_IDS")
        {
            return string.Join(", ", deal.Contacts.Select(contact => Name(portal, EntityTypes.ContactId, contact.ContactId)));
        }
        return deal[field.Name] is { } value
            ? string.Join(", ", (value as IReadOnlyList<object> ?? [value]).Select(item => One(portal, deal, field, item)).Where(text => text.Length > 0))
            : "";
    }

    private static string One(SandboxPortal portal, CrmItem deal, CrmField field, object value) => (field.Type, value) switch
    {
        (FieldType.Enumeration, long id) => field.UserField!.Options.FirstOrDefault(option => option.Id == id)?.Value ?? "",
        (FieldType.User or FieldType.Employee, long id) => portal.FindUser(id) is { } user ? $"{user.Name} {user.LastName}" : id == 0 ? "" : $"{id}",
        (FieldType.Company, long id) => Name(portal, EntityTypes.CompanyId, id),
        (FieldType.Contact, long id) => Name(portal, EntityTypes.ContactId, id),
        (FieldType.Category, long id) => portal.Crm.Pipelines.FirstOrDefault(pipeline => pipeline.Id == id).Name ?? "",
        (FieldType.File, long id) => portal.Crm.Data.Files.Find(id)?.Name ?? "",
        (FieldType.Status, string code) => Status(portal, deal, field, code),
        _ => FieldOutput.Plain(value, portal.ServerOffset),
    };

    private static string Status(SandboxPortal portal, CrmItem deal, CrmField field, string code) =>
        (field.Name == "STAGE_ID"
            ? portal.Crm.Data.Stages(deal.Type, deal.Number("CATEGORY_ID"))
            : portal.Crm.Data.Directories.Of(field.StatusType ?? "")).FirstOrDefault(status => status.StatusId == code)?.Name ?? code;
}
