using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What an update may do to a field that the ESB's people may have touched meanwhile.</summary>
public enum UpdatePolicy
{
    /// <summary>The source's value replaces what stands there.</summary>
    Write,

    /// <summary>Written when the deal is created, left alone afterwards.</summary>
    Never,
}

/// <summary>Where one field of the ESB's deal gets its value from.</summary>
public sealed record MappingRule
{
    /// <summary>The ESB's field by its original name: <c>opportunity</c>, <c>UF_CRM_X</c>.</summary>
    public required string To { get; init; }

    /// <summary>The source deal's field by its original name; exactly one of this and <see cref="Constant"/> is given.</summary>
    public string? From { get; init; }

    /// <summary>A fixed value: a text, a number, or a list of these.</summary>
    public JsonNode? Constant { get; init; }

    public UpdatePolicy OnUpdate { get; init; } = UpdatePolicy.Write;
}

/// <summary>How a deal of a source portal becomes a deal of the ESB: one readable JSON document.</summary>
public sealed record MappingProfile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Version of the document's form; 1.</summary>
    public required int Schema { get; init; }

    /// <summary>The profile's name by language.</summary>
    public required IReadOnlyDictionary<string, string> Name { get; init; }

    /// <summary>The ESB's user, by id or e-mail, who is responsible where the robot names nobody; empty: the incoming webhook's user.</summary>
    public string Responsible { get; init; } = "";

    /// <summary>The ESB's pipeline (id) where the robot names none; empty: the default pipeline.</summary>
    public string Category { get; init; } = "";

    /// <summary>The ESB's stage (code) where the robot names none; empty: the pipeline's first.</summary>
    public string Stage { get; init; } = "";

    public required IReadOnlyList<MappingRule> Rules { get; init; }

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

    private string? FindProblem()
    {
        if (Schema != 1)
        {
            return $"The profile has the form (schema) {Schema}; this version of the app reads form 1.";
        }

        foreach (var rule in Rules)
        {
            if (rule.To.Length == 0 || (rule.From is null) == (rule.Constant is null))
            {
                return $"The rule for the field «{rule.To}» needs a target and exactly one of \"from\" and \"constant\".";
            }
        }

        var twice = Rules.GroupBy(rule => rule.To).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? null : $"The field «{twice.Key}» has more than one rule; leave one of them.";
    }
}
