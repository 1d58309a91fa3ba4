namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>The kinds of items that every portal has, and how smart processes are made.</summary>
internal static class EntityTypes
{
    public const int LeadId = 1;
    public const int DealId = 2;
    public const int ContactId = 3;
    public const int CompanyId = 4;
    public const int OldInvoiceId = 5;
    public const int QuoteId = 7;
    public const int RequisiteId = 8;
    public const int InvoiceId = 31;
    public const int FirstSmartProcessId = 128;

    public static EntityType Lead() => new(EntityFields.Lead, EntityFields.Tail())
    {
        Id = LeadId,
        Code = "LEAD",
        ShortCode = "L",
        Title = "Lead",
        UserFieldEntity = "CRM_LEAD",
        EventCode = "LEAD",
        HasMultifields = true,
        HasProducts = true,
        StageDirectory = _ => "STATUS",
    };

    public static EntityType Deal() => new(EntityFields.Deal, EntityFields.Tail())
    {
        Id = DealId,
        Code = "DEAL",
        ShortCode = "D",
        Title = "Deal",
        UserFieldEntity = "CRM_DEAL",
        EventCode = "DEAL",
        HasProducts = true,
        HasCategories = true,
        StageDirectory = category => category == 0 ? "DEAL_STAGE" : $"DEAL_STAGE_{category}",
    };

    public static EntityType Contact() => new(EntityFields.Contact, EntityFields.ContactTail())
    {
        Id = ContactId,
        Code = "CONTACT",
        ShortCode = "C",
        Title = "Contact",
        UserFieldEntity = "CRM_CONTACT",
        EventCode = "CONTACT",
        HasMultifields = true,
        HasCategories = true,
    };

    public static EntityType Company() => new(EntityFields.Company, EntityFields.CompanyTail())
    {
        Id = CompanyId,
        Code = "COMPANY",
        ShortCode = "CO",
        Title = "Company",
        UserFieldEntity = "CRM_COMPANY",
        EventCode = "COMPANY",
        HasMultifields = true,
        HasCategories = true,
    };

    public static EntityType Quote() => new(EntityFields.Quote, EntityFields.Tail(withObservers: false))
    {
        Id = QuoteId,
        Code = "QUOTE",
        ShortCode = "Q",
        Title = "Estimate",
        UserFieldEntity = "CRM_QUOTE",
        EventCode = "QUOTE",
        HasProducts = true,
        StageDirectory = _ => "QUOTE_STATUS",
    };

    public static EntityType Invoice() => new(EntityFields.Invoice, EntityFields.Tail(withUtm: false))
    {
        Id = InvoiceId,
        Code = "SMART_INVOICE",
        ShortCode = "SI",
        Title = "Invoice",
        UserFieldEntity = "CRM_SMART_INVOICE",
        EventCode = "DYNAMICITEM",
        HasProducts = true,
        HasCategories = true,
        StageDirectory = category => $"SMART_INVOICE_STAGE_{category}",
    };

    public static EntityType Dynamic(int entityTypeId, string title, SmartProcess process) =>
        new(EntityFields.Dynamic(process), EntityFields.Tail(process.HasClient, process.HasObservers))
        {
            Id = entityTypeId,
            Code = $"DYNAMIC_{entityTypeId}",
            ShortCode = $"T{entityTypeId:x}",
            Title = title,
            UserFieldEntity = $"CRM_{process.Id}",
            EventCode = "DYNAMICITEM",
            HasProducts = process.HasProducts,
            HasCategories = true,
            StageDirectory = process.HasStages ? category => $"DYNAMIC_{entityTypeId}_STAGE_{category}" : null,
            SmartProcess = process,
        };
}
