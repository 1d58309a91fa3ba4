using System.Diagnostics;
using B24RobotApp.Transfers.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("высокий")]
    [InlineData("C5:NEW")]
    [InlineData("")]
    [InlineData("$(echo pwned) `echo pwned` $HOME !! \\ \" '")]
    [InlineData("'; echo pwned; '")]
    [InlineData("two\nlines\tand a tab")]
    [InlineData("a&b|c;d>e<f*g?h[i]{j}~#")]
    public async Task A_shell_takes_it_for_one_argument_and_runs_nothing(string text)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s' {ShellText.Quote(text)} end"]) { RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(text + "end", output);
    }

    [Theory]
    [InlineData("высокий", "высокий")]
    [InlineData("lists:UF_CRM_X", "lists:UF_CRM_X")]
    [InlineData("очень высокий", "'очень высокий'")]
    [InlineData("-x", "'-x'")]
    public void What_needs_no_quotes_gets_none(string text, string quoted) => Assert.Equal(quoted, ShellText.Quote(text));
}
