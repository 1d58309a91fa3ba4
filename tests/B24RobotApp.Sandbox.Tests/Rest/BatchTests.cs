using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Rest;

public sealed class BatchTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private IncomingWebhook _webhook = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _webhook = _sandbox.Source.CreateIncomingWebhook(1, "crm");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task Every_map_of_an_empty_batch_is_an_empty_list()
    {
        var batch = await BatchAsync("""{"cmd":{}}""");

        Assert.Equal("""{"result":[],"result_error":[],"result_total":[],"result_next":[],"result_time":[]}""", batch.ToJsonString());
    }

    [Fact]
    public async Task Commands_given_as_a_list_come_back_as_a_list()
    {
        var batch = await BatchAsync("""{"cmd":["test.echo?a=1","test.echo?a=2"]}""");

        Assert.Equal("""[{"a":"1"},{"a":"2"}]""", batch["result"]!.ToJsonString());
    }

    [Fact]
    public async Task Everything_arrives_as_text_and_nothing_is_an_empty_text()
    {
        var batch = await BatchAsync("""{"cmd":{"a":"test.echo?n=1&b=true&e=&l[]=1&m[x]=2&bare"}}""");

        Assert.Equal("""{"n":"1","b":"true","e":"","l":["1"],"m":{"x":"2"},"bare":""}""", batch["result"]!["a"]!.ToJsonString());
    }

    [Fact]
    public async Task Commands_are_url_decoded_even_inside_json()
    {
        var batch = await BatchAsync("""{"cmd":{"raw":"test.echo?t=a+b%26c&p=100%","encoded":"test.echo?t=a%2Bb%2526c"}}""");

        Assert.Equal("""{"t":"a b&c","p":"100%"}""", batch["result"]!["raw"]!.ToJsonString(Plain.Json));
        Assert.Equal("""{"t":"a+b%26c"}""", batch["result"]!["encoded"]!.ToJsonString(Plain.Json));
    }

    [Fact]
    public async Task An_equals_sign_that_is_not_encoded_breaks_a_filters_key()
    {
        var batch = await BatchAsync("""{"cmd":{"raw":"test.echo?filter[=id]=5","encoded":"test.echo?filter[%3Did]=5"}}""");

        Assert.Equal("""{"filter_":"id]=5"}""", batch["result"]!["raw"]!.ToJsonString());
        Assert.Equal("""{"filter":{"=id":"5"}}""", batch["result"]!["encoded"]!.ToJsonString());
    }

    [Fact]
    public async Task A_raw_hash_ends_a_command_and_a_raw_line_break_becomes_an_underscore()
    {
        var batch = await BatchAsync("{\"cmd\":{\"hash\":\"test.echo?t=a#b\",\"line\":\"test.echo?t=a\\nb\",\"encoded\":\"test.echo?t=a%23b%0Ac\"}}");

        Assert.Equal("a", batch["result"]!["hash"]!["t"]!.GetValue<string>());
        Assert.Equal("a_b", batch["result"]!["line"]!["t"]!.GetValue<string>());
        Assert.Equal("a#b\nc", batch["result"]!["encoded"]!["t"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reference_that_is_the_whole_value_keeps_its_type()
    {
        var batch = await BatchAsync("""
            {"cmd":{"a":"test.item","n":"test.echo?x=$result[a][item][id]","l":"test.echo?x=$result[a][item][tags]","f":"test.echo?x=$result[a][list][0][ID]"}}
            """);

        Assert.Equal("""{"x":15}""", batch["result"]!["n"]!.ToJsonString());
        Assert.Equal("""{"x":["a","b"]}""", batch["result"]!["l"]!.ToJsonString());
        Assert.Equal("""{"x":"7"}""", batch["result"]!["f"]!.ToJsonString());
    }

    [Fact]
    public async Task A_reference_inside_a_text_is_put_in_as_text_and_only_scalars_are()
    {
        var batch = await BatchAsync("""
            {"cmd":{"a":"test.item","x":"test.echo?t=Deal%20$result[a][item][id]%20is%20$result[a][item][title]%20$result[a][item]"}}
            """);

        Assert.Equal("Deal 15 is Сделка $result[a][item]", batch["result"]!["x"]!["t"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_yields_the_deepest_part_that_exists()
    {
        var batch = await BatchAsync("""
            {"cmd":{"a":"test.fail","b":"test.item","whole":"test.echo?x=$result[a][item][id]","part":"test.echo?x=$result[b][item][missing][id]","empty":"test.echo?x=$result[b][item][nothing]"}}
            """);

        // Command a failed, so "result" holds b alone: the whole map is put in.
        Assert.Equal(["b"], batch["result"]!["whole"]!["x"]!.AsObject().Select(entry => entry.Key));
        Assert.Equal(15, batch["result"]!["part"]!["x"]!["id"]!.GetValue<int>());
        Assert.Equal(15, batch["result"]!["empty"]!["x"]!["id"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("$result[a][item][id]")]
    [InlineData("$total[a]")]
    [InlineData("$next[a]")]
    [InlineData("$time[a]")]
    [InlineData("$error[a]")]
    public async Task A_users_text_that_looks_like_a_reference_is_rewritten(string text)
    {
        var batch = await BatchAsync($$$"""{"cmd":{"a":"test.item","x":"test.echo?t={{{Uri.EscapeDataString(text)}}}"}}""");

        Assert.NotEqual(JsonValue.Create(text).ToJsonString(), batch["result"]!["x"]!["t"]?.ToJsonString());
    }

    [Fact]
    public async Task A_reference_in_capitals_is_found_but_has_no_value()
    {
        var batch = await BatchAsync("""{"cmd":{"a":"test.item","x":"test.echo?t=id%20$RESULT[a][item][id]"}}""");

        Assert.Equal("id ", batch["result"]!["x"]!["t"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_reference_reaches_to_the_next_white_space()
    {
        var batch = await BatchAsync("""{"cmd":{"a":"test.item","x":"test.echo?t=$result[a][item][id],$result[a][item][title]"}}""");

        Assert.Equal("""{"t":15}""", batch["result"]!["x"]!.ToJsonString());
    }

    [Fact]
    public async Task A_batch_whose_commands_all_failed_is_a_200()
    {
        var answer = await _sandbox.CallAsync(_webhook, "batch", """{"cmd":{"a":"test.fail","b":"no.such.method"}}""");

        Assert.Equal(200, answer.Status);
        var errors = answer.Result!["result_error"]!;
        Assert.Equal("""{"error":"NOT_FOUND","error_description":"Not found"}""", errors["a"]!.ToJsonString());
        Assert.Equal("ERROR_METHOD_NOT_FOUND", errors["b"]!["error"]!.GetValue<string>());
        Assert.Equal("[]", answer.Result["result"]!.ToJsonString());
        Assert.Equal("[]", answer.Result["result_time"]!.ToJsonString());
    }

    [Theory]
    [InlineData("0", 3)]
    [InlineData("\"0\"", 3)]
    [InlineData("false", 3)]
    [InlineData("1", 1)]
    [InlineData("true", 1)]
    [InlineData("\"false\"", 1)]
    public async Task Halt_leaves_the_later_commands_out_of_every_map(string halt, int answered)
    {
        var batch = await BatchAsync($$"""{"halt":{{halt}},"cmd":{"a":"test.fail","b":"test.echo?x=1","c":"test.echo?x=2"} }""");

        Assert.Equal(answered, Count(batch["result"]) + Count(batch["result_error"]));
    }

    [Fact]
    public async Task Command_51_exceeds_the_length_and_the_first_fifty_run()
    {
        var commands = string.Join(',', Enumerable.Range(0, 52).Select(number => string.Create(CultureInfo.InvariantCulture, $"\"c{number}\":\"test.echo?n={number}\"")));

        var batch = await BatchAsync($$$"""{"cmd":{{{{commands}}}}}""");

        Assert.Equal(50, Count(batch["result"]));
        Assert.Equal(["c50", "c51"], batch["result_error"]!.AsObject().Select(entry => entry.Key));
        Assert.Equal("ERROR_BATCH_LENGTH_EXCEEDED", batch["result_error"]!["c50"]!["error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("batch?cmd[a]=test.echo")]
    [InlineData("Batch")]
    [InlineData("download")]
    [InlineData("upload")]
    public async Task A_batch_takes_no_batch_and_no_file_links(string command)
    {
        var batch = await BatchAsync($$$"""{"cmd":{"a":"{{{command}}}"}}""");

        Assert.Equal("ERROR_BATCH_METHOD_NOT_ALLOWED", batch["result_error"]!["a"]!["error"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_command_that_is_no_text_is_passed_over_without_a_word()
    {
        var batch = await BatchAsync("""{"cmd":{"a":{"method":"test.echo"},"b":["test.echo"],"c":5,"d":"test.echo?x=1"}}""");

        Assert.Equal("""{"d":{"x":"1"}}""", batch["result"]!.ToJsonString());
        Assert.Equal("[]", batch["result_error"]!.ToJsonString());
    }

    [Fact]
    public async Task A_batch_sent_as_a_form_is_decoded_twice()
    {
        var answer = await _sandbox.PostFormAsync(new Uri(_webhook.Url, "batch"), "halt=0&cmd[a]=" + Uri.EscapeDataString("test.echo?t=a%26b"));

        Assert.Equal("a&b", answer.Result!["result"]!["a"]!["t"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_sub_call_has_page_figures_and_times_in_maps_of_their_own()
    {
        _sandbox.Source.Methods.Add("test.list", null, call =>
        {
            (call.Total, call.Next) = (123, call.Start + 50);
            return new JsonArray(1, 2);
        });

        var batch = await BatchAsync("""{"cmd":{"p":"test.list?start=50","q":"test.echo"}}""");

        Assert.Equal("""{"p":123}""", batch["result_total"]!.ToJsonString());
        Assert.Equal("""{"p":100}""", batch["result_next"]!.ToJsonString());
        Assert.Equal(["p", "q"], batch["result_time"]!.AsObject().Select(entry => entry.Key));
    }

    [Fact]
    public async Task A_missing_scope_fails_the_sub_call_alone_and_without_a_text()
    {
        var webhook = _sandbox.Source.CreateIncomingWebhook(1, "im");

        var answer = await _sandbox.CallAsync(webhook, "batch", """{"cmd":{"a":"test.crm","b":"test.echo?x=1"}}""");

        Assert.Equal("""{"error":"insufficient_scope","error_description":""}""", answer.Result!["result_error"]!["a"]!.ToJsonString());
        Assert.Equal("""{"b":{"x":"1"}}""", answer.Result["result"]!.ToJsonString());
    }

    [Fact]
    public async Task More_than_a_thousand_variables_of_a_sub_call_are_cut_silently()
    {
        var query = string.Join('&', Enumerable.Range(0, 1200).Select(number => $"r[]={number}"));

        var batch = await BatchAsync($$$"""{"cmd":{"a":"test.echo?{{{query}}}"}}""");

        Assert.Equal(1000, batch["result"]!["a"]!["r"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_same_rows_as_a_plain_json_call_arrive_all()
    {
        var rows = string.Join(',', Enumerable.Range(0, 1200));

        var answer = await _sandbox.CallAsync(_webhook, "test.echo", $$"""{"r":[{{rows}}]}""");

        Assert.Equal(1200, answer.Result!["r"]!.AsArray().Count);
    }

    private static int Count(JsonNode? map) => map is JsonObject found ? found.Count : 0;

    private async Task<JsonNode> BatchAsync(string json) => (await _sandbox.CallAsync(_webhook, "batch", json)).Result!;
}
