namespace B24RobotApp.Sandbox.Crm;

/// <summary>How a portal's CRM differs from another one's: its version and what its administrator chose.</summary>
public sealed class CrmSettings
{
    /// <summary>Whether <c>useOriginalUfNames</c> is known (crm 25.0.0 and later); older portals ignore it.</summary>
    public bool KnowsOriginalNames { get; set; } = true;

    /// <summary>
    /// <c>crm.item.list</c> with <c>useOriginalUfNames=Y</c> and a <c>select</c> answers with the user fields only, and with
    /// <c>[]</c> for items of which none was asked for. Portals of 2025 and 2026 do this (reported for the documentation as
    /// issues 263 and 368).
    /// </summary>
    public bool SelectWithOriginalNamesLosesSystemFields { get; set; } = true;

    /// <summary>Whether <c>=ownerId</c> of <c>crm.item.productrow.list</c> may be a list.</summary>
    public bool TakesOwnerLists { get; set; } = true;

    /// <summary>Whether REST writes must fill the mandatory user fields.</summary>
    public bool ChecksRequiredUserFields { get; set; }

    /// <summary>Whether 0 and "0" empty a number field, as they do on portals before the field classes knew better.</summary>
    public bool ZeroClears { get; set; } = true;

    /// <summary>Whether a choice that a list field does not have is an error; else it is dropped.</summary>
    public bool RefusesUnknownOptions { get; set; }

    /// <summary>Whether <c>[]</c> succeeds without effect on list fields, as on some portals.</summary>
    public bool EmptyListLeavesListFields { get; set; }

    /// <summary>Whether ids of stage history are texts, as on portals before August 2025.</summary>
    public bool HistoryIdsAreTexts { get; set; }

    /// <summary>Whether a change of pipeline removes the deal's earlier stage history, as on portals before August 2025.</summary>
    public bool PipelineChangeForgetsHistory { get; set; }

    /// <summary>Whether a deal that goes to another pipeline raises ONCRMDEALUPDATE beside ONCRMDEALMOVETOCATEGORY; by the documentation it does not.</summary>
    public bool PipelineChangeRaisesUpdate { get; set; }

    /// <summary>Whether <c>start=-1</c> saves the count in stage history; older portals ignore it there.</summary>
    public bool HistoryCountsCanBeSkipped { get; set; } = true;

    /// <summary>Whether invoices and smart processes have a stage history that can be read; portals before August 2025 have none.</summary>
    public bool HistoryKnowsSmartProcesses { get; set; } = true;

    /// <summary>Decimal places of prices; newer portals keep 8.</summary>
    public int PricePrecision { get; set; } = 2;
}
