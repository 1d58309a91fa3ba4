using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Install;

/// <summary>A robot as <c>app-manifest/robots/*.json</c> defines it.</summary>
internal sealed record RobotDefinition
{
    /// <summary>With the app's id it is the robot's identity in all automation rules: never changed.</summary>
    public required string Code { get; init; }

    /// <summary>The path of its handler.</summary>
    public required string Handler { get; init; }

    /// <summary>The path of its settings page in the designer; <see langword="null"/>: the portal makes a form of the properties.</summary>
    public string? Settings { get; init; }

    public required JsonObject Name { get; init; }

    public required JsonObject Description { get; init; }

    /// <summary>Bitrix24's three-part document type, which decides what types properties may have.</summary>
    public required JsonArray DocumentType { get; init; }

    /// <summary>Where the robot is offered.</summary>
    public required JsonObject Filter { get; init; }

    /// <summary>As <c>bizproc.robot.add</c> takes them; the options of <c>connection</c> and <c>profile</c> are filled in for each portal.</summary>
    public required JsonObject Properties { get; init; }

    public required JsonObject ReturnProperties { get; init; }
}

/// <summary>A place in the portal's pages as <c>app-manifest/placements.json</c> defines it.</summary>
internal sealed record PlacementDefinition
{
    public required string Placement { get; init; }

    public required string Handler { get; init; }

    /// <summary>By language.</summary>
    public required IReadOnlyDictionary<string, string> Title { get; init; }
}

/// <summary>What the app registers on portals, read once from <c>app-manifest/</c> beside the program.</summary>
internal sealed class AppManifest
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "app-manifest");

    public IReadOnlyList<RobotDefinition> Robots { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder, "robots"), "*.json").Order(StringComparer.Ordinal).Select(Read<RobotDefinition>)];

    public IReadOnlyList<PlacementDefinition> Placements { get; } = Read<PlacementDefinition[]>(Path.Combine(Folder, "placements.json"));

    /// <summary>What an administrator enters in the developer section.</summary>
    public JsonObject Card { get; } = Read<JsonObject>(Path.Combine(Folder, "local-app.json"));

    private static T Read<T>(string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(file), Json) ?? throw new InvalidDataException($"{file} is empty.");
}
