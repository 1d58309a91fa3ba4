using System.Text.Json;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Running;

/// <summary>Tells where the value of a field on the ESB comes from.</summary>
internal sealed class FieldOrigins
{
    private readonly SourceDeal _source;
    private readonly string _language;
    private readonly Dictionary<string, SchemaField> _fields;
    private readonly Dictionary<string, MappingRule> _rules = new(StringComparer.Ordinal);

    /// <param name="profile">The profile by which the deal is mapped.</param>
    /// <param name="esb">The fields of the ESB.</param>
    /// <param name="source">The deal as it was read.</param>
    /// <param name="language">In which language fields are called.</param>
    public FieldOrigins(MappingProfile profile, PortalSchema esb, SourceDeal source, string language)
    {
        _source = source;
        _language = language;
        _fields = esb.AllFields.ToDictionary(field => field.PortalName, StringComparer.Ordinal);
        foreach (var rule in profile.Rules)
        {
            if (esb.Fields.TryGetValue(rule.To, out var field))
            {
                _rules[field.PortalName] = rule;
            }
        }
    }

    /// <summary>The origin of one field's value.</summary>
    /// <param name="portalName">The field as the ESB names it.</param>
    public FieldOrigin Of(string portalName)
    {
        var field = _fields.GetValueOrDefault(portalName);
        var rule = _rules.GetValueOrDefault(portalName);
        var name = field?.Name ?? portalName;
        return new FieldOrigin(
            name,
            field?.Label(_language) ?? portalName,
            rule is null ? IsOwn(name) ? "app" : "robot" : Words(rule),
            rule?.From is { } from && _source.Deal.TryGetProperty(from, out var read) ? read : null);
    }

    private static bool IsOwn(string name) =>
        name is "originatorId" or "originId" or "isManualOpportunity" or "categoryId" or "companyId" or "contactIds" || Provenance.Fields.Any(field => field.Name == name);

    private static string Words(MappingRule rule) => rule switch
    {
        { From: { } from } => $"from {from}",
        { Template: { } template } => $"template {template}",
        { Property: { } property } => $"property {property}",
        _ => $"constant {rule.Constant?.ToJsonString()}",
    };
}

/// <summary>Where the value of a field on the ESB comes from.</summary>
/// <param name="Field">Its name in profiles.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Rule">The rule's words, <c>robot</c> or <c>app</c>.</param>
/// <param name="Source">The source's value, if one field of the deal is the source.</param>
internal sealed record FieldOrigin(string Field, string Label, string Rule, JsonElement? Source);
