using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Tests.Attacks;

/// <summary>What no request can prove of the app: how it compares, what it leaves out, and that the table of attacks speaks of tests that there are.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Projects = ["B24RobotApp", "B24RobotApp.Bitrix24", "B24RobotApp.Transfers"];
    private static readonly Assembly[] Product = [typeof(PortalAccess).Assembly, typeof(TransferStore).Assembly, typeof(PortalClient).Assembly];

    [Fact]
    public void Every_test_that_the_table_of_attacks_names_is_there()
    {
        var named = Named().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "security.md"))).Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value)).Distinct().ToList();
        var tests = Directory.EnumerateFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

        Assert.InRange(named.Count, 60, 500);
        var missing = named
            .Where(test => !tests[test.Class].Any(text => Regex.IsMatch(text, $@"^    public (async Task|Task|void) {test.Method}\(", RegexOptions.Multiline)))
            .Select(test => $"{test.Class}.{test.Method}")
            .ToList();
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_place_that_the_table_of_attacks_names_is_there()
    {
        var places = Place().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "security.md"))).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.NotEmpty(places);
        Assert.All(places, place => Assert.True(File.Exists(Path.GetFullPath(Path.Combine(Root(), "docs", place))), place));
    }

    [Fact]
    public void Secrets_are_compared_in_constant_time_alone()
    {
        // Reveal is how a secret is got at; what is compared with == or Equals afterwards would tell by its time how much of it was right.
        var compared = Sources().SelectMany(source => source.Lines.Where(line => Compared().IsMatch(line)).Select(line => $"{source.File}: {line.Trim()}"));

        Assert.Empty(compared);
    }

    [Fact]
    public void Nothing_writes_or_runs_the_markup_of_others()
    {
        string[] forbidden = ["v-html", "innerHTML", "outerHTML", "document.write", "insertAdjacentHTML", "eval(", "new Function(", "javascript:"];
        var pages = Directory.EnumerateFiles(Path.Combine(Root(), "src", "B24RobotApp"), "*.*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".vue", StringComparison.Ordinal) || file.EndsWith(".ts", StringComparison.Ordinal) || file.EndsWith("page.js", StringComparison.Ordinal))
            .Where(file => !file.Contains("node_modules", StringComparison.Ordinal) && !file.Contains("bin", StringComparison.Ordinal))
            .ToList();

        Assert.InRange(pages.Count, 10, 1000);
        Assert.Empty(pages.Where(file => File.ReadAllText(file) is var text && forbidden.Any(word => text.Contains(word, StringComparison.Ordinal))).Select(Path.GetFileName));
    }

    [Fact]
    public void No_SQL_is_put_together_from_values()
    {
        // Texts that are filled in are constants of the classes: columns and conditions. A value is a parameter. A move takes the names of tables and columns from the database's catalog, where the app's own scripts put them.
        var holes = Sources().Where(source => source.File != "MovedTable.cs").SelectMany(source => FilledSql().Matches(source.Text).Select(match => (source.File, source.Text, Hole: match.Groups["hole"].Value))).ToList();
        var filled = holes
            .Where(sql => !Regex.IsMatch(sql.Text, $@"const string {Regex.Escape(sql.Hole)}\b") && !Regex.IsMatch(sql.Hole, @"^[A-Z]\w+\.(Columns|[A-Z]\w+)$"))
            .Select(sql => $"{sql.File}: {sql.Hole}");

        Assert.NotEmpty(holes);
        Assert.Empty(filled);
    }

    public static TheoryData<string> NastyTexts =>
    [
        new string('a', 200_000), string.Concat(Enumerable.Repeat("a.", 100_000)), string.Concat(Enumerable.Repeat("a@", 100_000)), "a@" + string.Concat(Enumerable.Repeat("a.", 100_000)),
        "a@" + new string('-', 200_000), new string('+', 200_000), string.Concat(Enumerable.Repeat("доб", 70_000)), new string(';', 200_000), new string('1', 200_000) + "!",
    ];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(NastyTexts))]
    public void No_expression_takes_longer_than_a_text_is_long(string text)
    {
        var expressions = Product.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMembers(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(member => member.GetCustomAttribute<GeneratedRegexAttribute>()).OfType<GeneratedRegexAttribute>().ToList();

        Assert.NotEmpty(expressions);
        foreach (var expression in expressions)
        {
            // As it is, with a time far beyond what a text of this length needs; what backs off again and again would need years.
            var tried = new Regex(expression.Pattern, expression.Options, TimeSpan.FromSeconds(10));
            _ = tried.Replace(text, "");

            // And it has nothing that could only be done by backing off.
            _ = new Regex(expression.Pattern, expression.Options | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public void Expressions_are_made_by_the_compiler_so_that_none_is_made_of_a_text_of_others()
    {
        Assert.Empty(Sources().Where(source => Regex.IsMatch(source.Text, @"\bnew Regex\(|\bRegex\.(IsMatch|Match|Matches|Replace|Split)\(")).Select(source => source.File));
    }

    private static IEnumerable<(string File, string Text, string[] Lines)> Sources() =>
        from project in Projects
        from file in Directory.EnumerateFiles(Path.Combine(Root(), "src", project), "*.cs", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && !file.Contains("node_modules", StringComparison.Ordinal)
        let text = File.ReadAllText(file)
        select (Path.GetFileName(file), text, text.Split('\n'));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "B24RobotApp.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository's root is not above the test.");
        }

        return folder;
    }

    [GeneratedRegex(@"`(\w+(?:Tests|Contract))\.(\w+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"\]\((\.\./[^)#]+)\)")]
    private static partial Regex Place();

    [GeneratedRegex(@"Reveal\(\)\s*(==|!=|\.Equals|\.StartsWith|\.SequenceEqual)|(==|!=)\s*\S*\.?Reveal\(\)|Equals\([^;]*Reveal\(\)")]
    private static partial Regex Compared();

    [GeneratedRegex("""\$"+\s*(?:SELECT|INSERT|UPDATE|DELETE)\b(?:(?!\"{1,3};)[\s\S])*?\{(?<hole>[\w.]+)\}""")]
    private static partial Regex FilledSql();
}
