using B24RobotApp.Sandbox.Crm.Catalog;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.People;

namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>What a new portal has: the first pipeline, the usual directories, one currency, units of measure.</summary>
internal static class StandardDirectories
{
    /// <summary>The stages that a new pipeline gets.</summary>
    public static readonly IReadOnlyList<PipelineStage> DealStages =
    [
        new("NEW", "New"), new("PREPARATION", "Document preparation"), new("PREPAYMENT_INVOICE", "Prepayment invoice"),
        new("EXECUTING", "In progress"), new("FINAL_INVOICE", "Final invoice"), new("WON", "Deal successful", "S"),
        new("LOSE", "Deal failed", "F"), new("APOLOGY", "Failure reason analysis", "F"),
    ];

    public static void Fill(CrmData data)
    {
        var directories = data.Directories;
        Pipeline.Set(data, 0, "General", DealStages);

        foreach (var (id, name, semantics) in new[]
        {
            ("NEW", "Unassigned", null), ("IN_PROCESS", "Responsible assigned", null), ("PROCESSED", "Processed", null),
            ("CONVERTED", "Good lead", "S"), ("JUNK", "Junk lead", "F"),
        })
        {
            directories.AddStage("STATUS", id, name, "#39A8EF", semantics, system: true);
        }
        foreach (var (id, name, semantics) in new[]
        {
            ("DRAFT", "New", null), ("SENT", "Sent to client", null), ("APPROVED", "Approved", "S"), ("DECLAINED", "Declined", "F"),
        })
        {
            directories.AddStage("QUOTE_STATUS", id, name, "#39A8EF", semantics, system: true);
        }

        data.Categories.Add(new CrmCategory(7, EntityTypes.InvoiceId, "General") { IsDefault = true });
        AddDynamicStages(directories, EntityTypes.InvoiceId, "SMART_INVOICE_STAGE_7", 7);
        data.Categories.Add(new CrmCategory(0, EntityTypes.ContactId, "General") { IsDefault = true });
        data.Categories.Add(new CrmCategory(0, EntityTypes.CompanyId, "General") { IsDefault = true });

        Fill(directories, "SOURCE", ("CALL", "Call"), ("EMAIL", "E-Mail"), ("WEB", "Website"), ("ADVERTISING", "Advertising"),
            ("PARTNER", "Existing client"), ("RECOMMENDATION", "By recommendation"), ("TRADE_SHOW", "Show"), ("OTHER", "Other"));
        Fill(directories, "DEAL_TYPE", ("SALE", "Sale"), ("COMPLEX", "Complex sale"), ("GOODS", "Sale of goods"), ("SERVICES", "Sale of services"), ("SERVICE", "Service"));
        Fill(directories, "CONTACT_TYPE", ("CLIENT", "Clients"), ("SUPPLIER", "Suppliers"), ("PARTNER", "Partners"), ("OTHER", "Other"));
        Fill(directories, "COMPANY_TYPE", ("CUSTOMER", "Client"), ("SUPPLIER", "Supplier"), ("COMPETITOR", "Competitor"), ("PARTNER", "Partner"), ("OTHER", "Other"));
        Fill(directories, "INDUSTRY", ("IT", "Information technology"), ("TELECOM", "Telecommunication"), ("MANUFACTURING", "Manufacturing"), ("OTHER", "Other"));
        Fill(directories, "EMPLOYEES", ("EMPLOYEES_1", "less than 50"), ("EMPLOYEES_2", "50 - 250"), ("EMPLOYEES_3", "250 - 500"), ("EMPLOYEES_4", "over 500"));
        Fill(directories, "HONORIFIC", ("HNR_EN_1", "Mr."), ("HNR_EN_2", "Mrs."), ("HNR_EN_3", "Dr."));
        Fill(directories, "EVENT_TYPE", ("INFO", "Information"), ("PHONE", "Phone call"), ("MESSAGE", "E-mail sent"));

        data.Currencies.Add(new CrmCurrency("USD", "United States Dollar", "$#", 1) { IsBase = true });
        data.Departments.Add(new Department(1, "Company", null));
        data.Measures.AddRange(
        [
            new Measure(1, 6, "Metre", "m", "m", false), new Measure(2, 112, "Litre", "l", "l", false), new Measure(3, 163, "Gram", "g", "g", false),
            new Measure(4, 166, "Kilogram", "kg", "kg", false), new Measure(5, 796, "Piece", "pcs.", "pcs. 1", true),
        ]);
    }

    /// <summary>The stages of a smart process's pipeline: <c>DT147_9:NEW</c>.</summary>
    public static void AddDynamicStages(StatusDirectories directories, int entityTypeId, string directory, long categoryId)
    {
        foreach (var (id, name, color, semantics, system) in new[]
        {
            ("NEW", "Start", "#22B9FF", null, true), ("PREPARATION", "Preparation", "#88B9FF", null, false), ("CLIENT", "With the client", "#10E5FC", null, false),
            ("SUCCESS", "Success", "#00FF00", "S", true), ("FAIL", "Fail", "#FF0000", "F", true),
        })
        {
            directories.AddStage(directory, $"DT{entityTypeId}_{categoryId}:{id}", name, color, semantics, categoryId, system);
        }
    }

    private static void Fill(StatusDirectories directories, string entity, params (string Id, string Name)[] entries)
    {
        foreach (var (id, name) in entries)
        {
            directories.Add(entity, id, name, entry => entry with { NameInit = name });
        }
    }
}
