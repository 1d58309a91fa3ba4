using System.Text.Json;
using B24RobotApp.Transfers.Mapping;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

public sealed class MappingProfileTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("""{"schema":3,"name":{},"rules":[]}""", "reads forms 1 and 2")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title"}]}""", "exactly one of \"from\", \"template\", \"constant\" and \"property\"")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"title","template":"x"}]}""", "exactly one of")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"title","noMatch":"default"}]}""", "needs a \"default\"")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","template":"{% if %}"}]}""", "template of the rule for the field «title» is not readable")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"a"},{"to":"TITLE","from":"b"}]}""", "more than one rule without a condition")]
    [InlineData("""{"schema":2,"name":{},"rates":{"USD":5},"rules":[]}""", "«USD» must be written as")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"title","onUpdate":"sometimes"}]}""", "$.rules[0].onUpdate, line 1")]
    [InlineData("""{"schema":2,"name":{},"colour":"red","rules":[]}""", "colour")]
    public void What_is_wrong_with_a_document_is_said_in_one_line(string json, string expected)
    {
        Assert.False(MappingProfile.TryParse(json, out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void Conditions_let_several_rules_fill_one_field() => Assert.True(MappingProfile.TryParse(
        """{"schema":2,"name":{},"rules":[{"to":"title","from":"title"},{"to":"title","constant":"VIP","when":"{{ deal.UF_CRM_VIP }}"}]}""", out _, out _));

    [Fact]
    public void The_published_schema_is_that_of_the_documents_that_are_read()
    {
        var file = Path.Combine(Repository(), "app-manifest", "profiles", "profile.schema.json");
        var actual = MappingProfile.DescribeForm().ToJsonString(Readable) + "\n";

        Assert.Equal(actual.ReplaceLineEndings(), File.ReadAllText(file).ReplaceLineEndings());
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder.FullName, "app-manifest")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
