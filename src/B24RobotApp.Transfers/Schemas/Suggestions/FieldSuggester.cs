using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>
/// Finds which fields of two portals mean the same: by system name, by code, by label in either language and by name, where the types fit. Each field is used once, the surest pair first.
/// Between equals nothing is proposed: a person knows better. Pure.
/// </summary>
internal static class FieldSuggester
{
    /// <summary>Weaker pairs are more often wrong than right.</summary>
    private const double Least = 0.5;

    /// <summary>System fields whose values mean something on their own portal only, or that the app writes itself, or that follow from others.</summary>
    private static readonly HashSet<string> NotProposed = new(StringComparer.Ordinal)
    {
        "id", "xmlId", "stageId", "previousStageId", "categoryId", "assignedById", "observers", "companyId", "contactId", "contactIds", "companyIds", "mycompanyId", "leadId", "quoteId",
        "dealId", "webformId", "locationId", "originatorId", "originId", "originVersion", "opened", "closed", "isRecurring", "isReturnCustomer", "isRepeatedApproach", "searchContent",
        "taxValue", "orderStage", "fm", "isNew", "hasPhone", "hasEmail", "hasImol",
    };

    private static readonly (string Language, SuggestionReason Reason)[] Languages =
        [("ru", SuggestionReason.SameRussianLabel), ("en", SuggestionReason.SameEnglishLabel), (PortalSchema.OwnLanguage, SuggestionReason.SameLabel)];

    public static IReadOnlyList<FieldSuggestion> Suggest(PortalSchema source, PortalSchema esb)
    {
        var targets = esb.AllFields.Where(IsTarget).ToList();
        var candidates = source.AllFields.Where(IsProposed)
            .SelectMany(field => targets.Select(target => Weigh(field, target)))
            .OfType<FieldSuggestion>()
            .Where(candidate => candidate.Confidence >= Least)
            .OrderByDescending(candidate => candidate.Confidence)
            .ToList();
        var (sources, esbs, chosen) = (new HashSet<string>(), new HashSet<string>(), new List<FieldSuggestion>());
        foreach (var equals in candidates.GroupBy(candidate => candidate.Confidence))
        {
            var open = equals.Where(candidate => !sources.Contains(candidate.Source.Name) && !esbs.Contains(candidate.Esb.Name)).ToList();
            foreach (var candidate in open)
            {
                if (open.Count(other => other.Source == candidate.Source || other.Esb == candidate.Esb) == 1)
                {
                    chosen.Add(candidate);
                }

                // Those between whom nobody can decide are not left to a weaker pair either.
                sources.Add(candidate.Source.Name);
                esbs.Add(candidate.Esb.Name);
            }
        }

        return chosen;
    }

    /// <summary>Whether a field is one that a profile would carry at all.</summary>
    public static bool IsProposed(SchemaField field) =>
        field.IsUserField ? !Provenance.Fields.Any(own => own.Name == field.Name) : !NotProposed.Contains(field.Name) && !field.Name.StartsWith("parentId", StringComparison.Ordinal);

    private static bool IsTarget(SchemaField field) => IsProposed(field) && !field.IsReadOnly;

    private static FieldSuggestion? Weigh(SchemaField source, SchemaField esb)
    {
        var fit = TypeFit.Of(source, esb);
        if (fit == 0)
        {
            return null;
        }

        var reasons = new List<(SuggestionReason Reason, double Weight)>();
        if (!source.IsUserField && source.Name == esb.Name)
        {
            reasons.Add((SuggestionReason.SameSystemField, 1));
        }
        else if (source.IsUserField && esb.IsUserField && source.XmlId is { } code && code == esb.XmlId && !IsOwnName(source) && !IsOwnName(esb))
        {
            reasons.Add((SuggestionReason.SameXmlId, 0.95));
        }

        var labels = Languages.Where(language => LabelText.AreSame(Label(source, language.Language), Label(esb, language.Language))).ToList();
        foreach (var (_, reason) in labels.Where(label => labels.Count == 1 || label.Language != PortalSchema.OwnLanguage))
        {
            reasons.Add((reason, 0.8));
        }

        if (source.IsUserField && source.Name == esb.Name)
        {
            // Names are given anew on each portal: under the same name with other labels something else is meant, more often than not.
            reasons.Add((SuggestionReason.SameName, reasons.Count > 0 ? 0.8 : AreLabelled(source, esb) ? 0.4 : 0.7));
        }

        return reasons.Count == 0
            ? null
            : new FieldSuggestion(
                source, esb, [.. reasons.Select(reason => reason.Reason)], source.Type != esb.Type || source.IsMultiple != esb.IsMultiple,
                Math.Round(fit * (1 - reasons.Aggregate(1.0, (doubt, reason) => doubt * (1 - reason.Weight))), 3));
    }

    /// <summary>A portal that was not given a code repeats the field's name.</summary>
    private static bool IsOwnName(SchemaField field) => field.XmlId == field.Name;

    private static string? Label(SchemaField field, string language) =>
        field.Labels.GetValueOrDefault(language) is { } label && label != field.Name && label != field.PortalName ? label : null;

    private static bool AreLabelled(SchemaField source, SchemaField esb) =>
        Languages.Any(language => Label(source, language.Language) is not null && Label(esb, language.Language) is not null);
}
