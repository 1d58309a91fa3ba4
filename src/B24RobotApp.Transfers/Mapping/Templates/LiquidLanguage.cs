using System.Globalization;
using System.Runtime.CompilerServices;
using Fluid;
using Fluid.Ast;
using Fluid.Values;

namespace B24RobotApp.Transfers.Mapping.Templates;

/// <summary>
/// The part of Liquid that templates of profiles are written in. A template comes from an administrator of any portal and meets whatever people wrote into deals, so nothing in it may
/// grow without bounds: not the nesting (a parser's stack ends the process), not ranges, not the text that one filter makes of another's.
/// </summary>
internal static class LiquidLanguage
{
    /// <summary>Characters of a template.</summary>
    public const int LongestTemplate = 4000;

    /// <summary>Characters of what a template, or one filter in it, makes.</summary>
    public const int LongestText = 64 * 1024;

    private const int MostTags = 100;
    private const int MostBrackets = 50;
    private const int MostSteps = 5000;

    /// <summary>Characters and list entries that all filters of one run may be given.</summary>
    private const int MostWork = 1024 * 1024;

    /// <summary>Of a format of a date; a number in it makes as many characters.</summary>
    private const int LongestFormat = 64;

    private const string WorkDone = "work";

    private static readonly HashSet<string> Tags = ["if", "unless", "case", "for", "break", "continue", "assign", "comment", "#"];

    private static readonly string[] Filters =
    [
        "append", "prepend", "capitalize", "downcase", "upcase", "lstrip", "rstrip", "strip", "strip_newlines", "newline_to_br", "strip_html", "escape", "url_encode",
        "remove", "remove_first", "remove_last", "replace", "replace_first", "replace_last", "slice", "split", "truncate", "truncatewords",
        "join", "first", "last", "concat", "map", "reverse", "size", "sort", "sort_natural", "uniq", "where", "reject", "sum", "compact", "find",
        "abs", "at_least", "at_most", "ceil", "floor", "divided_by", "minus", "modulo", "plus", "round", "times", "default", "date",
    ];

    private static readonly FluidParser Parser = CreateParser();

    public static readonly TemplateOptions Options = CreateOptions();

    /// <summary>Reads a template.</summary>
    /// <returns>What is wrong with it; <see langword="null"/> if nothing is, and then there is a template.</returns>
    public static TemplateProblem? Parse(string text, out IFluidTemplate? template)
    {
        template = null;
        if (FindExcess(text) is { } excess)
        {
            return excess;
        }

        if (!Parser.TryParse(text, out template, out var error))
        {
            return new TemplateProblem(TemplateLimit.Unreadable, error.Split('\n')[0].Trim());
        }

        var unknown = new UnknownFilters();
        unknown.VisitTemplate(template);
        return unknown.First is { } filter ? new TemplateProblem(TemplateLimit.Unknown, filter) : null;
    }

    /// <summary>Whatever would already be too much for the parser is found before it, by counting alone: what only looks like a tag counts as one.</summary>
    private static TemplateProblem? FindExcess(string text)
    {
        if (text.Length > LongestTemplate)
        {
            return new TemplateProblem(TemplateLimit.TooLong, LongestTemplate.ToString(CultureInfo.InvariantCulture));
        }

        var tags = 0;
        var brackets = 0;
        for (var i = 0; i < text.Length - 1; i++)
        {
            tags += text[i] == '{' && text[i + 1] is '%' or '{' ? 1 : 0;
            brackets += text[i] is '[' or '(' ? 1 : 0;
            if (tags > MostTags || brackets > MostBrackets)
            {
                return new TemplateProblem(TemplateLimit.TooManyTags, MostTags.ToString(CultureInfo.InvariantCulture));
            }

            // A range stands in brackets; two dots elsewhere are a text's.
            if (text[i] == '.' && text[i + 1] == '.' && text.AsSpan(0, i).LastIndexOf('(') is >= 0 and var open && !text.AsSpan(open, i - open).Contains(')'))
            {
                return new TemplateProblem(TemplateLimit.Range, "(..)");
            }
        }

        return null;
    }

    private static FluidParser CreateParser()
    {
        var parser = new FluidParser();
        foreach (var tag in parser.RegisteredTags.Keys.Except(Tags).ToList())
        {
            parser.RegisteredTags.Remove(tag);
        }

        return parser;
    }

    private static TemplateOptions CreateOptions()
    {
        var all = new TemplateOptions().Filters;
        var options = new TemplateOptions { MaxSteps = MostSteps, MaxRecursion = 20, CultureInfo = CultureInfo.InvariantCulture };
        options.Filters.Clear();
        foreach (var name in Filters)
        {
            if (!all.TryGetValue(name, out var filter))
            {
                throw new InvalidOperationException($"Liquid has no filter {name} any more.");
            }

            options.Filters.AddFilter(name, (input, arguments, context) =>
            {
                Spend(name, input, arguments, context);
                return filter(input, arguments, context);
            });
        }

        return options;
    }

    /// <summary>Counts what a filter is given, and refuses what it would make too much of.</summary>
    private static void Spend(string name, FluidValue input, FilterArguments arguments, TemplateContext context)
    {
        var size = SizeOf(input, context);
        var work = size;
        for (var i = 0; i < arguments.Count; i++)
        {
            work += SizeOf(arguments.At(i), context);
        }

        if (!context.AmbientValues.TryGetValue(WorkDone, out var done))
        {
            context.AmbientValues[WorkDone] = done = new StrongBox<int>();
        }

        var box = (StrongBox<int>)done;
        box.Value += work;
        if (box.Value > MostWork)
        {
            throw new TemplateLimitException(TemplateLimit.TooMuchWork);
        }

        if (MostMadeBy(name, size, arguments) > LongestText)
        {
            throw new TemplateLimitException(TemplateLimit.ResultTooLong);
        }
    }

    /// <summary>How long the result can be. Filters that are not named make at most a few times of what they are given.</summary>
    private static long MostMadeBy(string name, long size, FilterArguments arguments)
    {
        long Length(int index) => arguments.At(index) is StringValue text ? text.ToStringValue().Length : 32;
        switch (name)
        {
            case "append" or "prepend":
                return size + Length(0);
            case "join":
                return size * (1 + (arguments.Count > 0 ? Length(0) : 1));
            case "replace":
                return size + (size / Math.Max(1, Length(0)) * Length(1));
            case "concat":
                return 0;
            case "date":
                // %1000Y makes a thousand characters.
                var format = arguments.Count > 0 ? arguments.At(0).ToStringValue() : "";
                return format.Length > LongestFormat || LongestNumberIn(format) > 2 ? long.MaxValue : format.Length;
            default:
                return size;
        }
    }

    private static int LongestNumberIn(string text)
    {
        var (longest, digits) = (0, 0);
        foreach (var character in text)
        {
            digits = char.IsAsciiDigit(character) ? digits + 1 : 0;
            longest = Math.Max(longest, digits);
        }

        return longest;
    }

    private static int SizeOf(FluidValue value, TemplateContext context)
    {
        if (value is StringValue text)
        {
            return text.ToStringValue().Length;
        }

        if (value is not ArrayValue)
        {
            return 1;
        }

        var size = 1;
        foreach (var element in value.Enumerate(context))
        {
            size += SizeOf(element, context);
            if (size > MostWork)
            {
                break;
            }
        }

        return size;
    }

    private sealed class UnknownFilters : AstVisitor
    {
        public string? First { get; private set; }

        protected override Expression VisitFilterExpression(FilterExpression filterExpression)
        {
            if (!Filters.Contains(filterExpression.Name))
            {
                First ??= filterExpression.Name;
            }

            return base.VisitFilterExpression(filterExpression);
        }
    }
}

/// <summary>A template went beyond a limit while it ran. Never leaves <see cref="LiquidTemplates"/>.</summary>
internal sealed class TemplateLimitException(TemplateLimit limit) : Exception($"The template goes beyond a limit: {limit}.")
{
    public TemplateLimit Limit => limit;
}
