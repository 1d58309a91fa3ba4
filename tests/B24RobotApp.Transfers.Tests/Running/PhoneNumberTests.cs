using B24RobotApp.Transfers.Running.Clients;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("+7 495 123-45-67", "+74951234567 84951234567")]
    [InlineData("8 (495) 1234567", "+74951234567 84951234567")]
    [InlineData("74951234567 доб. 12", "+74951234567 84951234567")]
    [InlineData("+7(495)123-45-67,104", "+74951234567 84951234567")]
    [InlineData("+49 30 901820 ext. 5", "+4930901820 4930901820")]
    [InlineData("0049 30 901820", "+4930901820 004930901820")]
    [InlineData("123-45-67", "1234567")]
    [InlineData("доб. 12", "")]
    [InlineData("позвонить вечером", "")]
    public void A_number_is_looked_for_in_the_spellings_that_people_use(string text, string spellings) =>
        Assert.Equal(spellings, string.Join(' ', PhoneNumber.Spellings(text)));

    [Fact]
    public void Spellings_of_one_number_have_one_key()
    {
        string[] spellings = ["+7 495 123-45-67", "8 (495) 1234567", "74951234567 доб. 12", "4951234567"];

        Assert.Equal("4951234567", Assert.Single(spellings.Select(PhoneNumber.KeyOf).Distinct()));
    }
}
