using System.Text;
using B24RobotApp.Bitrix24.Files;

namespace B24RobotApp.Bitrix24.Tests.Files;

public sealed class FileNamesTests
{
    [Theory]
    [InlineData("attachment; filename=\"a.pdf\"", "a.pdf")]
    [InlineData("attachment; filename=a.pdf", "a.pdf")]
    [InlineData("attachment;filename=\"a;b=c.pdf\";size=3", "a;b=c.pdf")]
    [InlineData("attachment; filename=\"say \\\"hi\\\".txt\"", "say _hi_.txt")]
    [InlineData("attachment; filename=\"____.pdf\"; filename*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf", "Счёт.pdf")]
    [InlineData("attachment; filename*=UTF-8'ru'%D0%A1%D1%87%D1%91%D1%82%201.pdf; filename=\"x.pdf\"", "Счёт 1.pdf")]
    [InlineData("attachment; FileName*=iso-8859-1''caf%E9.txt", "café.txt")]
    [InlineData("attachment; filename=\"=?UTF-8?B?0KHRh9GR0YIucGRm?=\"", "Счёт.pdf")]
    [InlineData("attachment; filename=\"%D0%A1%D1%87%D1%91%D1%82.pdf\"", "Счёт.pdf")]
    [InlineData("attachment; filename=\"100%.pdf\"", "100%.pdf")]
    [InlineData("attachment; filename=\"b.pdf\"; filename*=utf-8''%D0%FF.pdf", "b.pdf")]
    [InlineData("attachment", "")]
    [InlineData("attachment; filename=", "")]
    [InlineData("attachment; filename=\"unfinished.pdf", "unfinished.pdf")]
    [InlineData("attachment; filename", "")]
    [InlineData(null, "")]
    public void A_name_is_read_in_whatever_spelling(string? header, string name) => Assert.Equal(name, FileNames.Read(header));

    [Fact]
    public void A_name_in_bare_UTF_8_is_read()
    {
        var header = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("attachment; filename=\"Счёт.pdf\""));

        Assert.Equal("Счёт.pdf", FileNames.Read(header));
    }

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\Windows\\x.exe", "x.exe")]
    [InlineData("..", "")]
    [InlineData("/", "")]
    [InlineData(".htaccess", "htaccess")]
    [InlineData("a\0b\r\n.txt", "ab.txt")]
    [InlineData("gpj\u202Eexe.txt", "gpjexe.txt")]
    [InlineData("a<b>|?.txt", "a_b___.txt")]
    [InlineData("trailing. . ", "trailing")]
    public void A_name_leads_nowhere_else(string sent, string name) => Assert.Equal(name, FileNames.Safe(sent));

    [Theory]
    [InlineData(".pdf")]
    [InlineData("")]
    [InlineData(".an-extension-that-is-none")]
    public void A_long_name_is_cut_and_keeps_its_extension_and_its_letters_whole(string extension)
    {
        var name = FileNames.Safe("я" + string.Concat(Enumerable.Repeat("😀", 200)) + extension);

        Assert.InRange(name.Length, FileNames.LongestName - 1, FileNames.LongestName);
        Assert.Equal(extension == ".pdf", name.EndsWith(".pdf", StringComparison.Ordinal));
        Assert.DoesNotContain(Rune.ReplacementChar.ToString(), string.Concat(name.EnumerateRunes()), StringComparison.Ordinal);
    }
}
