using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>A user field of deals: one of the types a portal has, for one value or for several.</summary>
internal sealed record UserField(string Type, bool IsMultiple)
{
    public static readonly string[] Types =
        ["string", "url", "address", "integer", "double", "boolean", "money", "date", "datetime", "enumeration", "crm_status", "employee", "crm"];

    /// <summary>Every type for one value and for several; a portal knows no list of booleans.</summary>
    public static IEnumerable<UserField> All =>
        Types.SelectMany(type => type == "boolean" ? [new UserField(type, false)] : new[] { new UserField(type, false), new UserField(type, true) });

    public override string ToString() => IsMultiple ? $"{Type}[]" : Type;

    /// <param name="portal">Gets the field <c>UF_CRM_{code}</c>.</param>
    /// <param name="code">The name without <c>UF_CRM_</c>.</param>
    /// <param name="choices">The options of a list, in the order of their ids.</param>
    public void AddTo(SandboxPortal portal, string code, IEnumerable<string> choices)
    {
        var fields = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = Type, ["MULTIPLE"] = IsMultiple ? "Y" : "N" };
        if (Type == "enumeration")
        {
            fields["LIST"] = new JsonArray([.. choices.Select(value => new JsonObject { ["VALUE"] = value })]);
        }
        else if (Type == "crm_status")
        {
            fields["SETTINGS"] = new JsonObject { ["ENTITY_TYPE"] = "SOURCE" };
        }
        else if (Type == "crm")
        {
            fields["SETTINGS"] = new JsonObject { ["CONTACT"] = "Y", ["COMPANY"] = "Y" };
        }

        portal.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = fields });
    }
}
