using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Links;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Links;

public sealed class OriginKeyTests
{
    public static TheoryData<string, string> Kinds { get; } = new(
        from source in new[] { "deal", "lead", "quote", "invoice", "dynamic_147" }
        from esb in new[] { "deal", "lead", "quote", "invoice", "dynamic_147" }
        select new TheoryDataRow<string, string>(source, esb));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_written_on_an_item_finds_it_and_is_recognised(string source, string esb)
    {
        var kind = CrmKind.Find(esb)!;
        var key = OriginKey.Of(Given.Member(), CrmKind.Find(source)!, 15);
        var fields = new JsonObject();

        key.WriteTo(fields, kind, kind.OriginField);

        Assert.Equal(fields.Select(field => ("=" + field.Key, field.Value!.ToString())), key.Filter(kind, kind.OriginField).Select(field => (field.Key, field.Value!.ToString())));
        Assert.StartsWith($"b24:{Given.Member()}", OriginKey.Find(JsonSerializer.SerializeToElement(fields), kind), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deal_is_marked_as_ever() => Assert.Equal("15", OriginKey.Of(Given.Member(), CrmKind.Deal, 15).Id);

    [Theory]
    [InlineData("15", "deal", 15)]
    [InlineData("lead_7", "lead", 7)]
    [InlineData("dynamic_147_8", "dynamic_147", 8)]
    public void The_id_is_read_back(string text, string kind, long id)
    {
        Assert.True(OriginKey.TryParseId(text, out var source, out var read));
        Assert.Equal((kind, id), (source.Name, read));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("15:019cf5dfa2807d85b566fc36aeeef859")]
    [InlineData("lead_7:019cf5dfa2807d85b566fc36aeeef859")]
    [InlineData("order_7")]
    public void What_belongs_to_one_transfer_or_another_app_is_not_read(string? text) => Assert.False(OriginKey.TryParseId(text, out _, out _));

    [Fact]
    public void The_same_number_of_two_kinds_or_two_ways_is_not_the_same_link() =>
        Assert.Equal(4, new[] { LinkedEntity.Deal, LinkedEntities.Of(1, 1), LinkedEntities.Of(1, 2), LinkedEntities.Of(2, 1) }.Distinct().Count());

    [Fact]
    public void Things_that_stay_what_they_are_keep_their_number() => Assert.Equal(LinkedEntity.Deal, LinkedEntities.Of(2, 2));
}
