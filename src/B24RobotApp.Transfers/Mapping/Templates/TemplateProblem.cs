namespace B24RobotApp.Transfers.Mapping.Templates;

/// <summary>How a template goes beyond what templates may do.</summary>
public enum TemplateLimit
{
    /// <summary>It is not the language: <see cref="TemplateProblem.Detail"/> says where.</summary>
    Unreadable,

    /// <summary>The template itself is too long.</summary>
    TooLong,

    /// <summary>It has too many tags or brackets.</summary>
    TooManyTags,

    /// <summary>It counts with a range, <c>(1..100)</c>.</summary>
    Range,

    /// <summary>It names a tag or filter that templates of profiles do not have.</summary>
    Unknown,

    /// <summary>What it makes is too long.</summary>
    ResultTooLong,

    /// <summary>It takes too many steps.</summary>
    TooMuchWork,

    /// <summary>A filter cannot work with a value: <see cref="TemplateProblem.Detail"/> says why.</summary>
    Failed,
}

/// <summary>Why a template is not used.</summary>
/// <param name="Limit">What is wrong with it.</param>
/// <param name="Detail">What it is about: a place, a name, a number.</param>
public sealed record TemplateProblem(TemplateLimit Limit, string Detail);
