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
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","template":"{% if %}"}]}""", "$.rules[0].template, line 1: The template of the rule for the field «title» cannot be used")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"a"},{"to":"TITLE","from":"b"}]}""", "more than one rule without a condition")]
    [InlineData("""{"schema":2,"name":{},"rates":{"USD":5},"rules":[]}""", "«USD» must be written as")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"title","onUpdate":"sometimes"}]}""", "$.rules[0].onUpdate, line 1")]
    [InlineData("""{"schema":2,"name":{},"colour":"red","rules":[]}""", "colour")]
    [InlineData("""{"schema":2,"name":{},"rules":[],"rules":[{"to":"title","from":"title"}]}""", "Duplicate property 'rules'")]
    [InlineData("""{"schema":2,"name":{},"rules":[{"to":"title","from":"title","from":"comments"}]}""", "$.rules[0]")]
    public void What_is_wrong_with_a_document_is_said_in_one_line(string json, string expected)
    {
        Assert.False(MappingProfile.TryParse(json, out _, out var problem));
        Assert.Contains(expected, problem.In("en"), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.In("en") + problem.In("ru"));
        Assert.NotEqual(problem.In("en"), problem.In("ru"));
    }

    [Fact]
    public void All_problems_of_a_documents_rules_are_told_with_their_lines()
    {
        const string Json = """
            {
              "schema": 2, "name": {},
              // a comment
              "rules": [
                {"to": "title", "from": "title"},
                {"to": "comments"},
                {
                  "to": "UF_CRM_X", "from": "UF_CRM_X", "when": "{% capture x %}"
                }
              ],
              "to": "boat"
            }
            """;

        Assert.Equal(["$.to ", "$.rules[1] 6", "$.rules[2].when 7"], MappingProfile.FindProblems(Json).Select(problem => $"{problem.Path} {problem.Line}"));
    }

    [Fact]
    public void A_document_may_name_its_schema() =>
        Assert.True(MappingProfile.TryParse("""{"$schema":"profile.schema.json","schema":2,"name":{},"rules":[]}""", out _, out _));

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
