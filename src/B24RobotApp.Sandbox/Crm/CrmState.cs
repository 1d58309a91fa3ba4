using System.Globalization;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>The deals of a portal, as far as automation needs them.</summary>
public sealed class CrmState(SandboxPortal portal)
{
    private readonly SortedDictionary<long, Dictionary<string, string>> _deals = [];
    private long _lastId;

    /// <summary>All deals by id.</summary>
    public IEnumerable<DealSummary> Deals => _deals.Select(deal => Summary(deal.Key, deal.Value));

    public DealSummary? FindDeal(long id) => _deals.TryGetValue(id, out var deal) ? Summary(id, deal) : null;

    /// <summary>A deal's field by its upper-case name (<c>TITLE</c>, <c>UF_CRM_X</c>) as a robot's placeholder prints it.</summary>
    public string? FieldText(long dealId, string field) => _deals.GetValueOrDefault(dealId)?.GetValueOrDefault(field);

    /// <summary>What the built-in robot "change field" does: saves as the system, without stage robots unless the stage changes.</summary>
    public void SetField(long dealId, string field, string value) => _deals[dealId][field] = value;

    /// <summary>Moves a deal on, as a person or the robot "change stage" does; the stage's robots start.</summary>
    public void MoveDeal(long dealId, string stageId)
    {
        _deals[dealId]["STAGE_ID"] = stageId;
        portal.Automation.OnDealEntered(dealId, stageId, Summary(dealId, _deals[dealId]).CategoryId);
    }

    /// <summary>What the built-in robot "add comment" does.</summary>
    public void AddComment(long dealId, string text) => _deals[dealId]["COMMENTS"] = text;

    internal long AddDeal(string title, string stageId, int categoryId)
    {
        _deals.Add(++_lastId, new() { ["TITLE"] = title, ["STAGE_ID"] = stageId, ["CATEGORY_ID"] = categoryId.ToString(CultureInfo.InvariantCulture) });
        portal.Automation.OnDealEntered(_lastId, stageId, categoryId);
        return _lastId;
    }

    private static DealSummary Summary(long id, Dictionary<string, string> deal) =>
        new(id, deal["TITLE"], int.Parse(deal["CATEGORY_ID"], CultureInfo.InvariantCulture), deal["STAGE_ID"]);
}
