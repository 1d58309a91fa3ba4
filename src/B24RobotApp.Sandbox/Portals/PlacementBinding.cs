using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Portals;

/// <summary>A widget of an application, by <c>placement.bind</c>.</summary>
public sealed record PlacementBinding
{
    public required long Id { get; init; }

    public required string Placement { get; init; }

    public required Uri Handler { get; init; }

    public string Title { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Texts by language, as <c>placement.get</c> shows them.</summary>
    public JsonObject Languages { get; init; } = [];

    public JsonObject Options { get; init; } = [];

    /// <summary>The robot whose settings slider this is; those are not shown by <c>placement.get</c>... but they are counted there.</summary>
    public string? RobotCode { get; init; }
}
