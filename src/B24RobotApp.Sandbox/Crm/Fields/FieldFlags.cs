namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>What may be done with a field.</summary>
[Flags]
internal enum FieldFlags
{
    None = 0,
    ReadOnly = 1,
    Required = 2,
    Immutable = 4,
    Multiple = 8,

    /// <summary>Kept for old clients: comes with every item and is always null.</summary>
    Disabled = 16,

    Deprecated = 32,

    /// <summary>Described, but not part of an item.</summary>
    DescribedOnly = 64,

    /// <summary>An update that would empty it leaves the old value.</summary>
    NeverEmpty = 128,

    /// <summary>Part of an item, but not described.</summary>
    Undescribed = 256,
}
