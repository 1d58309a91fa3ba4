using B24RobotApp.Transfers.Schemas.Suggestions;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed class FieldSuggesterTests(ITestOutputHelper output)
{
    [Fact]
    public void Of_two_portals_with_60_fields_each_the_intended_pairs_are_found_and_no_wrong_one_is_proposed()
    {
        Assert.Equal(60, SixtyFields.Source.Fields.Count);
        Assert.Equal(60, SixtyFields.Esb.Fields.Count);

        var suggested = FieldSuggester.Suggest(SixtyFields.Source, SixtyFields.Esb);

        var pairs = suggested.Select(pair => (pair.Source.Name, pair.Esb.Name)).ToHashSet();
        var wrong = pairs.Except(SixtyFields.Pairs).ToList();
        var missed = SixtyFields.Pairs.Except(pairs).ToList();
        output.WriteLine($"{pairs.Count - wrong.Count} of {SixtyFields.Pairs.Count} intended pairs found, {wrong.Count} wrong ones proposed.");
        output.WriteLine($"Missed: {string.Join(", ", missed)}. Wrong: {string.Join(", ", wrong)}.");
        foreach (var pair in suggested)
        {
            output.WriteLine($"{pair.Confidence:0.00} {pair.Source.Name} -> {pair.Esb.Name}: {string.Join(", ", pair.Reasons)}{(pair.IsConverted ? ", converted" : "")}");
        }

        Assert.Empty(wrong);
        Assert.Empty(missed);
    }
}
