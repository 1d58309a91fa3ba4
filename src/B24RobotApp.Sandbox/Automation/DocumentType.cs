using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>How workflows name a kind of item: module <c>crm</c>, a class, and a name.</summary>
internal sealed record DocumentType(string Class, string Name)
{
    private const string Namespace = @"Bitrix\Crm\Integration\BizProc\Document\";

    public static DocumentType Of(EntityType type) => new(
        type.Id switch
        {
            EntityTypes.LeadId => "CCrmDocumentLead",
            EntityTypes.DealId => "CCrmDocumentDeal",
            EntityTypes.ContactId => "CCrmDocumentContact",
            EntityTypes.CompanyId => "CCrmDocumentCompany",
            EntityTypes.QuoteId => Namespace + "Quote",
            EntityTypes.InvoiceId => Namespace + "SmartInvoice",
            _ => Namespace + "Dynamic",
        },
        type.Code);

    /// <summary>Whether a robot's <c>FILTER</c> lets the designer offer it here.</summary>
    public bool IsOffered(JsonNode? filter)
    {
        var rules = filter.AsMap();
        var include = rules?["INCLUDE"].AsList();
        var exclude = rules?["EXCLUDE"].AsList();
        return (include is null or { Count: 0 } || include.Any(Matches)) && exclude?.Any(Matches) is not true;
    }

    /// <summary>A rule is the beginning of a document type, or names the edition; these portals are in the cloud.</summary>
    private bool Matches(JsonNode? rule) => rule.AsList() is { } parts
        ? parts.Select((part, i) => part.AsText() == (i switch { 0 => "crm", 1 => Class, _ => Name })).All(same => same)
        : rule.AsText() == "b24";
}
