namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>A suggestion as command line and pages show it.</summary>
public sealed record SuggestionView(
    IReadOnlyList<SuggestionView.FieldPair> Fields, IReadOnlyList<SuggestionView.ValuePair> Tables, IReadOnlyList<SuggestionView.Field> Unmatched,
    IReadOnlyList<UnmatchedValue> UnmatchedValues, string Document)
{
    public static SuggestionView Of(ProfileSuggestion suggestion, string document, ProfileTexts texts)
    {
        Reasoned Reason(SuggestionReason reason) => new(reason, texts.Reason(reason));
        return new SuggestionView(
            [.. suggestion.Fields.Select(pair => new FieldPair(
                pair.Source.Name, texts.LabelOf(pair.Source), pair.Source.Type, pair.Esb.Name, texts.LabelOf(pair.Esb), pair.Esb.Type,
                [.. pair.Reasons.Select(Reason)], pair.IsConverted, pair.Confidence))],
            [.. suggestion.Tables.Select(table => new ValuePair(
                table.Entry.Kind, table.Entry.Source, table.Entry.Label, table.Entry.Esb, table.EsbLabel, Reason(table.Reason), table.Confidence))],
            [.. suggestion.Unmatched.Select(field => new Field(field.Name, texts.LabelOf(field), field.Type))],
            suggestion.UnmatchedValues,
            document);
    }

    public sealed record Reasoned(SuggestionReason Code, string Text);

    public sealed record Field(string Name, string Label, string Type);

    public sealed record FieldPair(
        string From, string FromLabel, string FromType, string To, string ToLabel, string ToType, IReadOnlyList<Reasoned> Reasons, bool Converted, double Confidence);

    public sealed record ValuePair(string Kind, string Source, string SourceLabel, string Esb, string EsbLabel, Reasoned Reason, double Confidence);
}
