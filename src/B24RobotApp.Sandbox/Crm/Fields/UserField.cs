using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>A field that people or applications added to a kind of item.</summary>
internal sealed class UserField
{
    public required long Id { get; init; }

    /// <summary>Which kind of item it belongs to, such as <c>CRM_DEAL</c>.</summary>
    public required string EntityId { get; init; }

    public required string Name { get; init; }

    public required string Type { get; init; }

    public string? XmlId { get; set; }

    public long Sort { get; set; } = 100;

    public bool IsMultiple { get; init; }

    public bool IsMandatory { get; set; }

    /// <summary>N, I (exact), E (mask) or S (part).</summary>
    public string ShowFilter { get; set; } = "N";

    public bool ShowInList { get; set; } = true;

    public bool EditInList { get; set; } = true;

    public bool IsSearchable { get; set; }

    public JsonObject Settings { get; set; } = [];

    /// <summary>Texts by their use, then by language.</summary>
    public Dictionary<UserFieldLabel, Dictionary<string, string>> Labels { get; } = [];

    public List<UserFieldOption> Options { get; set; } = [];

    public string Label(UserFieldLabel use, string language = "en") =>
        Labels.GetValueOrDefault(use)?.GetValueOrDefault(language) is { Length: > 0 } text ? text : Name;
}
