using B24RobotApp.Transfers.Schemas;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed class ProfileDiffTests
{
    [Fact]
    public void Rules_are_compared_by_their_field_wherever_they_stand()
    {
        var changes = ProfileDiff.Between(
            """{ "schema": 2, "rules": [ { "to": "title", "from": "title" }, { "to": "comments", "from": "comments" } ] }""",
            """{ "schema": 2, /* a word */ "responsible": "7", "rules": [ { "to": "comments", "from": "comments" }, { "to": "title", "constant": "x" }, ] }""");

        Assert.Equal(["rules[title]", "responsible"], changes.Select(change => change.Path));
        Assert.Null(changes[1].Before);
    }

    [Fact]
    public void Of_several_rules_for_one_field_each_change_is_told()
    {
        var changes = ProfileDiff.Between(
            """{ "rules": [ { "to": "title", "from": "title", "when": "1" }, { "to": "title", "from": "comments" } ] }""",
            """{ "rules": [ { "to": "title", "from": "title", "when": "2" }, { "to": "title", "from": "comments" }, { "to": "title", "constant": "x", "when": "3" } ] }""");

        Assert.Equal(["rules[title]", "rules[title][3]"], changes.Select(change => change.Path));
    }
}
