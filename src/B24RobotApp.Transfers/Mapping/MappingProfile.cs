using System.Diagnostics.CodeAnalysis;
using System.Globalization;
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
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Where the document's form is described, for editors; nothing is read from there.</summary>
    [JsonPropertyName("$schema")]
    public string? Form { get; init; }

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

    /// <summary>What goes back to the source when it changes on the ESB.</summary>
    public IReadOnlyList<WriteBackRule> WriteBack { get; init; } = [];

    /// <summary>Whether each change of the ESB's stage is noted in the source item's timeline, as one quiet entry.</summary>
    public bool LogStages { get; init; }

    /// <summary>Whether a template names the client, so that it has to be read even where it does not travel.</summary>
    [JsonIgnore]
    public bool NamesClient => Rules.Any(rule => NamesTheClient(rule.Template) || NamesTheClient(rule.When));

    private static bool NamesTheClient(string? template) =>
        template is not null && (template.Contains("company", StringComparison.Ordinal) || template.Contains("contact", StringComparison.Ordinal));

    /// <summary>The document's form as a JSON Schema, for editors; published as <c>app-manifest/profiles/profile.schema.json</c>.</summary>
    public static JsonNode DescribeForm() => Json.GetJsonSchemaAsNode(typeof(MappingProfile), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });

    /// <summary>Reads a profile; the problem is the first of those that <see cref="FindProblems"/> lists.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out MappingProfile? profile, [NotNullWhen(false)] out ProfileProblem? problem)
    {
        problem = Read(json, out profile).FirstOrDefault();
        return problem is null && profile is not null;
    }

    /// <summary>All that is wrong with a document; what makes it unreadable hides the rest.</summary>
    public static IReadOnlyList<ProfileProblem> FindProblems(string json) => [.. Read(json, out _)];

    private static IEnumerable<ProfileProblem> Read(string json, out MappingProfile? profile)
    {
        profile = null;
        try
        {
            profile = JsonSerializer.Deserialize<MappingProfile>(json, Json);
        }
        catch (JsonException exception)
        {
            // The message ends with the place, which is told apart.
            var message = exception.Message.Split(" Path: ")[0];
            return
            [
                new(exception.Path ?? "$", $"Документ профиля не читается: {message} Исправьте это место.", $"The profile is not readable: {message} Correct this place.") { Line = exception.LineNumber + 1 },
            ];
        }

        return profile is null ? [new("$", "Документ профиля пуст.", "The profile is empty.")] : profile.Problems().Select(problem => problem.Path.StartsWith("$.rules[", StringComparison.Ordinal)
            ? problem with { Line = ProfileProblem.LineOfRule(json, int.Parse(problem.Path.AsSpan(8, problem.Path.IndexOf(']', StringComparison.Ordinal) - 8), CultureInfo.InvariantCulture)) }
            : problem);
    }

    /// <summary>Whether it is made for a kind of item.</summary>
    public bool IsFor(CrmKind kind) => From == kind.Name || (From == "dynamic" && kind.EntityTypeId >= CrmEntityTypes.FirstSmartProcess);

    private IEnumerable<ProfileProblem> Problems()
    {
        if (Schema is not (1 or 2))
        {
            yield return new("$.schema", $"Форма документа {Schema} неизвестна: эта версия приложения читает формы 1 и 2.", $"The profile has the form (schema) {Schema}; this version of the app reads forms 1 and 2.");
        }

        if (From != "dynamic" && CrmKind.Find(From) is null)
        {
            yield return new("$.from", $"«{From}» — неизвестный вид элементов; есть deal, lead, quote, invoice, dynamic и dynamic_<номер>.", $"«{From}» is no kind of item; there are deal, lead, quote, invoice, dynamic and dynamic_<number>.");
        }

        if (CrmKind.Find(To) is null)
        {
            yield return new("$.to", $"«{To}» — неизвестный вид элементов; есть deal, lead, quote, invoice и dynamic_<номер>.", $"«{To}» is no kind of item; there are deal, lead, quote, invoice and dynamic_<number>.");
        }

        foreach (var (pair, _) in Rates.Where(rate => rate.Value <= 0 || rate.Key.Split('>') is not [{ Length: 3 }, { Length: 3 }]))
        {
            yield return new("$.rates", $"Курс «{pair}» записывается как \"USD>RUB\" с числом больше нуля.", $"The rate «{pair}» must be written as \"USD>RUB\" with a number above zero.");
        }

        var twice = WriteBack.GroupBy(rule => rule.To, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            yield return new(
                "$.writeBack", $"Поле источника «{twice.Key}» заполняют два правила обратной записи; оставьте одно.", $"Two rules write back to the source's field «{twice.Key}»; leave one of them.");
        }

        var filled = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < Rules.Count; i++)
        {
            var path = FormattableString.Invariant($"$.rules[{i}]");
            foreach (var problem in Rules[i].FindProblems(path))
            {
                yield return problem;
            }

            if (Rules[i].When is null && !filled.Add(Rules[i].To))
            {
                yield return new(
                    path,
                    $"Для поля «{Rules[i].To}» больше одного правила без условия; оставьте одно или задайте условия (\"when\").",
                    $"The field «{Rules[i].To}» has more than one rule without a condition; leave one of them, or give them conditions (\"when\").");
            }
        }
    }
}
