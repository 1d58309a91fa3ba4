using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>The methods of crm, user, im, catalog and disk.</summary>
public static class CrmMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.enum.ownertype", "crm", _ => new System.Text.Json.Nodes.JsonArray());
    }
}
