using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Tests.Rest;

public sealed class PhpQueryTests
{
    [Theory]
    [InlineData("a=1&b=x", """{"a":"1","b":"x"}""")]
    [InlineData("a=1&a=2", """{"a":"2"}""")]
    [InlineData("a[]=1&a[]=2", """{"a":["1","2"]}""")]
    [InlineData("a[x][y]=1&a[x][z]=2", """{"a":{"x":{"y":"1","z":"2"}}}""")]
    [InlineData("a[0]=x&a[1]=y", """{"a":["x","y"]}""")]
    [InlineData("a[1]=x&a[0]=y", """{"a":{"1":"x","0":"y"}}""")]
    [InlineData("a[5]=x&a[]=y", """{"a":{"5":"x","6":"y"}}""")]
    [InlineData("a=1&a[x]=2", """{"a":{"x":"2"}}""")]
    [InlineData("a[x]=2&a=1", """{"a":"1"}""")]
    [InlineData("a.b c=1", """{"a_b_c":"1"}""")]
    [InlineData("a[b=1", """{"a_b":"1"}""")]
    [InlineData("a[b]c[d]=1", """{"a":{"b":"1"}}""")]
    [InlineData("[a]=1&=2&b", """{"b":""}""")]
    [InlineData("filter[=id]=5", """{"filter_":"id]=5"}""")]
    [InlineData("filter%5B%3Did%5D=5", """{"filter":{"=id":"5"}}""")]
    [InlineData("a=1+2%2B3%26%D0%A4", """{"a":"1 2+3&Ф"}""")]
    [InlineData("a=100%&b=%zz&c=%4", """{"a":"100%","b":"%zz","c":"%4"}""")]
    [InlineData("", "{}")]
    public void Text_is_read_as_php_parses_strings(string text, string expected)
    {
        var parsed = PhpQuery.Parse(text).ToJsonString(Plain.Json);

        Assert.Equal(expected, parsed);
    }

    [Fact]
    public void Variables_beyond_a_thousand_are_cut_off_without_a_word()
    {
        var text = string.Join('&', Enumerable.Range(0, 1100).Select(number => $"a[]={number}"));

        Assert.Equal(1000, PhpQuery.Parse(text)["a"]!.AsArray().Count);
    }

    [Fact]
    public void Building_a_form_and_reading_it_gives_the_same()
    {
        const string Json = """{"event":"X","data":{"FIELDS":{"ID":"15"}},"list":["1","2 3&=+Ф"],"deep":[{"a":"1"}]}""";

        var form = PhpForm.Build(System.Text.Json.Nodes.JsonNode.Parse(Json)!.AsObject());

        Assert.Equal(Json, PhpQuery.Parse(form).ToJsonString(Plain.Json));
    }

    [Fact]
    public void Nulls_and_empty_arrays_vanish_from_a_form_and_true_is_one()
    {
        var form = PhpForm.Build(System.Text.Json.Nodes.JsonNode.Parse("""{"a":null,"b":[],"c":true,"d":false,"e":""}""")!.AsObject());

        Assert.Equal("c=1&d=0&e=", form);
    }
}
