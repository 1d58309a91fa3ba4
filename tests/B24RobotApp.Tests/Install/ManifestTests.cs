using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Install;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Tests.Install;

/// <summary>Holds every robot definition against the rules of bizproc/bizproc-robot/bizproc-robot-add.md and of the portal's sources.</summary>
public sealed partial class ManifestTests
{
    private static readonly string[] Taken =
        ["title", "usesubscription", "istimeout", "authuserid", "setstatusmessage", "statusmessage", "timeoutduration", "timeoutdurationtype"];

    // No dates and no files: how these arrive depends on the portal's version and culture.
    private static readonly string[] PropertyTypes = ["bool", "double", "int", "select", "string", "text", "user"];

    private static readonly AppManifest Manifest = new();

    public static TheoryData<string> Robots() => [.. Manifest.Robots.Select(robot => robot.Code)];

    [Theory]
    [MemberData(nameof(Robots))]
    public void A_robot_has_a_code_that_portals_take(string code) => Assert.Matches(Code(), code);

    [Theory]
    [MemberData(nameof(Robots))]
    public void Property_ids_are_letters_digits_and_underscores_and_none_is_the_designers(string code)
    {
        foreach (var (id, _) in Definition(code).Properties.Concat(Definition(code).ReturnProperties))
        {
            Assert.Matches(Id(), id);
            Assert.DoesNotContain(id.ToLowerInvariant(), Taken);
        }
    }

    [Theory]
    [MemberData(nameof(Robots))]
    public void No_two_ids_differ_in_case_only_and_no_return_value_has_a_propertys_id(string code)
    {
        var ids = Definition(code).Properties.Concat(Definition(code).ReturnProperties).Select(property => property.Key.ToLowerInvariant()).ToList();

        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Robots))]
    public void Everything_has_a_name_in_Russian_and_English(string code)
    {
        var robot = Definition(code);
        AssertBothLanguages(robot.Name);
        AssertBothLanguages(robot.Description);
        foreach (var (_, property) in robot.Properties.Concat(robot.ReturnProperties))
        {
            AssertBothLanguages(property!["Name"]);
            if (property["Description"] is { } description)
            {
                AssertBothLanguages(description);
            }

            foreach (var (_, title) in property["Options"]?.AsObject() ?? [])
            {
                AssertBothLanguages(title);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Robots))]
    public void Types_are_those_whose_values_arrive_unharmed_and_defaults_are_among_the_choices(string code)
    {
        foreach (var (_, property) in Definition(code).Properties)
        {
            var type = property!["Type"]!.GetValue<string>();
            Assert.Contains(type, PropertyTypes);
            if (type == "select" && property["Default"] is { } preset && property["Options"] is { } options)
            {
                Assert.NotNull(options[preset.GetValue<string>()]);
            }

            if (type == "bool")
            {
                Assert.True(property["Default"]?.GetValue<string>() is null or "Y" or "N");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Robots))]
    public void The_definition_is_far_below_the_portals_limit_and_for_the_kinds_that_can_be_sent(string code)
    {
        var robot = Definition(code);

        Assert.True(robot.Properties.ToJsonString().Length < 60_000);
        Assert.True(robot.ReturnProperties.ToJsonString().Length < 60_000);
        Assert.Equal(["crm", "CCrmDocumentDeal", "DEAL"], robot.DocumentType.Select(part => part!.GetValue<string>()));
        CrmKind[] kinds = [CrmKind.Deal, CrmKind.Lead, CrmKind.Quote, CrmKind.Invoice, CrmKind.Find(147)!];
        Assert.Equal(kinds.Select(kind => $"crm {kind.DocumentClass}"), robot.Filter["INCLUDE"]!.AsArray().Select(rule => string.Join(' ', rule!.AsArray())));
    }

    [Fact]
    public void The_robot_returns_what_later_robots_are_promised() => Assert.Equal(
        ["esb_deal_id", "esb_deal_url", "status", "success", "error_code", "error_message", "transfer_id", "transferred_at", "products_sent", "files_sent"],
        Definition("send_to_esb").ReturnProperties.Select(property => property.Key));

    [Fact]
    public void Only_the_connection_has_to_be_chosen() => Assert.Equal(
        ["connection"],
        Definition("send_to_esb").Properties.Where(property => property.Value!["Required"]!.GetValue<string>() == "Y").Select(property => property.Key));

    [Theory]
    [InlineData("default")]
    [InlineData("leads")]
    [InlineData("quotes")]
    [InlineData("invoices")]
    [InlineData("smart-processes")]
    public void The_starter_profiles_can_be_read(string code)
    {
        var json = File.ReadAllText(Path.Combine(AppManifest.Folder, "profiles", $"{code}.json"));

        Assert.True(MappingProfile.TryParse(json, out _, out var problem), problem?.In("en"));
    }

    private static RobotDefinition Definition(string code) => Manifest.Robots.Single(robot => robot.Code == code);

    private static void AssertBothLanguages(JsonNode? texts)
    {
        Assert.NotNull(texts);
        Assert.False(string.IsNullOrWhiteSpace(texts["ru"]?.GetValue<string>()));
        Assert.False(string.IsNullOrWhiteSpace(texts["en"]?.GetValue<string>()));
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}$")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]*$")]
    private static partial Regex Id();
}
