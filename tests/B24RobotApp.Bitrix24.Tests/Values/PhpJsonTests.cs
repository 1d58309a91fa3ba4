using System.Globalization;
using System.Text.Json;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.Values;

public sealed class PhpJsonTests
{
    [Theory]
    [InlineData("\"15\"", "15")]
    [InlineData("15", "15")]
    [InlineData("10.50", "10.50")]
    [InlineData("\"\"", "")]
    [InlineData("true", "Y")]
    [InlineData("false", "N")]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    [InlineData("{\"a\":1}", null)]
    public void A_text_is_what_is_spelled(string json, string? expected) => Assert.Equal(expected, Json(json).AsText());

    [Theory]
    [InlineData("15", 15L)]
    [InlineData("\"15\"", 15L)]
    [InlineData("\"-1\"", -1L)]
    [InlineData("15.0", 15L)]
    [InlineData("\"15.00\"", 15L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", null)]
    [InlineData("1e300", null)]
    [InlineData("15.5", null)]
    [InlineData("\"\"", null)]
    [InlineData("\"DEAL_15\"", null)]
    [InlineData("\"0x1F\"", null)]
    [InlineData("false", null)]
    [InlineData("null", null)]
    [InlineData("[15]", null)]
    public void Whole_numbers_are_read_from_numbers_and_from_texts(string json, long? expected) => Assert.Equal(expected, Json(json).AsLong());

    [Theory]
    [InlineData("1234.56", "1234.56")]
    [InlineData("\"1234.5600\"", "1234.5600")]
    [InlineData("\"0\"", "0")]
    [InlineData("\"1234,56\"", null)]
    [InlineData("\"1 234.56\"", null)]
    [InlineData("\"n/a\"", null)]
    [InlineData("null", null)]
    public void Amounts_are_read_with_a_dot_only(string json, string? expected) =>
        Assert.Equal(expected, Json(json).AsDecimal()?.ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("\"Y\"", true)]
    [InlineData("\"y\"", true)]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("1", true)]
    [InlineData("\"1\"", true)]
    [InlineData("\"N\"", false)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("\"0\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("null", null)]
    [InlineData("\"perhaps\"", null)]
    [InlineData("2", null)]
    [InlineData("[]", null)]
    public void Flags_are_read_in_every_spelling(string json, bool? expected) => Assert.Equal(expected, Json(json).AsBoolean());

    // Trap 13: midnight UTC of the day, written in the server's zone, is the day before west of Greenwich.
    [Theory]
    [InlineData("2026-11-24", "2026-11-24")]
    [InlineData("2026-11-24T00:00:00+03:00", "2026-11-24")]
    [InlineData("2026-11-24T00:00:00-05:00", "2026-11-24")]
    [InlineData("2026-11-24T03:00:00+03:00", "2026-11-24")]
    [InlineData("2024-07-23T02:00:00+02:00", "2024-07-23")]
    [InlineData("2026-11-23T19:00:00-05:00", "2026-11-24")]
    [InlineData("2026-11-24T13:00:00+13:00", "2026-11-24")]
    [InlineData("2026-11-24T05:30:00+05:30", "2026-11-24")]
    [InlineData("2026-11-24T00:00:00Z", "2026-11-24")]
    [InlineData("2026-11-24T17:45:10+03:00", "2026-11-24")]
    [InlineData("2026-11-24T23:30:00-05:00", "2026-11-24")]
    [InlineData("24.11.2026", null)]
    [InlineData("11/24/2026", null)]
    [InlineData("10:00", null)]
    [InlineData("0000-00-00", null)]
    [InlineData("", null)]
    public void A_date_is_the_day_that_was_meant_in_any_server_zone(string text, string? expected) =>
        Assert.Equal(expected, Text(text).AsDate()?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("2026-11-24T17:45:10+03:00", "2026-11-24T17:45:10+03:00")]
    [InlineData("2026-11-24T17:45:10+0300", "2026-11-24T17:45:10+03:00")]
    [InlineData("2026-11-24T17:45:10Z", "2026-11-24T17:45:10+00:00")]
    [InlineData("2026-11-24T17:45:10.250+03:00", "2026-11-24T17:45:10+03:00")]
    [InlineData("2026-11-24 17:45:10", "2026-11-24T17:45:10+00:00")]
    [InlineData("24.11.2026 17:45:10", null)]
    [InlineData("2026-13-24T17:45:10+03:00", null)]
    [InlineData("tomorrow", null)]
    [InlineData("", null)]
    public void A_time_keeps_its_offset_and_a_spelling_of_one_culture_is_not_guessed(string text, string? expected) =>
        Assert.Equal(expected, Text(text).AsDateTime()?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("15")]
    [InlineData("null")]
    [InlineData("false")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void What_is_no_text_is_neither_a_date_nor_a_time(string json)
    {
        Assert.Null(Json(json).AsDate());
        Assert.Null(Json(json).AsDateTime());
    }

    [Theory]
    [InlineData("\"100.50|RUB\"", "100.50", "RUB")]
    [InlineData("\"100|USD\"", "100", "USD")]
    [InlineData("\"100.50\"", "100.50", "")]
    [InlineData("100.5", "100.5", "")]
    [InlineData("\"-3|EUR\"", "-3", "EUR")]
    public void Money_is_an_amount_and_a_currency(string json, string amount, string currency)
    {
        var money = Json(json).AsMoney();

        Assert.Equal((decimal.Parse(amount, CultureInfo.InvariantCulture), currency), money);
    }

    [Theory]
    [InlineData("\"|RUB\"")]
    [InlineData("\"a|b|c\"")]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("[]")]
    public void What_is_no_money_is_absent(string json) => Assert.Null(Json(json).AsMoney());

    // Trap 12: PHP writes an empty map as a list, and a map with the keys 0, 1, ... as a list too.
    [Theory]
    [InlineData("{\"a\":1,\"b\":2}", "a=1 b=2")]
    [InlineData("{}", "")]
    [InlineData("[]", "")]
    [InlineData("[7,8]", "0=7 1=8")]
    [InlineData("null", "")]
    [InlineData("false", "")]
    [InlineData("\"\"", "")]
    [InlineData("\"x\"", "")]
    public void A_map_may_come_as_a_list(string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Json(json).AsMap().Select(entry => $"{entry.Key}={entry.Value.AsText()}")));

    [Theory]
    [InlineData("[1,\"2\"]", "1 2")]
    [InlineData("[]", "")]
    [InlineData("{\"3\":1,\"5\":2}", "1 2")]
    [InlineData("{}", "")]
    [InlineData("false", "")]
    [InlineData("null", "")]
    [InlineData("\"\"", "")]
    [InlineData("\"x\"", "x")]
    [InlineData("0", "0")]
    public void A_list_may_come_as_a_map_as_false_or_as_a_single_value(string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Json(json).AsList().Select(item => item.AsText())));

    [Theory]
    [InlineData("[3,\"1\",2]", "3 1 2")]
    [InlineData("[0,null,\"\",\"C_5\",-4,7]", "7")]
    [InlineData("\"12\"", "12")]
    [InlineData("false", "")]
    public void Ids_are_the_positive_numbers_in_their_order(string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Json(json).AsIds()));

    [Fact]
    public void A_property_of_what_is_no_map_is_absent()
    {
        Assert.Null(Json("[]").Text("a"));
        Assert.Null(Json("null").Id("a"));
        Assert.Null(default(JsonElement).Text("a"));
        Assert.Equal(JsonValueKind.Undefined, Json("{\"a\":1}").Property("b").ValueKind);
        Assert.Equal(1, Json("{\"a\":\"1\"}").Id("a"));
        Assert.Empty(default(JsonElement).AsList());
    }

    private static JsonElement Json(string json) => JsonElement.Parse(json);

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text);
}
