namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>Why two fields or two values are believed to mean the same.</summary>
public enum SuggestionReason
{
    /// <summary>A system field, which means the same on every portal.</summary>
    SameSystemField,

    /// <summary>The same code (XML_ID), which somebody gave on purpose.</summary>
    SameXmlId,

    /// <summary>The same Russian label.</summary>
    SameRussianLabel,

    /// <summary>The same English label.</summary>
    SameEnglishLabel,

    /// <summary>The same label in the language of whoever asked.</summary>
    SameLabel,

    /// <summary>The same name of a user field.</summary>
    SameName,

    /// <summary>The same code of a value.</summary>
    SameCode,

    /// <summary>The same text of a value.</summary>
    SameText,

    /// <summary>Both stages mean won, or both mean lost.</summary>
    SameSemantics,
}

/// <summary>A pair of fields.</summary>
/// <param name="Source">The source portal's field.</param>
/// <param name="Esb">The ESB's field.</param>
/// <param name="Reasons">What speaks for it.</param>
/// <param name="IsConverted">Whether the types differ, so that the value is converted.</param>
/// <param name="Confidence">From 0 to 1.</param>
public sealed record FieldSuggestion(SchemaField Source, SchemaField Esb, IReadOnlyList<SuggestionReason> Reasons, bool IsConverted, double Confidence);

/// <summary>A pair of values.</summary>
/// <param name="Entry">The entry of a value table.</param>
/// <param name="EsbLabel">What people on the ESB call the value.</param>
/// <param name="Reason">What speaks for it.</param>
/// <param name="Confidence">From 0 to 1.</param>
public sealed record TableSuggestion(ValueTableEntry Entry, string EsbLabel, SuggestionReason Reason, double Confidence);

/// <summary>A value for which nothing was found.</summary>
public sealed record UnmatchedValue(string Kind, string Source, string Label);

/// <summary>What a profile between two portals could be.</summary>
public sealed record ProfileSuggestion
{
    /// <summary>The pairs, surest first.</summary>
    public required IReadOnlyList<FieldSuggestion> Fields { get; init; }

    /// <summary>The source portal's fields without a counterpart that somebody fills; a person may know one.</summary>
    public required IReadOnlyList<SchemaField> Unmatched { get; init; }

    public required IReadOnlyList<TableSuggestion> Tables { get; init; }

    public required IReadOnlyList<UnmatchedValue> UnmatchedValues { get; init; }
}
