using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using CsCheck;

namespace B24RobotApp.Bitrix24.Tests.Calls;

public sealed class BatchEncodingTests
{
    /// <summary>Letters of all sorts and everything that means something to a URL, to PHP or to a batch.</summary>
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.OneOf("a", "Z", "0", "7", "&", "+", "%", "%41", "#", "=", "[", "]", "[]", "?", "/", ":", "@", ";", ".", " ", "_", "$", "$result", "\"", "'", "\\", "\r\n", "\t",
            "Ж", "ё", "中", "😀", "\u00a0", "~", "!", "*", "(", ")", ",", "|", "<br>").List[0, 6].Select(string.Concat),
        Gen.OneOf("=originId", ">=updatedTime", "@id", "UF_CRM_1", "Сделка № 5 & Ко", "50% + 50%", "a=b&c=d"));

    private static readonly Gen<JsonNode> Scalars = Gen.OneOf(
        Texts.Select(text => (JsonNode)JsonValue.Create(text)),
        Gen.Long.Select(number => (JsonNode)JsonValue.Create(number)),
        Gen.Decimal[-1_000_000, 1_000_000].Select(number => (JsonNode)JsonValue.Create(number)));

    private static readonly Gen<JsonNode> Values = Nested(3);

    private static readonly Gen<Call> Calls = Gen.Dictionary(Texts, Values)[0, 4].Select(parameters => new Call("crm.item.list", MapOf(parameters)));

    [Fact]
    public void What_php_reads_from_a_command_is_what_was_meant()
    {
        var travelled = 0;
        Calls.Sample(
            call =>
            {
                if (!BatchEncoding.CanBatch(call))
                {
                    return;
                }

                Interlocked.Increment(ref travelled);
                var (method, variables) = PhpQuery.Parse(BatchEncoding.Encode(call, KeyOf));
                Assert.Equal(call.Method, method);
                Assert.Equal(Sorted(PhpQuery.AsVariables(call.Parameters)), Sorted(variables));
            },
            iter: 20_000);
        Assert.True(travelled > 2_000, $"Only {travelled} of the calls could be batched; the property says little.");
    }

    [Fact]
    public void Filter_keys_with_an_operator_survive()
    {
        var call = new Call("crm.item.list", new JsonObject
        {
            ["entityTypeId"] = 2,
            ["filter"] = new JsonObject { ["=originId"] = "15", [">=updatedTime"] = "2026-11-24T10:00:00+03:00", ["@id"] = new JsonArray(1, 2) },
            ["select"] = new JsonArray("*"),
        });

        Assert.Equal(
            "crm.item.list?entityTypeId=2&filter%5B%3DoriginId%5D=15&filter%5B%3E%3DupdatedTime%5D=2026-11-24T10%3A00%3A00%2B03%3A00"
            + "&filter%5B%40id%5D%5B0%5D=1&filter%5B%40id%5D%5B1%5D=2&select%5B0%5D=%2A",
            BatchEncoding.Encode(call, KeyOf));
    }

    [Fact]
    public void A_reference_is_spelled_bare_with_the_key_of_the_call_it_means()
    {
        var call = new Call("crm.item.productrow.set", new JsonObject
        {
            ["ownerType"] = "D",
            ["ownerId"] = JsonValue.Create(new ResultReference(1, "item", "id")),
            ["filter"] = new JsonObject { ["@id"] = JsonValue.Create(new ResultReference(0, "items", "0", "UF X")) },
        });

        Assert.True(BatchEncoding.CanBatch(call));
        Assert.Equal(
            "crm.item.productrow.set?ownerType=D&ownerId=$result[c8][item][id]&filter%5B%40id%5D=$result[c7][items][0][UF%20X]",
            BatchEncoding.Encode(call, index => $"c{7 + index}"));
    }

    [Fact]
    public void A_call_without_parameters_is_its_method() =>
        Assert.Equal("profile", BatchEncoding.Encode(new Call("profile", []), KeyOf));

    [Theory]
    [InlineData("null", """{"a":null}""")]
    [InlineData("a null within a list", """{"a":[1,null]}""")]
    [InlineData("an empty list", """{"fields":{"contactIds":[]}}""")]
    [InlineData("an empty map", """{"fields":{}}""")]
    [InlineData("true", """{"a":true}""")]
    [InlineData("false", """{"a":{"b":[false]}}""")]
    [InlineData("a macro in a value", """{"title":"see $result[c0][item]"}""")]
    [InlineData("a macro in capitals", """{"title":"$RESULT[c0]"}""")]
    [InlineData("a macro for the total", """{"title":"$Total[c0]"}""")]
    [InlineData("a macro for the next page", """{"title":"x$next[c0]"}""")]
    [InlineData("a macro for the time", """{"title":"$time[c0]"}""")]
    [InlineData("a macro for an error", """{"title":"$eRRor[c0]"}""")]
    [InlineData("a macro in a key", """{"fields":{"$result[a":"x"}}""")]
    [InlineData("a name with a dot, which PHP turns into an underscore", """{"a.b":1}""")]
    [InlineData("a name with a blank", """{"a b":1}""")]
    [InlineData("a name with a bracket", """{"a[b]":1}""")]
    [InlineData("a name without a letter", """{"":1}""")]
    [InlineData("a key with a bracket", """{"a":{"b]c":1}}""")]
    [InlineData("an empty key", """{"a":{"":1}}""")]
    [InlineData("a blank key", """{"a":{" ":1}}""")]
    public void What_a_query_cannot_say_does_not_travel_in_a_batch(string what, string parameters) =>
        Assert.False(BatchEncoding.CanBatch(CallWith(parameters)), what);

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"title":"100 $ result [c0]"}""")]
    [InlineData("""{"title":"$result"}""")]
    [InlineData("""{"title":""}""")]
    [InlineData("""{"filter":{"=a.b c":0}}""")]
    public void Ordinary_values_travel_in_a_batch(string parameters) => Assert.True(BatchEncoding.CanBatch(CallWith(parameters)));

    [Fact]
    public void More_variables_than_php_keeps_do_not_travel_in_a_batch()
    {
        Assert.True(BatchEncoding.CanBatch(Rows(81)));
        Assert.False(BatchEncoding.CanBatch(Rows(82)));

        static Call Rows(int count) => new("crm.item.productrow.set", new JsonObject
        {
            ["productRows"] = new JsonArray([.. Enumerable.Range(0, count).Select(row =>
                new JsonObject(Enumerable.Range(0, 11).Select(field => KeyValuePair.Create($"f{field}", (JsonNode?)JsonValue.Create(row)))))]),
            // 81 rows of eleven fields and these nine are 900.
            ["rest"] = new JsonArray([.. Enumerable.Range(0, 9).Select(i => JsonValue.Create(i))]),
        });
    }

    [Fact]
    public void A_file_does_not_travel_in_a_batch() =>
        Assert.False(BatchEncoding.CanBatch(new Call("crm.item.update", new JsonObject { ["file"] = new string('A', 100_001) })));

    [Fact]
    public void Dates_guids_and_parsed_numbers_are_spelled_as_in_json()
    {
        var call = new Call("m", new JsonObject
        {
            ["at"] = JsonValue.Create(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.FromHours(3))),
            ["guid"] = JsonValue.Create(Guid.Empty),
            ["parsed"] = JsonNode.Parse("""["x&y", 1.50]"""),
            ["big"] = 1e21,
        });

        Assert.True(BatchEncoding.CanBatch(call));
        Assert.Equal(
            "m?at=2026-11-24T10%3A00%3A00%2B03%3A00&guid=00000000-0000-0000-0000-000000000000&parsed%5B0%5D=x%26y&parsed%5B1%5D=1.50&big=1E%2B21",
            BatchEncoding.Encode(call, KeyOf));
    }

    private static string KeyOf(int index) => $"c{index}";

    private static Call CallWith(string parameters) => new("m", JsonNode.Parse(parameters)!.AsObject());

    private static Gen<JsonNode> Nested(int depth) => depth == 0
        ? Scalars
        : Gen.Frequency(
            (4, Scalars),
            (1, Gen.Dictionary(Texts, Nested(depth - 1))[1, 3].Select(map => (JsonNode)MapOf(map))),
            (1, Nested(depth - 1).List[1, 3].Select(list => (JsonNode)new JsonArray([.. list.Select(node => node.DeepClone())]))));

    private static JsonObject MapOf(Dictionary<string, JsonNode> map) =>
        new(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.DeepClone())));

    /// <summary>PHP's maps keep an order that does not matter here.</summary>
    private static string Sorted(JsonNode node) => node is JsonObject map
        ? "{" + string.Join(",", map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => JsonSerializer.Serialize(pair.Key) + ":" + Sorted(pair.Value!))) + "}"
        : node.ToJsonString();
}
