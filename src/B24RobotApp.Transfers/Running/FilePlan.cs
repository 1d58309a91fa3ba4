using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Mapping.Templates;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Running;

/// <summary>A rule that carries files.</summary>
/// <param name="From">The source's field.</param>
/// <param name="To">The ESB's field.</param>
/// <param name="OnUpdate">What an update may do to the field.</param>
public sealed record FileRule(SchemaField From, SchemaField To, UpdatePolicy OnUpdate);

/// <summary>Which fields' files travel: those of the profile's rules that lead from a file field to a file field. All other rules are the mapper's.</summary>
public static class FilePlan
{
    /// <summary>Whether any rule leads to a file field of the ESB, so that the source's schema is worth loading.</summary>
    public static bool IsNeeded(IReadOnlyList<MappingRule> rules, PortalSchema esb) => rules.Any(rule => TargetOf(rule, esb) is not null);

    /// <summary>The rules that carry files and whose conditions hold, in the profile's order.</summary>
    public static IReadOnlyList<FileRule> Of(MappingInput input)
    {
        var templates = new RuleTemplates(input);
        return
        [
            .. from rule in input.Profile.Rules
               let to = TargetOf(rule, input.Esb)
               where to is not null
               let @from = input.SourceSchema.Fields.GetValueOrDefault(rule.From!)
               where IsFile(@from) && Counts(rule, templates)
               select new FileRule(@from, to, rule.OnUpdate ?? UpdatePolicy.Write),
        ];
    }

    // A condition that does not work is a problem of the mapping; a deal that has one is not written.
    private static bool Counts(MappingRule rule, RuleTemplates templates) =>
        rule.When is null || (templates.Render(rule.When, out var result) is null && LiquidTemplates.IsTrue(result));

    private static SchemaField? TargetOf(MappingRule rule, PortalSchema esb) =>
        rule.From is not null && esb.Fields.GetValueOrDefault(rule.To) is { IsReadOnly: false } to && IsFile(to) ? to : null;

    // System fields of this type (a contact's photo) are read and written in other ways.
    private static bool IsFile(SchemaField? field) => field is { Type: "file", IsUserField: true };
}
