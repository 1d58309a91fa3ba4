using System.Text.Json;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using CsCheck;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class RobotSettingsTests
{
    private static readonly TransferTexts Texts = new("en");

    [Fact]
    public void A_robot_that_was_dropped_and_not_touched_works()
    {
        var settings = Parse("{}");

        Assert.Empty(settings.Problems);
        Assert.Equal(TransferMode.Update, settings.Mode);
        Assert.True(settings is { SendProducts: true, SendClient: true, Timeline: true, SendIfLate: true });
        Assert.Empty(settings.Notify);
    }

    [Theory]
    [InlineData("Y", true)]
    [InlineData("y", true)]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("N", false)]
    [InlineData("0", false)]
    [InlineData("", true)]
    [InlineData("  ", true)]
    public void Trap_14_flags_in_all_their_spellings(string text, bool expected) =>
        Assert.Equal(expected, Parse(JsonSerializer.Serialize(new { send_client = new[] { text } })).SendClient);

    [Theory]
    [InlineData("user_12", new[] { 12L })]
    [InlineData("12", new[] { 12L })]
    [InlineData("[12]", new[] { 12L })]
    [InlineData("user_12, user_13;user_12", new[] { 12L, 13L })]
    [InlineData("Иван Петров [12]", new[] { 12L })]
    [InlineData("group_d3", new long[0])]
    [InlineData("user_0", new long[0])]
    public void Users_in_all_their_spellings(string text, long[] expected) =>
        Assert.Equal(expected, Parse(JsonSerializer.Serialize(new { notify = new[] { text } })).Notify);

    [Fact]
    public void Field_lines_keep_their_order_and_everything_behind_the_first_equals_sign()
    {
        var settings = Parse("""{"fields":["UF_CRM_A=1=2","  ","uf_crm_b = x ","UF_CRM_A="]}""");

        Assert.Equal([new("UF_CRM_A", "1=2"), new("uf_crm_b", "x"), new("UF_CRM_A", "")], settings.Fields);
    }

    [Fact]
    public void One_wrong_property_does_not_hide_the_others()
    {
        var settings = Parse("""{"mode":["x"],"timeline":["N"],"notify":["user_3"],"fields":["=1","B=2"]}""");

        Assert.Equal(2, settings.Problems.Count);
        Assert.False(settings.Timeline);
        Assert.Equal([3L], settings.Notify);
        Assert.Equal([new("B", "2")], settings.Fields);
    }

    [Fact]
    public void Property_names_count_in_any_case() => Assert.Equal(TransferMode.Skip, Parse("""{"Mode":["skip"]}""").Mode);

    [Fact]
    public void No_text_of_a_designer_breaks_it()
    {
        string[] names = ["mode", "notify", "fields", "if_late", "timeline", "comment", "unknown"];
        Gen.Select(Gen.Int[0, names.Length - 1], Gen.String.Array[0, 3]).Sample((name, values) =>
            Assert.NotNull(Parse(JsonSerializer.Serialize(new Dictionary<string, string[]> { [names[name]] = values }))));
    }

    private static RobotSettings Parse(string json) => RobotSettings.Parse(json, Texts);
}
