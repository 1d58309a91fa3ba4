namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>Suggests a profile from the live schemas of both portals. Pure: no calls, no store, no clock.</summary>
public static class ProfileSuggester
{
    public static ProfileSuggestion Suggest(PortalSchema source, PortalSchema esb)
    {
        var fields = FieldSuggester.Suggest(source, esb);
        var (tables, unmatchedValues) = TableSuggester.Suggest(source, esb, fields);
        var paired = fields.Select(pair => pair.Source.Name).ToHashSet(StringComparer.Ordinal);
        return new ProfileSuggestion
        {
            Fields = fields,
            Unmatched = [.. source.AllFields.Where(field => field.IsUserField && FieldSuggester.IsProposed(field) && !paired.Contains(field.Name))],
            Tables = tables,
            UnmatchedValues = unmatchedValues,
        };
    }
}
