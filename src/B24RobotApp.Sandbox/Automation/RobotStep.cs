using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>A robot in a stage's sequence. Texts may hold placeholders.</summary>
public abstract record RobotStep
{
    /// <summary>The activity's name, by which later robots find what it returned; given when it is placed, if not before.</summary>
    public string Name { get; init; } = "";
}

/// <summary>A robot of an application.</summary>
/// <param name="ClientId">The application.</param>
/// <param name="Code">The robot's code there.</param>
/// <param name="Properties">What the designer saved; absent ones have their defaults.</param>
public sealed record AppRobotStep(string ClientId, string Code, JsonObject Properties) : RobotStep
{
    /// <summary>Whose token the call brings, if an administrator changed it; else as registered.</summary>
    public long? AuthUserId { get; init; }

    /// <summary>How long it waits for an answer; zero: for ever.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.Zero;

    /// <summary>The designer's choice; counts only where the robot was registered without one.</summary>
    public bool Waits { get; init; }
}

/// <summary>The portal's own robot that changes a field of the deal.</summary>
public sealed record SetFieldStep(string Field, string Value) : RobotStep;

/// <summary>The portal's own robot that moves the deal to a stage.</summary>
public sealed record MoveStep(string StageId) : RobotStep;

/// <summary>The portal's own robot that writes a comment.</summary>
public sealed record CommentStep(string Text) : RobotStep;
