using System.Collections.Concurrent;
using Fluid;

namespace B24RobotApp.Transfers.Mapping.Templates;

/// <summary>Liquid templates of profiles. What people wrote into deals is a value to them, never a template.</summary>
internal static class LiquidTemplates
{
    /// <summary>Templates of profiles that were changed since are dropped sometimes, all at once.</summary>
    private const int MostKept = 2000;

    private static readonly ConcurrentDictionary<string, (IFluidTemplate? Template, TemplateProblem? Problem)> Parsed = new(StringComparer.Ordinal);

    /// <summary>What is wrong with a template; <see langword="null"/> if nothing is.</summary>
    public static TemplateProblem? FindProblem(string template) => Parse(template).Problem;

    /// <summary>What a template comes to.</summary>
    /// <param name="template">The template.</param>
    /// <param name="values">What it may name.</param>
    /// <param name="result">The text.</param>
    /// <returns>Why there is none; <see langword="null"/> if there is.</returns>
    public static TemplateProblem? Render(string template, IReadOnlyDictionary<string, object?> values, out string result)
    {
        result = "";
        var (parsed, problem) = Parse(template);
        if (parsed is null || problem is not null)
        {
            return problem;
        }

        var context = new TemplateContext(LiquidLanguage.Options);
        foreach (var (name, value) in values)
        {
            context.SetValue(name, value);
        }

        try
        {
            using var text = new BoundedText();

            // Nothing in the language waits for anything.
            parsed.RenderAsync(text, NullEncoder.Default, context).AsTask().GetAwaiter().GetResult();
            result = text.ToString();
            return null;
        }
        catch (TemplateLimitException exception)
        {
            return new TemplateProblem(exception.Limit, "");
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("recursion", StringComparison.OrdinalIgnoreCase))
        {
            // So Fluid says that the steps are used up.
            return new TemplateProblem(TemplateLimit.TooMuchWork, "");
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException or OverflowException or DivideByZeroException)
        {
            return new TemplateProblem(TemplateLimit.Failed, exception.Message);
        }
    }

    /// <summary>Whether a condition's result means yes.</summary>
    public static bool IsTrue(string result) => result.Trim() is not ("" or "0") && !result.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

    private static (IFluidTemplate? Template, TemplateProblem? Problem) Parse(string template)
    {
        if (Parsed.Count > MostKept)
        {
            Parsed.Clear();
        }

        return Parsed.GetOrAdd(template, static text =>
        {
            var problem = LiquidLanguage.Parse(text, out var parsed);
            return (parsed, problem);
        });
    }
}
