using B24RobotApp.Transfers.Mapping.Templates;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

/// <summary>A template comes from any portal's administrator and must not be able to stop the app, by what it says or by what stands in a deal.</summary>
public sealed class LiquidTemplatesTests
{
    /// <summary>What a run may allocate, the worst included.</summary>
    private const long MostBytes = 64 * 1024 * 1024;

    /// <summary>Less than a thread pool's thread has.</summary>
    private const int SmallStack = 768 * 1024;

    private static readonly string Long = new('x', 60_000);

    public static TheoryData<string, TemplateLimit> Attacks { get; } = new()
    {
        { "{% for i in (1..100000000) %}x{% endfor %}", TemplateLimit.Range },
        { "{% assign r = (1..deal.big) %}{{ r | join }}", TemplateLimit.Range },
        { "{% if ( 1 .. 100000000 ) contains 5 %}y{% endif %}", TemplateLimit.Range },
        { string.Concat(Enumerable.Repeat("{% if deal %}", 5000)), TemplateLimit.TooLong },
        { string.Concat(Enumerable.Repeat("{% if a %}", 101)), TemplateLimit.TooManyTags },
        { string.Concat(Enumerable.Repeat("{% comment %}", 150)), TemplateLimit.TooManyTags },
        { "{{ a" + string.Concat(Enumerable.Repeat("[a", 600)) + new string(']', 600) + " }}", TemplateLimit.TooManyTags },
        { "{% capture x %}y{% endcapture %}", TemplateLimit.Unreadable },
        { "{% include 'x' %}", TemplateLimit.Unreadable },
        { "{% raw %}{{ x }}{% endraw %}", TemplateLimit.Unreadable },
        { "{{ deal.long | sha256 }}", TemplateLimit.Unknown },
        { "{% if deal.long %}{% assign a = deal.long | upcase | json %}{% endif %}", TemplateLimit.Unknown },
        { "{{ 1 | format_number: 'N999999999' }}", TemplateLimit.Unknown },
        { "{{ deal.long }}{{ deal.long }}", TemplateLimit.ResultTooLong },
        { "{{ deal.long | append: deal.long }}", TemplateLimit.ResultTooLong },
        { "{{ deal.long | replace: 'x', deal.long }}", TemplateLimit.ResultTooLong },
        { "{{ deal.list | join: deal.long }}", TemplateLimit.ResultTooLong },
        { "{{ deal.now | date: '%99999999Y' }}", TemplateLimit.ResultTooLong },
        { "{% assign a = 'xxxxxxxx' %}{% for i in deal.list %}{% assign a = a | append: a %}{% endfor %}{{ a }}", TemplateLimit.ResultTooLong },
        { "{% assign a = deal.list %}{% for i in deal.list %}{% assign a = a | concat: a %}{% endfor %}{{ a | size }}", TemplateLimit.TooMuchWork },
        { "{% for a in deal.list %}{% for b in deal.list %}{% for c in deal.list %}{% endfor %}{% endfor %}{% endfor %}", TemplateLimit.TooMuchWork },
        { "{% for i in deal.list %}{{ deal.long | split: '' | size }}{% endfor %}", TemplateLimit.TooMuchWork },
        { "{% assign a = deal.long | split: '' %}{% for i in a %}{% for j in a %}{% endfor %}{% endfor %}", TemplateLimit.TooMuchWork },
        { "{% for i in deal.list %}{{ deal.long | upcase | size }}{% endfor %}", TemplateLimit.TooMuchWork },
        { "{{ 1 | divided_by: 0 }}", TemplateLimit.Failed },
        { "{{ 79228162514264337593543950335 | times: 2 }}", TemplateLimit.Failed },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void A_template_that_would_take_too_much_ends_as_a_problem(string template, TemplateLimit limit)
    {
        TemplateProblem? problem = null;
        long allocated = 0;
        OnSmallStack(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            problem = LiquidTemplates.Render(template, Values(), out _);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Equal(limit, problem?.Limit);
        Assert.InRange(allocated, 0, MostBytes);
    }

    [Theory]
    [InlineData("{% if a %}", "{% endif %}", 50)]
    [InlineData("{% unless a %}", "{% endunless %}", 50)]
    [InlineData("{% case a %}{% when b %}", "{% endcase %}", 33)]
    [InlineData("{% for b in a %}", "{% endfor %}", 18)]
    public void The_deepest_nesting_that_is_allowed_fits_a_small_stack(string open, string close, int depth)
    {
        var template = string.Concat(Enumerable.Repeat(open, depth)) + string.Concat(Enumerable.Repeat(close, depth));
        TemplateProblem? problem = null;
        OnSmallStack(() => problem = LiquidTemplates.Render(template, Values(), out _));

        Assert.Null(problem);
    }

    [Fact]
    public void The_longest_chains_that_are_allowed_fit_a_small_stack()
    {
        foreach (var template in new[]
        {
            "{% if " + string.Join(" or ", Enumerable.Repeat("a", 780)) + " %}y{% endif %}",
            "{{ a" + string.Concat(Enumerable.Repeat("|size", 790)) + " }}",
            "{{ a" + string.Concat(Enumerable.Repeat("[a", 50)) + new string(']', 50) + " }}",
        })
        {
            TemplateProblem? problem = null;
            OnSmallStack(() => problem = LiquidTemplates.Render(template, Values(), out _));

            Assert.Null(problem);
        }
    }

    [Theory]
    [InlineData("{{ deal.title | upcase }}: {{ deal.amount | times: 2 }}", "ПОСТАВКА: 3001.0")]
    [InlineData("{% for c in contacts %}{{ c.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}", "Анна, Олег")]
    [InlineData("{{ contacts | map: 'name' | join: '; ' }}", "Анна; Олег")]
    [InlineData("{{ deal.nothing | default: 'none' }} {{ 'a..b' }} {{ deal.now | date: '%d.%m.%Y' }}", "none a..b 20.03.2026")]
    [InlineData("{% comment %} {{ deal.title }} {% endcomment %}{% case deal.title %}{% when 'Поставка' %}yes{% else %}no{% endcase %}", "yes")]
    [InlineData("{{ deal.braces }}", "{{ deal.title }}")]
    public void What_templates_are_for_works(string template, string expected)
    {
        Assert.Null(LiquidTemplates.Render(template, Values(), out var result));
        Assert.Equal(expected, result);
    }

    private static Dictionary<string, object?> Values() => new()
    {
        ["a"] = "a",
        ["deal"] = new Dictionary<string, object?>
        {
            ["title"] = "Поставка", ["amount"] = 1500.5m, ["long"] = Long, ["big"] = 100_000_000, ["list"] = Enumerable.Range(0, 300).ToList(), ["now"] = "2026-03-20T12:00:00+03:00",
            ["braces"] = "{{ deal.title }}",
        },
        ["contacts"] = new List<object?> { new Dictionary<string, object?> { ["name"] = "Анна" }, new Dictionary<string, object?> { ["name"] = "Олег" } },
    };

    private static void OnSmallStack(Action action)
    {
        var thread = new Thread(() => action(), SmallStack);
        thread.Start();
        thread.Join();
    }
}
