using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Transfers.Mapping.Values;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What had to be asked for before a deal could be mapped: who and what its ids mean.</summary>
public sealed record MappingLookups
{
    public static readonly MappingLookups None = new();

    /// <summary>Employees of the source portal by id.</summary>
    public IReadOnlyDictionary<long, PortalUser> SourceUsers { get; init; } = new Dictionary<long, PortalUser>();

    /// <summary>Ids of the ESB's active employees, by id or e-mail as they were asked for; <see langword="null"/>: there is none.</summary>
    public IReadOnlyDictionary<string, long?> EsbUsers { get; init; } = new Dictionary<string, long?>();

    /// <summary>What things of the source portal have become on the ESB.</summary>
    public IReadOnlyDictionary<CrmReference, long> Counterparts { get; init; } = new Dictionary<CrmReference, long>();

    /// <summary>What people call things of the source portal.</summary>
    public IReadOnlyDictionary<CrmReference, string> Titles { get; init; } = new Dictionary<CrmReference, string>();
}

/// <summary>What has to be asked for.</summary>
/// <param name="SourceUsers">Employees of the source portal.</param>
/// <param name="Items">Other CRM items that the deal points to.</param>
/// <param name="ByTitle">Those of them whose titles are needed.</param>
public sealed record MappingNeeds(IReadOnlySet<long> SourceUsers, IReadOnlySet<CrmReference> Items, IReadOnlySet<CrmReference> ByTitle)
{
    /// <summary>Looks a deal through with the eyes of a profile.</summary>
    public static MappingNeeds Of(MappingInput input)
    {
        var users = new HashSet<long>();
        var items = new HashSet<CrmReference>();
        var byTitle = new HashSet<CrmReference>();
        var templates = input.Profile.Rules.SelectMany(rule => new[] { rule.Template, rule.When }).OfType<string>().ToList();

        // A rule may name a system field by its older name.
        var rules = input.Profile.Rules
            .Where(rule => rule.From is not null)
            .ToLookup(rule => input.SourceSchema.Fields.GetValueOrDefault(rule.From!)?.Name ?? rule.From!, StringComparer.OrdinalIgnoreCase);
        foreach (var field in input.SourceSchema.AllFields)
        {
            var kind = CrmReference.KindOf(field);
            var isNamed = rules.Contains(field.Name) || templates.Any(template => template.Contains(field.Name, StringComparison.OrdinalIgnoreCase));
            if ((field.Type is not ("user" or "employee") && kind is null) || !isNamed || !input.Source.Deal.TryGetProperty(field.Name, out var value))
            {
                continue;
            }

            foreach (var one in SourceValues.Read(value, field, input))
            {
                if (one is SourceValue.OfUser user)
                {
                    users.Add(user.Number);
                }
                else if (one is SourceValue.OfItem item)
                {
                    var reference = new CrmReference(item.EntityTypeId, item.Number);
                    items.Add(reference);
                    if (!rules.Contains(field.Name) || rules[field.Name].Any(rule => !IsReference(input, rule)))
                    {
                        byTitle.Add(reference);
                    }
                }
            }
        }

        return new MappingNeeds(users, items, byTitle);
    }

    private static bool IsReference(MappingInput input, MappingRule rule) =>
        input.Esb.Fields.TryGetValue(rule.To, out var field) && CrmReference.KindOf(field) is not null;
}
