using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Sandbox.Tests.Control;

public sealed partial class WebPageTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync(new SandboxOptions { ControlPort = 0, WithSampleData = true });

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("page.js", "text/javascript")]
    [InlineData("labels.js", "text/javascript")]
    [InlineData("page.css", "text/css")]
    public async Task The_page_comes_whole_from_the_control_port_and_names_no_other_address(string path, string contentType)
    {
        var answer = await _sandbox.GetAsync(new Uri(_sandbox.Host.ControlUrl!, path));

        Assert.Equal((200, $"{contentType}; charset=utf-8"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.DoesNotContain("//", Comment().Replace(answer.Text, ""), StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_part_of_the_control_interface_that_the_page_reads_is_there()
    {
        var script = (await _sandbox.GetAsync(new Uri(_sandbox.Host.ControlUrl!, "page.js"))).Text;
        var parts = Parts().Match(script).Groups[1].Value.Split(',').Select(part => part.Trim(' ', '\'')).ToList();

        Assert.Contains("journal?last=40", parts);
        foreach (var path in parts.Select(part => $"portals/source/{part}").Append("state").Append("oauth/journal?last=40").Append("oauth/faults"))
        {
            Assert.Equal(200, (await _sandbox.GetAsync(new Uri(_sandbox.Host.ControlUrl!, $"control/{path}"))).Status);
        }
    }

    [Fact]
    public async Task Both_languages_have_the_same_labels_and_all_that_the_page_asks_for()
    {
        var labels = (await _sandbox.GetAsync(new Uri(_sandbox.Host.ControlUrl!, "labels.js"))).Text;
        var languages = labels.Split("const ")[1..3].Select(part => Label().Matches(part).Select(label => label.Value).ToHashSet()).ToList();
        var asked = TextAttribute().Matches((await _sandbox.GetAsync(_sandbox.Host.ControlUrl!)).Text).Select(attribute => attribute.Groups[1].Value + ":");

        Assert.Equal(languages[0].Order(), languages[1].Order());
        Assert.Subset(languages[0], asked.ToHashSet());
    }

    [GeneratedRegex("^ *//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\[('stages'[^\]]+)\]")]
    private static partial Regex Parts();

    [GeneratedRegex(@"\b\w+:(?= ['{])")]
    private static partial Regex Label();

    [GeneratedRegex("data-text=\"(\\w+)\"")]
    private static partial Regex TextAttribute();
}
