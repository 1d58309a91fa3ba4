using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Tests.Rest;

public sealed class PhpOutputTests
{
    [Theory]
    [InlineData("""{"a":{}}""", """{"a":[]}""")]
    [InlineData("""{"0":"x","1":"y"}""", """["x","y"]""")]
    [InlineData("""{"1":"x","0":"y"}""", """{"1":"x","0":"y"}""")]
    [InlineData("""{"00":"x"}""", """{"00":"x"}""")]
    [InlineData("""{"a":100.50,"b":100.00,"c":5}""", """{"a":100.5,"b":100,"c":5}""")]
    public void A_map_leaves_as_php_knows_it(string given, string expected) =>
        Assert.Equal(expected, Write(JsonNode.Parse(given)));

    [Fact]
    public void A_handler_can_say_that_an_empty_object_is_one() =>
        Assert.Equal("""{"a":{}}""", Write(new JsonObject { ["a"] = PhpOutput.EmptyObject() }));

    private static string Write(JsonNode? node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            PhpOutput.Write(writer, node);
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
