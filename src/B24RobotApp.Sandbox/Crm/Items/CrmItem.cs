namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>A deal, contact, company or other item: values by upper-case field name, in .NET types.</summary>
internal sealed class CrmItem(EntityType type, long id)
{
    public EntityType Type => type;

    public long Id => id;

    /// <summary>
    /// What is kept: <see cref="string"/>, <see cref="long"/>, <see cref="decimal"/>, <see cref="bool"/>, <see cref="DateOnly"/>,
    /// <see cref="DateTimeOffset"/>, or a list of these for multiple fields. A field that was never written is absent.
    /// </summary>
    public Dictionary<string, object?> Values { get; private init; } = [];

    public List<Multifield> Multifields { get; private init; } = [];

    public List<ContactBinding> Contacts { get; private init; } = [];

    public object? this[string field]
    {
        get => type.Find(field) is { Computed: { } compute } ? compute(this) : Values.GetValueOrDefault(field);
        set => Values[field] = value;
    }

    public string? Text(string field) => Values.GetValueOrDefault(field) as string;

    public long Number(string field) => this[field] is long number ? number : 0;

    public decimal Amount(string field) => Values.GetValueOrDefault(field) is decimal amount ? amount : 0;

    public bool Flag(string field) => Values.GetValueOrDefault(field) is true;

    /// <summary>The item with all it holds under another id: a copy before a change, or what the recycle bin gives back.</summary>
    public CrmItem CopyAs(long newId) => new(type, newId)
    {
        Values = new(Values),
        Multifields = [.. Multifields],
        Contacts = [.. Contacts],
    };

    /// <summary>Whether both hold the same.</summary>
    public bool HoldsTheSame(CrmItem other) =>
        Contacts.SequenceEqual(other.Contacts)
        && Multifields.SequenceEqual(other.Multifields)
        && Values.Keys.Union(other.Values.Keys).All(field => SameValue(Values.GetValueOrDefault(field), other.Values.GetValueOrDefault(field)));

    private static bool SameValue(object? left, object? right) => (left, right) switch
    {
        (IReadOnlyList<object> a, IReadOnlyList<object> b) => a.SequenceEqual(b),
        _ => Equals(left, right),
    };
}
