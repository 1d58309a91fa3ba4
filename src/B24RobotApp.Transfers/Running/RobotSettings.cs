using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>What the robot was set to in the designer, placeholders already resolved by the portal. An empty property means its default.</summary>
public sealed record RobotSettings
{
    /// <summary>The robot's properties as <c>app-manifest/robots/send-to-esb.json</c> defines them.</summary>
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "profile", "mode", "deal_title", "category", "stage", "responsible", "send_products", "send_client", "send_files", "fields", "comment", "notify", "timeline", "if_late",
    };

    public string Profile { get; private init; } = "";

    public TransferMode Mode { get; private init; }

    /// <summary>Overrides the title; empty: the deal's own.</summary>
    public string DealTitle { get; private init; } = "";

    public string Category { get; private init; } = "";

    public string Stage { get; private init; } = "";

    /// <summary>An ESB user's id or e-mail.</summary>
    public string Responsible { get; private init; } = "";

    public bool SendProducts { get; private init; }

    public bool SendClient { get; private init; }

    public bool SendFiles { get; private init; }

    /// <summary>Extra fields of the ESB's deal, in the order given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; private init; } = [];

    /// <summary>Appended to the ESB deal's comments.</summary>
    public string Comment { get; private init; } = "";

    /// <summary>Users of the source portal who hear of every outcome; empty: the deal's responsible, of failures only.</summary>
    public IReadOnlyList<long> Notify { get; private init; } = [];

    public bool Timeline { get; private init; }

    /// <summary>Send although the robot's own time-out is over.</summary>
    public bool SendIfLate { get; private init; }

    /// <summary>All properties as they came, by name without regard to case; for rules that name one.</summary>
    public IReadOnlyDictionary<string, string[]> Properties { get; private init; } = new Dictionary<string, string[]>();

    /// <summary>What is wrong with the properties, for people. A property with a problem counts as empty, so that the others still say how and to whom to report it.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>Whether the robot has a property of this name. A robot that was placed before the property came to be does not send it.</summary>
    public static bool IsProperty(string name) => Names.Contains(name);

    /// <summary>Whether a transfer with these properties is not sent any more after the robot's time-out.</summary>
    public static bool SkipsIfLate(IReadOnlyDictionary<string, IReadOnlyList<string>> properties) =>
        properties.TryGetValue("if_late", out var values) && values.Any(value => value.Trim().Equals("skip", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an object has the form in which the inbox keeps properties: lists of texts. Others than the inbox have to be asked.</summary>
    public static bool AreReadable(JsonObject? properties) =>
        properties is null || properties.All(property => property.Value is JsonArray list && list.All(value => value?.GetValueKind() == JsonValueKind.String));

    /// <summary>Reads the properties as the inbox keeps them, a JSON object of lists of strings. Never fails: see <see cref="Problems"/>.</summary>
    /// <param name="properties">The JSON text.</param>
    /// <param name="texts">The language of the problems.</param>
    public static RobotSettings Parse(string properties, TransferTexts texts)
    {
        var values = JsonSerializer.Deserialize<Dictionary<string, string[]>>(properties) ?? [];
        var byName = new Dictionary<string, string[]>(values, StringComparer.OrdinalIgnoreCase);
        var problems = new List<string>();
        string Text(string name) => byName.GetValueOrDefault(name)?.FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))?.Trim() ?? "";
        T Preset<T>(T preset, string problem)
        {
            problems.Add(problem);
            return preset;
        }

        bool Flag(string name, bool preset) => Text(name).ToUpperInvariant() switch
        {
            "" => preset,
            "Y" or "1" or "TRUE" => true,
            "N" or "0" or "FALSE" => false,
            _ => Preset(preset, texts.PropertyNotYesOrNo(name, Text(name))),
        };

        var settings = new RobotSettings
        {
            Properties = byName,
            Profile = Text("profile"),
            Mode = Text("mode").ToUpperInvariant() switch
            {
                "" or "UPDATE" => TransferMode.Update,
                "CREATE" => TransferMode.Create,
                "SKIP" => TransferMode.Skip,
                _ => Preset(TransferMode.Update, texts.ModeUnknown(Text("mode"))),
            },
            DealTitle = Text("deal_title"),
            Category = Text("category"),
            Stage = Text("stage"),
            Responsible = Text("responsible"),
            SendProducts = Flag("send_products", true),
            SendClient = Flag("send_client", true),
            SendFiles = Flag("send_files", false),
            Fields = ParseFields(byName.GetValueOrDefault("fields") ?? [], texts, problems),
            Comment = Text("comment"),
            Notify = [.. (byName.GetValueOrDefault("notify") ?? []).SelectMany(ParseUsers).Distinct()],
            Timeline = Flag("timeline", true),
            SendIfLate = Text("if_late").ToUpperInvariant() switch
            {
                "" or "SEND" => true,
                "SKIP" => false,
                _ => Preset(true, texts.IfLateUnknown(Text("if_late"))),
            },
        };
        return settings with { Problems = problems };
    }

    private static List<KeyValuePair<string, string>> ParseFields(string[] lines, TransferTexts texts, List<string> problems)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var line in lines.Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : line[..equals].Trim();
            if (name.Length == 0)
            {
                problems.Add(texts.FieldLineWithoutName(line.Trim()));
                continue;
            }

            fields.Add(new(name, line[(equals + 1)..].Trim()));
        }

        return fields;
    }

    // A user arrives as user_12, 12 or [12], several of them separated by commas; groups cannot be notified and are passed over.
    private static IEnumerable<long> ParseUsers(string text)
    {
        foreach (var part in text.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var digits = part.Trim('[', ']');
            digits = digits.StartsWith("user_", StringComparison.OrdinalIgnoreCase) ? digits[5..] : digits;
            if (long.TryParse(digits, out var id) && id > 0)
            {
                yield return id;
            }
        }
    }
}
