using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running.Clients;
using B24RobotApp.Transfers.Running.Writing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>What an update writes over what stands on the ESB.</summary>
public sealed class UpdatePlanTests
{
    private static readonly MappedDeal Deal = new()
    {
        ForCreate = [],
        ForUpdate = new JsonObject { ["title"] = "Поставка" },
        OnlyIfEmpty = new JsonObject { ["additionalInfo"] = "из источника", ["probability"] = 50 },
        Merged = new Dictionary<string, MergedText> { ["comments"] = new("Блок", text => text.Contains("Блок", StringComparison.Ordinal) ? text : text + "\nБлок") },
        OnlyWithChange = new JsonObject { ["ufCrmTransferDate"] = "2026-11-25T10:00:00+03:00" },
        Rows = null,
    };

    [Theory]
    [InlineData("""{"additionalInfo":"","probability":0,"comments":"Люди"}""", "title additionalInfo probability comments ufCrmTransferDate")]
    [InlineData("""{"additionalInfo":"от людей","probability":70,"comments":"Люди\nБлок"}""", "title ufCrmTransferDate")]
    [InlineData("""{"additionalInfo":null,"probability":"10"}""", "title additionalInfo comments ufCrmTransferDate")]
    public void Only_what_is_empty_there_is_filled_and_a_text_is_put_into_what_stands(string current, string written)
    {
        var plan = UpdatePlan.Of(Deal, null, null, JsonElement.Parse(current));

        Assert.Equal(written, string.Join(' ', plan.Fields.Select(field => field.Key)));
    }

    [Fact]
    public void The_same_a_second_time_is_nothing_whatever_people_wrote_there()
    {
        var known = WriteDigest.Of(Deal, null);

        Assert.False(UpdatePlan.DependsOnCurrent(Deal, null, known, WriteDigest.Of(Deal, null, known)));
        Assert.True(UpdatePlan.Of(Deal, null, known, default).IsEmpty);
    }

    [Fact]
    public void News_in_a_field_that_is_only_filled_are_news()
    {
        var changed = Deal with { OnlyIfEmpty = new JsonObject { ["additionalInfo"] = "другое" } };

        Assert.True(UpdatePlan.DependsOnCurrent(changed, null, WriteDigest.Of(Deal, null), WriteDigest.Of(changed, null)));
    }

    [Theory]
    [InlineData(7, "")]
    [InlineData(8, null)]
    public void A_company_is_taken_off_only_if_it_is_the_one_that_was_put_there(long standing, string? written)
    {
        var known = WriteDigest.Of(Deal, new EsbClient(7, [1, 2], []));
        var client = new EsbClient(null, [1, 2], []);

        Assert.True(UpdatePlan.DependsOnCurrent(Deal, client, known, WriteDigest.Of(Deal, client, known)));
        Assert.Equal(written, UpdatePlan.Of(Deal, client, known, JsonElement.Parse($$"""{"companyId":{{standing}}}""")).Fields["companyId"]?.ToString());
    }

    [Fact]
    public void The_digest_says_the_same_after_it_was_kept()
    {
        var digest = WriteDigest.Of(Deal, new EsbClient(7, [1, 2], []));

        Assert.Equal(digest, WriteDigest.Parse(digest.ToString()));
        Assert.Equal(7, digest.CompanyId);
    }
}
