using System.Text.Json;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using CsCheck;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

public sealed class FieldValuesTests
{
    [Theory]
    [InlineData("string", " текст ", "\"текст\"")]
    [InlineData("boolean", "да", "\"Y\"")]
    [InlineData("boolean", "1", "\"Y\"")]
    [InlineData("boolean", "No", "\"N\"")]
    [InlineData("char", "n", "\"N\"")]
    [InlineData("integer", "1 234", "1234")]
    [InlineData("integer", "-5", "-5")]
    [InlineData("integer", "0", "\"00\"")]
    [InlineData("double", "0", "\"0.0\"")]
    [InlineData("double", "1234,5", "1234.5")]
    [InlineData("double", "1 234,50", "1234.50")]
    [InlineData("double", "1,234.50", "1234.50")]
    [InlineData("double", "1.234,50", "1234.50")]
    [InlineData("double", "1,234,567", "1234567")]
    [InlineData("money", "100,50|rub", "\"100.50|RUB\"")]
    [InlineData("money", "1 500,5 EUR", "\"1500.5|EUR\"")]
    [InlineData("date", "24.11.2026", "\"2026-11-24\"")]
    [InlineData("date", "2026-11-24", "\"2026-11-24\"")]
    [InlineData("date", "1.2.2026", "\"2026-02-01\"")]
    [InlineData("date", "24.11.2026 23:59:00", "\"2026-11-24\"")]
    [InlineData("date", "2026-11-24T02:00:00+02:00", "\"2026-11-24\"")]
    [InlineData("datetime", "24.11.2026 10:05", "\"2026-11-24T10:05:00\"")]
    [InlineData("datetime", "2026-11-24T10:05:00+03:00", "\"2026-11-24T10:05:00+03:00\"")]
    [InlineData("enumeration", "высокий", "79")]
    [InlineData("enumeration", "81", "81")]
    [InlineData("enumeration", "79", "83")]
    [InlineData("employee", "12", "12")]
    [InlineData("crm", "CO_3", "\"CO_3\"")]
    [InlineData("crm_status", "SALE", "\"SALE\"")]
    public void A_persons_text_as_the_field_takes_it(string type, string text, string expected)
    {
        Assert.Null(FieldValues.Read(text, Field(type), out var value));
        Assert.Equal(expected, value!.ToJsonString(Plain));
    }

    [Theory]
    [InlineData("boolean", "perhaps", ExpectedValue.YesOrNo)]
    [InlineData("integer", "1,5", ExpectedValue.WholeNumber)]
    [InlineData("integer", "много", ExpectedValue.WholeNumber)]
    [InlineData("double", "12 руб.", ExpectedValue.Number)]
    [InlineData("money", "100", ExpectedValue.Money)]
    [InlineData("money", "100|rubles", ExpectedValue.Money)]
    [InlineData("date", "11/12/2026", ExpectedValue.Date)]
    [InlineData("date", "31.02.2026", ExpectedValue.Date)]
    [InlineData("date", "завтра", ExpectedValue.Date)]
    [InlineData("datetime", "10:00", ExpectedValue.Time)]
    [InlineData("enumeration", "никакой", ExpectedValue.Choice)]
    [InlineData("employee", "Иван", ExpectedValue.Id)]
    [InlineData("crm_company", "ООО", ExpectedValue.Id)]
    public void A_text_that_would_be_dropped_without_a_word_is_a_problem(string type, string text, ExpectedValue expected)
    {
        Assert.Equal(expected, FieldValues.Read(text, Field(type), out var value));
        Assert.Null(value);
    }

    [Fact]
    public void Any_number_that_was_written_with_a_comma_is_read_again() => Gen.Decimal[-1_000_000m, 1_000_000m].Sample(number =>
    {
        var text = decimal.Round(number, 2).ToString(System.Globalization.CultureInfo.InvariantCulture).Replace('.', ',');

        Assert.Null(FieldValues.Read(text, Field("double"), out var value));

        Assert.Equal(decimal.Round(number, 2), decimal.Parse(value!.ToString(), System.Globalization.CultureInfo.InvariantCulture));
    });

    [Fact]
    public void Any_day_is_read_in_both_spellings() => Gen.Date.Where(date => date.Year > 1900).Sample(date =>
    {
        var expected = $"\"{date:yyyy-MM-dd}\"";
        foreach (var text in new[] { $"{date:dd'.'MM'.'yyyy}", $"{date:yyyy-MM-dd}" })
        {
            Assert.Null(FieldValues.Read(text, Field("date"), out var value));
            Assert.Equal(expected, value!.ToJsonString());
        }
    });

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static SchemaField Field(string type) => new()
    {
        Name = "field",
        PortalName = "field",
        Type = type,

        // A choice may be called like another one's id; what people see counts first.
        Options = [new CrmFieldOption(79, "Высокий"), new CrmFieldOption(81, "Низкий"), new CrmFieldOption(83, "79")],
    };
}
