using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>How a deal of a source portal becomes a deal of the ESB: one readable JSON document.</summary>
public sealed record MappingProfile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>The form of the document: 2, or 1, which knows fewer members.</summary>
    public required int Schema { get; init; }

    /// <summary>The profile's name by language.</summary>
    public required IReadOnlyDictionary<string, string> Name { get; init; }

    /// <summary>The ESB's user, by id or e-mail, who is responsible where the robot names nobody; empty: the incoming webhook's user.</summary>
    public string Responsible { get; init; } = "";

    /// <summary>The ESB's pipeline (id) where the robot names none; empty: the default pipeline.</summary>
    public string Category { get; init; } = "";

    /// <summary>The ESB's stage (code) where the robot names none; empty: the pipeline's first.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The kind of item that is sent: <c>deal</c>, <c>lead</c>, <c>quote</c>, <c>invoice</c> or <c>dynamic_147</c>; <c>dynamic</c> for all smart processes.</summary>
    public string From { get; init; } = "deal";

    /// <summary>The kind of item that it becomes on the ESB, as <see cref="From"/>.</summary>
    public string To { get; init; } = "deal";

    /// <summary>Whether deals that came through this app themselves are passed on to a third portal. They never go back to a portal they came through.</summary>
    public bool PassOn { get; init; }

    public ClientRules Client { get; init; } = new();

    public ProductRules Products { get; init; } = new();

    public ProfileTables Tables { get; init; } = new();

    /// <summary>Fixed exchange rates: <c>USD>RUB</c> to how many of the second one is worth of the first. They are used where the table of currencies names the second for the first.</summary>
    public IReadOnlyDictionary<string, decimal> Rates { get; init; } = new Dictionary<string, decimal>();

    /// <summary>The ESB's user, by id or e-mail, who stands in for an employee without a counterpart; empty: nobody does.</summary>
    public string UserDefault { get; init; } = "";

    public required IReadOnlyList<MappingRule> Rules { get; init; }

    /// <summary>The document's form as a JSON Schema, for editors; published as <c>app-manifest/profiles/profile.schema.json</c>.</summary>
    public static JsonNode DescribeForm() => Json.GetJsonSchemaAsNode(typeof(MappingProfile), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });

    /// <summary>Reads a profile; the problem says where the document is wrong.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out MappingProfile? profile, [NotNullWhen(false)] out string? problem)
    {
        profile = null;
        try
        {
            profile = JsonSerializer.Deserialize<MappingProfile>(json, Json);
        }
        catch (JsonException exception)
        {
            problem = $"The profile is not readable at {exception.Path ?? "$"}, line {exception.LineNumber + 1}: {exception.Message}";
            return false;
        }

        problem = profile is null ? "The profile is empty." : profile.FindProblem();
        return problem is null;
    }

    /// <summary>Whether it is made for a kind of item.</summary>
    public bool IsFor(CrmKind kind) => From == kind.Name || (From == "dynamic" && kind.EntityTypeId >= CrmEntityTypes.FirstSmartProcess);

    private string? FindProblem()
    {
        if (Schema is not (1 or 2))
        {
            return $"The profile has the form (schema) {Schema}; this version of the app reads forms 1 and 2.";
        }

        if (From != "dynamic" && CrmKind.Find(From) is null)
        {
            return $"\"from\": «{From}» is no kind of item; there are deal, lead, quote, invoice, dynamic and dynamic_<number>.";
        }

        if (CrmKind.Find(To) is null)
        {
            return $"\"to\": «{To}» is no kind of item; there are deal, lead, quote, invoice and dynamic_<number>.";
        }

        if (Rates.FirstOrDefault(rate => rate.Value <= 0 || rate.Key.Split('>') is not [{ Length: 3 }, { Length: 3 }]) is { Key: { } key })
        {
            return $"The rate «{key}» must be written as \"USD>RUB\" with a number above zero.";
        }

        if (Rules.Select(rule => rule.FindProblem()).FirstOrDefault(problem => problem is not null) is { } found)
        {
            return found;
        }

        var twice = Rules.Where(rule => rule.When is null).GroupBy(rule => rule.To, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? null : $"The field «{twice.Key}» has more than one rule without a condition; leave one of them, or give them conditions (\"when\").";
    }
}
