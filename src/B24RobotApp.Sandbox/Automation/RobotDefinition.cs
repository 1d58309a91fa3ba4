using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>A robot as an application registered it by <c>bizproc.robot.add</c>. Inner keys are in upper case.</summary>
public sealed record RobotDefinition
{
    public required string Code { get; init; }

    public required Uri Handler { get; init; }

    /// <summary>Whose token its calls bring; 0: nobody's.</summary>
    public long AuthUserId { get; init; }

    /// <summary><c>Y</c>, <c>N</c> or empty: then the designer decides, starting with no.</summary>
    public string UseSubscription { get; init; } = "";

    public JsonNode? Name { get; init; }

    public JsonNode? Description { get; init; }

    public JsonObject Properties { get; init; } = [];

    public JsonObject ReturnProperties { get; init; } = [];

    public JsonNode? DocumentType { get; init; }

    public JsonNode? Filter { get; init; }

    public bool UsePlacement { get; init; }
}
