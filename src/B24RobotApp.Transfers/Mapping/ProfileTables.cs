using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>Which value of the source portal is which value on the ESB, as the profile's document says it. A portal's own tables come before these.</summary>
public sealed record ProfileTables
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Stages by code; the ESB's stage says its pipeline.</summary>
    public IReadOnlyDictionary<string, string> Stages { get; init; } = None;

    /// <summary>Pipelines: the source's id to the ESB's id or name.</summary>
    public IReadOnlyDictionary<string, string> Categories { get; init; } = None;

    public IReadOnlyDictionary<string, string> Sources { get; init; } = None;

    public IReadOnlyDictionary<string, string> DealTypes { get; init; } = None;

    /// <summary>Employees: the source's id to the ESB's id or e-mail.</summary>
    public IReadOnlyDictionary<string, string> Users { get; init; } = None;

    public IReadOnlyDictionary<string, string> Currencies { get; init; } = None;

    /// <summary>Units of measure by code.</summary>
    public IReadOnlyDictionary<string, string> Measures { get; init; } = None;

    /// <summary>Products by id.</summary>
    public IReadOnlyDictionary<string, string> Products { get; init; } = None;

    /// <summary>Choices of list fields: by the source's field, from its text to the ESB's text.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Lists { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Entries of other directories: by the directory, from code to code.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Statuses { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>The ESB's counterpart of a value.</summary>
    /// <param name="kind">The table, as value tables name it: <c>stages</c>, <c>lists:UF_CRM_X</c>.</param>
    /// <param name="source">The source's value.</param>
    /// <param name="esb">The ESB's value.</param>
    public bool TryFind(string kind, string source, [NotNullWhen(true)] out string? esb)
    {
        var table = kind.Split(':', 2) switch
        {
            ["lists", var field] => Lists.GetValueOrDefault(field),
            ["statuses", var directory] => Statuses.GetValueOrDefault(directory),
            ["stages"] => Stages,
            ["categories"] => Categories,
            ["sources"] => Sources,
            ["dealTypes"] => DealTypes,
            ["users"] => Users,
            ["currencies"] => Currencies,
            ["measures"] => Measures,
            ["products"] => Products,
            _ => null,
        };
        esb = table?.GetValueOrDefault(source);
        return esb is not null;
    }
}
