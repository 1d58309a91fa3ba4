using System.Globalization;
using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>In which directories (<c>ENTITY_ID</c> of <c>crm.status.list</c>) the stages of each kind of item stand. Source: crm/status/index.md.</summary>
public static class StageDirectories
{
    /// <summary>Whether items of a kind have pipelines.</summary>
    public static bool HasPipelines(int entityTypeId) =>
        entityTypeId is CrmEntityTypes.Deal or CrmEntityTypes.SmartInvoice or >= CrmEntityTypes.FirstSmartProcess;

    /// <summary>The pipeline whose stages stand in a directory; <see langword="null"/> if it holds no stages of this kind. Kinds without pipelines have the pipeline 0.</summary>
    public static long? CategoryOf(int entityTypeId, string directory) => entityTypeId switch
    {
        CrmEntityTypes.Lead => directory == "STATUS" ? 0 : null,
        CrmEntityTypes.Quote => directory == "QUOTE_STATUS" ? 0 : null,
        CrmEntityTypes.Deal => directory == "DEAL_STAGE" ? 0 : Suffix(directory, "DEAL_STAGE_"),
        CrmEntityTypes.SmartInvoice => Suffix(directory, "SMART_INVOICE_STAGE_"),
        >= CrmEntityTypes.FirstSmartProcess => Suffix(directory, string.Create(CultureInfo.InvariantCulture, $"DYNAMIC_{entityTypeId}_STAGE_")),
        _ => null,
    };

    private static long? Suffix(string directory, string prefix) =>
        directory.StartsWith(prefix, StringComparison.Ordinal) && long.TryParse(directory.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;
}
