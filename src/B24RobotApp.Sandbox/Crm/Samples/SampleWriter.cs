using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm.Samples;

/// <summary>Fills a portal through its own methods, so that samples are what clients could have made.</summary>
internal sealed class SampleWriter(SandboxPortal portal)
{
    public void Users(params IReadOnlyList<SandboxUser> users)
    {
        foreach (var user in users)
        {
            if (portal.FindUser(user.Id) is { } known)
            {
                portal.Users.Remove(known);
            }
            portal.Users.Add(user);
        }
    }

    /// <summary>The currencies in place of those of a new portal; the first one is the base.</summary>
    public void Currencies(params IReadOnlyList<CrmCurrency> currencies)
    {
        portal.Crm.Data.Currencies.Clear();
        portal.Crm.Data.Currencies.AddRange(currencies.Select((currency, index) => currency with { IsBase = index == 0, Sort = (index + 1) * 100 }));
    }

    public void Field(string entity, string name, string type, string label, [StringSyntax(StringSyntaxAttribute.Json)] string further = "{}")
    {
        var fields = Parse(further);
        fields["FIELD_NAME"] = name;
        fields["USER_TYPE_ID"] = type;
        fields["LABEL"] = label;
        portal.Call($"crm.{entity}.userfield.add", new() { ["fields"] = fields });
    }

    /// <summary>Creates an item and returns its id.</summary>
    public long Item(int entityTypeId, [StringSyntax(StringSyntaxAttribute.Json)] string fields, long userId = 1) =>
        portal.Call("crm.item.add", new() { ["entityTypeId"] = entityTypeId, ["fields"] = Parse(fields), ["useOriginalUfNames"] = "Y" }, userId)!["item"]!["id"].ToLong();

    public void Rows(long dealId, [StringSyntax(StringSyntaxAttribute.Json)] string rows) =>
        portal.Call("crm.item.productrow.set", new() { ["ownerType"] = "D", ["ownerId"] = dealId, ["productRows"] = JsonNode.Parse(rows) });

    public void Requisite([StringSyntax(StringSyntaxAttribute.Json)] string fields) =>
        portal.Call("crm.requisite.add", new() { ["fields"] = Parse(fields) });

    /// <summary>The id of a list field's choice by its code.</summary>
    public long Option(string field, string xmlId) =>
        portal.Crm.Data.Deals.Type.UserFields.First(known => known.Name == field).Options.First(option => option.XmlId == xmlId).Id;

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
