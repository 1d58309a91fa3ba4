using System.Collections.Concurrent;
using System.Globalization;
using Fluid;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>Liquid templates of profiles. What people wrote into deals is a value to them, never a template. They read no files and end after a bounded number of steps.</summary>
internal static class LiquidTemplates
{
    /// <summary>Templates of profiles that were changed since are dropped sometimes, all at once.</summary>
    private const int MostKept = 2000;

    private const int LongestResult = 64 * 1024;

    private static readonly FluidParser Parser = new();

    private static readonly TemplateOptions Options = new() { MaxSteps = 10_000, MaxRecursion = 20, CultureInfo = CultureInfo.InvariantCulture };

    private static readonly ConcurrentDictionary<string, IFluidTemplate> Parsed = new(StringComparer.Ordinal);

    /// <summary>What is wrong with a template; <see langword="null"/> if nothing is.</summary>
    public static string? FindProblem(string template) => Parser.TryParse(template, out _, out var problem) ? null : problem.Split('\n')[0].Trim();

    /// <summary>What a template comes to.</summary>
    /// <param name="template">One without a problem.</param>
    /// <param name="values">What it may name.</param>
    /// <param name="result">The text.</param>
    /// <returns>Why there is none; <see langword="null"/> if there is.</returns>
    public static string? Render(string template, IReadOnlyDictionary<string, object?> values, out string result)
    {
        if (Parsed.Count > MostKept)
        {
            Parsed.Clear();
        }

        var context = new TemplateContext(Options);
        foreach (var (name, value) in values)
        {
            context.SetValue(name, value);
        }

        result = "";
        try
        {
            result = Parsed.GetOrAdd(template, Parser.Parse).Render(context);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException or OverflowException or DivideByZeroException)
        {
            return exception.Message;
        }

        return result.Length > LongestResult ? $"{result.Length} characters" : null;
    }

    /// <summary>Whether a condition's result means yes.</summary>
    public static bool IsTrue(string result) => result.Trim() is not ("" or "0") && !result.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);
}
