using B24RobotApp.Sandbox.Crm.Fields;
using static B24RobotApp.Sandbox.Crm.Fields.FieldFlags;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>The system fields of each kind of item, in the order of a portal's answers.</summary>
internal static class EntityFields
{
    public static readonly CrmField[] Deal =
    [
        Id(), Created("CREATED_TIME"), Off("DATE_CREATE_SHORT", FieldType.DateTime), Updated("UPDATED_TIME"), Off("DATE_MODIFY_SHORT", FieldType.DateTime),
        Of("CREATED_BY", FieldType.User, "Created by", ReadOnly), Of("UPDATED_BY", FieldType.User, "Modified by", ReadOnly), Assigned(), Opened(),
        Of("LEAD_ID", FieldType.Lead, "Lead"), .. Client(), Of("QUOTE_ID", FieldType.Quote, "Estimate"), Of("TITLE", FieldType.String, "Name"),
        Off("PRODUCT_ID"), Category(), Stage("DEAL_STAGE"), Of("STAGE_SEMANTIC_ID", FieldType.String, "Stage group", ReadOnly),
        Of("IS_NEW", FieldType.Boolean, "New deal", ReadOnly), Of("IS_RECURRING", FieldType.Boolean, "Recurring deal"),
        Of("IS_RETURN_CUSTOMER", FieldType.Boolean, "Repeat deal"), Of("IS_REPEATED_APPROACH", FieldType.Boolean, "Repeat inquiry"),
        Of("CLOSED", FieldType.Boolean, "Closed"), Directory("TYPE_ID", "DEAL_TYPE", "Type"), .. Money(),
        Of("PROBABILITY", FieldType.Integer, "Probability"), Of("COMMENTS", FieldType.Text, "Comment"),
        Of("BEGINDATE", FieldType.Date, "Start date"), Off("BEGINDATE_SHORT", FieldType.DateTime),
        Of("CLOSEDATE", FieldType.Date, "Expected close date"), Off("CLOSEDATE_SHORT", FieldType.DateTime),
        Of("EVENT_DATE", FieldType.DateTime, "Event date"), Off("EVENT_DATE_SHORT", FieldType.DateTime),
        Directory("EVENT_ID", "EVENT_TYPE", "Event type"), Of("EVENT_DESCRIPTION", FieldType.Text, "Event description"),
        Of("LOCATION_ID", FieldType.Location, "Location"), Of("WEBFORM_ID", FieldType.Integer, "Created by CRM form"), .. Source(), .. Origin(),
        Of("ADDITIONAL_INFO", FieldType.String, "Additional information"), SearchContent(), Of("ORDER_STAGE", FieldType.String, "Payment stage"),
        .. Moved(), .. LastActivity(),
        Off("IS_WORK", FieldType.Boolean), Off("IS_WON", FieldType.Boolean), Off("IS_LOSE", FieldType.Boolean), Off("RECEIVED_AMOUNT"),
        Off("LOST_AMOUNT"), Off("HAS_PRODUCTS", FieldType.Boolean),
    ];

    public static readonly CrmField[] Lead =
    [
        Id(), Created("CREATED_TIME"), Off("DATE_CREATE_SHORT", FieldType.DateTime), Updated("UPDATED_TIME"), Off("DATE_MODIFY_SHORT", FieldType.DateTime),
        Of("CREATED_BY", FieldType.User, "Created by", ReadOnly), Of("UPDATED_BY", FieldType.User, "Modified by", ReadOnly), Assigned(), Opened(),
        .. Client(), Stage("STATUS"), Off("IS_CONVERT", FieldType.Boolean), Of("STATUS_DESCRIPTION", FieldType.Text, "More about the stage"),
        Of("STAGE_SEMANTIC_ID", FieldType.String, "Stage group", ReadOnly), Off("PRODUCT_ID"), Of("OPPORTUNITY", FieldType.Double, "Amount"),
        Currency(), .. Source(), Of("TITLE", FieldType.String, "Name"), .. PersonName(), Off("SHORT_NAME"),
        Of("COMPANY_TITLE", FieldType.String, "Company name"), Of("POST", FieldType.String, "Position"), Off("ADDRESS", FieldType.Text),
        Of("COMMENTS", FieldType.Text, "Comment"), Of("WEBFORM_ID", FieldType.Integer, "Created by CRM form"), .. Origin(),
        Of("DATE_CLOSED", FieldType.DateTime, "Closed on", ReadOnly), Of("BIRTHDATE", FieldType.Date, "Date of birth"),
        Directory("HONORIFIC", "HONORIFIC", "Salutation"), .. HasMultifields(), Off("LOGIN"),
        Of("IS_RETURN_CUSTOMER", FieldType.Boolean, "Repeat lead"), SearchContent(), Of("IS_MANUAL_OPPORTUNITY", FieldType.Boolean, "Amount by hand"),
        .. Moved(), .. LastActivity(), .. FlatMultifields(), Off("SKYPE"), Off("ICQ"),
    ];

    public static readonly CrmField[] Contact =
    [
        Id(), Created("CREATED_TIME"), Updated("UPDATED_TIME"),
        Of("CREATED_BY", FieldType.User, "Created by", ReadOnly), Of("UPDATED_BY", FieldType.User, "Modified by", ReadOnly), Assigned(), Opened(),
        Of("COMPANY_ID", FieldType.Company, "Company"), .. Source(), .. PersonName(), Off("SHORT_NAME"), Of("PHOTO", FieldType.File, "Photo"),
        Of("POST", FieldType.String, "Position"), Off("ADDRESS", FieldType.Text), Of("COMMENTS", FieldType.Text, "Comment"),
        Of("LEAD_ID", FieldType.Lead, "Lead"), Of("EXPORT", FieldType.Boolean, "Included in export"), Directory("TYPE_ID", "CONTACT_TYPE", "Type"),
        .. Origin(), Of("ORIGIN_VERSION", FieldType.String, "Original version"), Of("BIRTHDATE", FieldType.Date, "Date of birth"),
        Directory("HONORIFIC", "HONORIFIC", "Salutation"), .. HasMultifields(), SearchContent(), Category(), .. LastActivity(), Off("LOGIN"),
        .. FlatMultifields(),
    ];

    public static readonly CrmField[] Company =
    [
        Id(), Created("CREATED_TIME"), Updated("UPDATED_TIME"),
        Of("CREATED_BY", FieldType.User, "Created by", ReadOnly), Of("UPDATED_BY", FieldType.User, "Modified by", ReadOnly), Assigned(), Opened(),
        Of("TITLE", FieldType.String, "Company name"), Of("LOGO", FieldType.File, "Logo"), Off("ADDRESS", FieldType.Text),
        Of("ADDRESS_LEGAL", FieldType.Text, "Legal address"), Of("BANKING_DETAILS", FieldType.String, "Banking details"),
        Of("COMMENTS", FieldType.Text, "Comment"), Directory("TYPE_ID", "COMPANY_TYPE", "Type"), Directory("INDUSTRY", "INDUSTRY", "Industry"),
        Of("REVENUE", FieldType.Double, "Annual turnover"), Currency(), Directory("EMPLOYEES", "EMPLOYEES", "Employees"),
        Of("LEAD_ID", FieldType.Lead, "Lead"), .. Origin(), Of("ORIGIN_VERSION", FieldType.String, "Original version"), .. HasMultifields(),
        Of("IS_MY_COMPANY", FieldType.Boolean, "My company"), SearchContent(), Category(), .. LastActivity(), .. FlatMultifields(),
    ];

    public static readonly CrmField[] Quote =
    [
        Id(), Created("CREATED_TIME"), Off("DATE_CREATE_SHORT", FieldType.DateTime), Updated("UPDATED_TIME"), Off("DATE_MODIFY_SHORT", FieldType.DateTime),
        Of("CREATED_BY", FieldType.User, "Created by", ReadOnly), Of("UPDATED_BY", FieldType.User, "Modified by", ReadOnly), Assigned(), Opened(),
        Of("LEAD_ID", FieldType.Lead, "Lead"), Of("DEAL_ID", FieldType.Deal, "Deal"), .. Client(), Of("PERSON_TYPE_ID", FieldType.Integer, "Payer type"),
        Of("MYCOMPANY_ID", FieldType.Company, "Your company details"), Of("TITLE", FieldType.String, "Name"), Stage("QUOTE_STATUS"),
        Of("CLOSED", FieldType.Boolean, "Closed"), .. Money(), Of("COMMENTS", FieldType.Text, "Comment"), Of("COMMENTS_TYPE", FieldType.Integer, "Comment type"),
        Of("BEGINDATE", FieldType.Date, "Start date"), Off("BEGINDATE_SHORT", FieldType.DateTime),
        Of("CLOSEDATE", FieldType.Date, "End date"), Off("CLOSEDATE_SHORT", FieldType.DateTime),
        Of("QUOTE_NUMBER", FieldType.String, "Estimate number"), Of("CONTENT", FieldType.Text, "Content"), Of("CONTENT_TYPE", FieldType.Integer, "Content type"),
        Of("TERMS", FieldType.Text, "Terms"), Of("TERMS_TYPE", FieldType.Integer, "Terms type"), Of("LOCATION_ID", FieldType.Location, "Location"),
        Of("WEBFORM_ID", FieldType.Integer, "Created by CRM form"), SearchContent(), Off("HAS_PRODUCTS", FieldType.Boolean),
        Of("ACTUAL_DATE", FieldType.Date, "Valid until"), .. LastActivity(),
    ];

    public static readonly CrmField[] Invoice =
    [
        .. Dynamic(new SmartProcess(0) { CreatedTime = default, HasMyCompany = true }),
        Of("COMMENTS", FieldType.Text, "Comment"), Of("ACCOUNT_NUMBER", FieldType.String, "Invoice number"), Of("LOCATION_ID", FieldType.Location, "Location"),
    ];

    /// <summary>What follows the user fields of deals, leads and the like.</summary>
    public static CrmField[] Tail(bool withContacts = true, bool withObservers = true, bool withUtm = true) =>
    [
        .. withUtm ? Utm() : [],
        .. withObservers ? [Of("OBSERVERS", FieldType.User, "Observers", Multiple)] : Array.Empty<CrmField>(),
        .. withContacts ? ContactList() : [],
    ];

    public static CrmField[] ContactTail() =>
    [
        .. Utm(), Of("OBSERVERS", FieldType.User, "Observers", Multiple),
        new CrmField("COMPANY_IDS", FieldType.Company, "Companies", Multiple),
    ];

    public static CrmField[] CompanyTail() =>
    [
        .. Utm(), Of("OBSERVERS", FieldType.User, "Observers", Multiple), new CrmField("CONTACT_IDS", FieldType.Contact, "Contacts", Multiple),
    ];

    public static CrmField[] Dynamic(SmartProcess process) =>
    [
        Id(), Of("XML_ID", FieldType.String, "External code"), Of("TITLE", FieldType.String, "Name"),
        Of("CREATED_BY", FieldType.User, "Created by", ReadOnly), Of("UPDATED_BY", FieldType.User, "Updated by", ReadOnly),
        .. process.HasStages ? [Of("MOVED_BY", FieldType.User, "Moved by", ReadOnly)] : Array.Empty<CrmField>(),
        Created("CREATED_TIME"), Updated("UPDATED_TIME"),
        .. process.HasStages ? [Of("MOVED_TIME", FieldType.DateTime, "Moved at", ReadOnly)] : Array.Empty<CrmField>(),
        Category(), Opened(),
        .. process.HasStages ? [Stage(""), Directory("PREVIOUS_STAGE_ID", "", "Previous stage", ReadOnly)] : Array.Empty<CrmField>(),
        .. process.HasDates ? [Of("BEGINDATE", FieldType.Date, "Start date"), Of("CLOSEDATE", FieldType.Date, "End date")] : Array.Empty<CrmField>(),
        .. process.HasClient ? Client() : [],
        .. process.HasProducts ? Money() : [],
        .. process.HasMyCompany ? [Of("MYCOMPANY_ID", FieldType.Company, "Your company details")] : Array.Empty<CrmField>(),
        .. process.HasSource ? Source() : [],
        Of("WEBFORM_ID", FieldType.Integer, "Created by CRM form"), Assigned(), .. LastActivity(),
    ];

    private static CrmField Of(string name, string type, string title, FieldFlags flags = None) => new(name, type, title, flags);

    private static CrmField Off(string name, string type = FieldType.String) => new(name, type, name, Disabled | Undescribed);

    private static CrmField Directory(string name, string statusType, string title, FieldFlags flags = None) =>
        new(name, FieldType.Status, title, flags) { StatusType = statusType };

    private static CrmField Id() => new("ID", FieldType.Integer, "ID", ReadOnly) { Computed = item => item.Id };

    private static CrmField Created(string name) => Of(name, FieldType.DateTime, "Created at", ReadOnly);

    private static CrmField Updated(string name) => Of(name, FieldType.DateTime, "Updated at", ReadOnly);

    private static CrmField Assigned() => Of("ASSIGNED_BY_ID", FieldType.User, "Responsible", NeverEmpty);

    private static CrmField Opened() => Of("OPENED", FieldType.Boolean, "Available to everyone", Required);

    private static CrmField Category() => Of("CATEGORY_ID", FieldType.Category, "Pipeline", NeverEmpty);

    private static CrmField Stage(string statusType) => Directory("STAGE_ID", statusType, "Stage", NeverEmpty);

    private static CrmField Currency() => Of("CURRENCY_ID", FieldType.Currency, "Currency", NeverEmpty);

    private static CrmField SearchContent() => new("SEARCH_CONTENT", FieldType.Text, "Search content", Undescribed | ReadOnly)
    {
        Computed = item => string.Join(' ', new[] { item.Id.ToPhp(), item.Text("TITLE"), item.Text("NAME"), item.Text("LAST_NAME") }.Where(part => !string.IsNullOrEmpty(part))),
    };

    private static CrmField[] Client() =>
    [
        new("COMPANY_ID", FieldType.Company, "Company") { Settings = new() { ["parentEntityTypeId"] = 4 } },
        new("CONTACT_ID", FieldType.Contact, "Contact", Deprecated)
        {
            Computed = item => (item.Contacts.FirstOrDefault(contact => contact.IsPrimary) ?? item.Contacts.FirstOrDefault())?.ContactId ?? 0L,
        },
    ];

    private static CrmField[] ContactList() =>
    [
        new("CONTACT_IDS", FieldType.Contact, "CONTACT_IDS", Multiple) { Computed = item => item.Contacts.ConvertAll(contact => (object)contact.ContactId) },
        new("CONTACTS", FieldType.Contact, "CONTACTS", Multiple | DescribedOnly),
    ];

    private static CrmField[] Money() =>
    [
        Of("OPPORTUNITY", FieldType.Double, "Amount"), Of("IS_MANUAL_OPPORTUNITY", FieldType.Boolean, "Amount calculation mode"),
        Of("TAX_VALUE", FieldType.Double, "Tax amount"), Currency(),
    ];

    private static CrmField[] Source() =>
        [Directory("SOURCE_ID", "SOURCE", "Source"), Of("SOURCE_DESCRIPTION", FieldType.Text, "Additional source info")];

    private static CrmField[] Origin() =>
        [Of("ORIGINATOR_ID", FieldType.String, "External source"), Of("ORIGIN_ID", FieldType.String, "Id in the external source")];

    private static CrmField[] Moved() =>
        [Of("MOVED_BY", FieldType.User, "Moved by", ReadOnly), Of("MOVED_TIME", FieldType.DateTime, "Moved at", ReadOnly)];

    private static CrmField[] LastActivity() =>
        [Of("LAST_ACTIVITY_BY", FieldType.User, "Last activity by", ReadOnly), Of("LAST_ACTIVITY_TIME", FieldType.DateTime, "Last activity", ReadOnly)];

    private static CrmField[] PersonName() =>
        [Of("NAME", FieldType.String, "First name"), Of("LAST_NAME", FieldType.String, "Last name"), Of("SECOND_NAME", FieldType.String, "Middle name")];

    private static CrmField[] Utm() =>
    [
        Of("UTM_SOURCE", FieldType.String, "Advertising system"), Of("UTM_MEDIUM", FieldType.String, "Medium"),
        Of("UTM_CAMPAIGN", FieldType.String, "Campaign"), Of("UTM_CONTENT", FieldType.String, "Campaign content"), Of("UTM_TERM", FieldType.String, "Search term"),
    ];

    private static CrmField[] HasMultifields() =>
        [Has("HAS_PHONE", "PHONE"), Has("HAS_EMAIL", "EMAIL"), Has("HAS_IMOL", "IM")];

    private static CrmField Has(string name, string typeId) =>
        new(name, FieldType.Boolean, name, ReadOnly) { Computed = item => item.Multifields.Exists(value => value.TypeId == typeId) };

    /// <summary>The first phone and e-mail address of each kind, for clients that want no list.</summary>
    private static CrmField[] FlatMultifields() =>
    [
        First("PHONE_MOBILE", "PHONE", "MOBILE"), First("PHONE_WORK", "PHONE", "WORK"), First("PHONE_MAILING", "PHONE", "MAILING"),
        First("EMAIL_HOME", "EMAIL", "HOME"), First("EMAIL_WORK", "EMAIL", "WORK"), First("EMAIL_MAILING", "EMAIL", "MAILING"),
        First("IMOL", "IM", "IMOL"), First("EMAIL", "EMAIL", null), First("PHONE", "PHONE", null),
    ];

    private static CrmField First(string name, string typeId, string? valueType) => new(name, FieldType.String, name, Undescribed | ReadOnly)
    {
        Computed = item => item.Multifields.Find(value => value.TypeId == typeId && (valueType is null || value.ValueType == valueType))?.Value ?? "",
    };
}
