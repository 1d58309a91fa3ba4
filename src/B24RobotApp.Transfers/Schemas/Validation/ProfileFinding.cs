namespace B24RobotApp.Transfers.Schemas.Validation;

public enum FindingSeverity
{
    /// <summary>Transfers fail, or a rule does nothing.</summary>
    Error,

    /// <summary>Some deals fail, or something is lost on the way.</summary>
    Warning,
}

/// <summary>Something about a profile that a person should look at.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">For scripts.</param>
/// <param name="Path">Where in the document, <c>$.rules[3].to</c>; <c>$</c> for what is missing.</param>
/// <param name="Message">What it is and what to do.</param>
public sealed record ProfileFinding(FindingSeverity Severity, string Code, string Path, string Message);
