using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping.Templates;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>What an update may do to a field that the ESB's people may have touched meanwhile.</summary>
public enum UpdatePolicy
{
    /// <summary>The source's value replaces what stands there.</summary>
    Write,

    /// <summary>Written by an update only where nothing stands.</summary>
    OnlyIfEmpty,

    /// <summary>Written when the deal is created, left alone afterwards.</summary>
    Never,
}

/// <summary>What of a value travels, where its type leaves a choice.</summary>
public enum Conversion
{
    /// <summary>By the types of both fields.</summary>
    Auto,

    /// <summary>What people read: a choice's text, a stage's name, an employee's name.</summary>
    Text,

    /// <summary>Of an amount of money the number.</summary>
    Amount,

    /// <summary>Of an amount of money the currency.</summary>
    Currency,

    /// <summary>An employee's e-mail address.</summary>
    Email,

    /// <summary>The number or code by which the source portal knows the value.</summary>
    Id,
}

/// <summary>What happens when a value has no counterpart on the ESB.</summary>
public enum NoMatch
{
    /// <summary>The deal is not sent; the transfer says which value it is and what to do.</summary>
    Problem,

    /// <summary>The deal is sent without this field.</summary>
    Skip,

    /// <summary>The rule's <see cref="MappingRule.Default"/> is sent.</summary>
    Default,
}

/// <summary>Where one field of the ESB's deal gets its value from.</summary>
public sealed record MappingRule
{
    private static readonly TransferTexts Russian = new("ru");
    private static readonly TransferTexts English = new("en");

    /// <summary>The ESB's field by its original name: <c>opportunity</c>, <c>UF_CRM_X</c>.</summary>
    public required string To { get; init; }

    /// <summary>The source deal's field by its original name. Exactly one of this, <see cref="Template"/>, <see cref="Constant"/> and <see cref="Property"/> is given.</summary>
    public string? From { get; init; }

    /// <summary>A Liquid template: <c>{{ deal.title }} ({{ company.title }})</c>. What it comes to is read as a person's text for the field.</summary>
    public string? Template { get; init; }

    /// <summary>A fixed value: a text, a number, a flag, or a list of these, as the ESB takes it.</summary>
    public JsonNode? Constant { get; init; }

    /// <summary>A property of the robot, such as <c>comment</c>; read as a person's text for the field.</summary>
    public string? Property { get; init; }

    public Conversion Convert { get; init; }

    public NoMatch NoMatch { get; init; }

    /// <summary>As <see cref="Constant"/>; with <see cref="NoMatch.Default"/> only.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>If not given: <see cref="UpdatePolicy.Never"/> for stage, pipeline and responsible person, since a second send would drag the ESB's deal back; else <see cref="UpdatePolicy.Write"/>.</summary>
    public UpdatePolicy? OnUpdate { get; init; }

    /// <summary>A Liquid template; the rule counts unless it comes to nothing, <c>false</c> or <c>0</c>.</summary>
    public string? When { get; init; }

    /// <summary>What is wrong with the rule.</summary>
    /// <param name="path">Where it stands in the document.</param>
    internal IEnumerable<ProfileProblem> FindProblems(string path)
    {
        string?[] sources = [From, Template, Constant is null ? null : "constant", Property];
        if (To.Length == 0 || sources.Count(source => source is not null) != 1)
        {
            yield return new(
                path,
                $"Правилу для поля «{To}» нужны поле ЕСБ и ровно одно из \"from\", \"template\", \"constant\" и \"property\".",
                $"The rule for the field «{To}» needs a target and exactly one of \"from\", \"template\", \"constant\" and \"property\".");
        }

        if (NoMatch == NoMatch.Default != Default is not null)
        {
            yield return new(
                $"{path}.noMatch",
                $"Правилу для поля «{To}» нужно \"default\" тогда и только тогда, когда \"noMatch\" равно \"default\".",
                $"The rule for the field «{To}» needs a \"default\" if, and only if, \"noMatch\" is \"default\".");
        }

        foreach (var (name, template) in new[] { ("template", Template), ("when", When) })
        {
            if (template is not null && LiquidTemplates.FindProblem(template) is { } problem)
            {
                yield return new(
                    $"{path}.{name}",
                    $"Шаблон правила для поля «{To}» нельзя выполнить: {Russian.Template(problem)} Исправьте шаблон.",
                    $"The template of the rule for the field «{To}» cannot be used: {English.Template(problem)} Correct the template.");
            }
        }
    }
}
