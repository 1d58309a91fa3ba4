namespace B24RobotApp.Sandbox.Crm;

/// <summary>A stage of a deal pipeline.</summary>
/// <param name="Code">Without the pipeline's prefix, such as <c>NEW</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Semantics"><c>S</c> for success, <c>F</c> for failure, <see langword="null"/> in between.</param>
public sealed record PipelineStage(string Code, string Name, string? Semantics = null);
