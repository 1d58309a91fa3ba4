using System.Text;
using B24RobotApp.Bitrix24.Incoming;
using CsCheck;

namespace B24RobotApp.Bitrix24.Tests.Incoming;

public sealed class PhpFormTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("&&", "")]
    [InlineData("a=1&b=2", "a=1 b=2")]
    [InlineData("a", "a=")]
    [InlineData("a=", "a=")]
    [InlineData("=1", "")]
    [InlineData("a=b=c", "a=b=c")]
    [InlineData("a=1&a=2", "a=2")]
    [InlineData("a[x]=1&a[y]=2", "a[x]=1 a[y]=2")]
    [InlineData("a%5Bx%5D=1&a%5by%5d=2", "a[x]=1 a[y]=2")]
    [InlineData("a[]=1&a[]=2", "a[0]=1 a[1]=2")]
    [InlineData("a[5]=1&a[]=2", "a[5]=1 a[6]=2")]
    [InlineData("a[2]=1&a[x]=2&a[]=3", "a[2]=1 a[x]=2 a[3]=3")]
    [InlineData("a[2147483647]=1&a[]=2", "a[2147483647]=1 a[2147483648]=2")]
    [InlineData("a[][b]=1&a[][b]=2", "a[0][b]=1 a[1][b]=2")]
    [InlineData("a[b][c][]=1", "a[b][c][0]=1")]
    [InlineData("a=1&a[x]=2", "a[x]=2")]
    [InlineData("a[x]=2&a=1", "a=1")]
    [InlineData("a[]=1&a=x&a[]=2", "a[0]=2")]
    [InlineData("a[b=1", "a[b=1")]
    [InlineData("a[b]c[d]=1", "a[b]=1")]
    [InlineData("a[b][c=1", "a[b]=1")]
    [InlineData("[a]=1", "")]
    [InlineData("+a=1", "a=1")]
    [InlineData("a=+b+", "a= b ")]
    [InlineData("a=%2B%26%3D%25", "a=+&=%")]
    [InlineData("a=%D0%AE%D0%b3", "a=Юг")]
    [InlineData("a=Юг", "a=Юг")]
    [InlineData("a=%F0%9F%9A%80", "a=🚀")]
    public void Names_with_brackets_make_maps_as_in_php(string body, string expected) => Assert.Equal(expected, Describe(Parse(body)));

    [Theory]
    [InlineData("a[b]=%", "The value of a[b] has a broken percent escape.")]
    [InlineData("a[b]=x%4", "The value of a[b] has a broken percent escape.")]
    [InlineData("a[b]=%zz", "The value of a[b] has a broken percent escape.")]
    [InlineData("a[b]=%+1", "The value of a[b] has a broken percent escape.")]
    [InlineData("x=1&a%5=1", "The name of form field 2 has a broken percent escape.")]
    [InlineData("a[b]=%D0", "The value of a[b] is not valid UTF-8.")]
    [InlineData("a[b]=%FF", "The value of a[b] is not valid UTF-8.")]
    [InlineData("a[b]=%C0%AF", "The value of a[b] is not valid UTF-8.")]
    [InlineData("a[b]=%ED%A0%80", "The value of a[b] is not valid UTF-8.")]
    [InlineData("x=1&%FF=1", "The name of form field 2 is not valid UTF-8.")]
    [InlineData("a%0Ab%1B%D0%AE=%FF", "The value of a?b?? is not valid UTF-8.")]
    public void Broken_encodings_are_refused_with_one_line_that_names_the_field(string body, string expected)
    {
        Assert.False(PhpForm.TryParse(Encoding.UTF8.GetBytes(body), new PhpFormLimits(), out var form, out var problem));
        Assert.Null(form);
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Bytes_of_a_legacy_encoding_are_refused_and_not_replaced()
    {
        byte[] windows1251 = [.. "a="u8, 0xD1, 0xE4, 0xE5, 0xEB, 0xEA, 0xE0];

        Assert.False(PhpForm.TryParse(windows1251, new PhpFormLimits(), out _, out var problem));
        Assert.Equal("The value of a is not valid UTF-8.", problem);
    }

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void A_form_holds_ten_thousand_fields_unless_said_otherwise(int fields, bool accepted)
    {
        var body = string.Join('&', Enumerable.Range(0, fields).Select(i => $"properties[fields][{i}]=x{i}"));

        Assert.Equal(accepted, PhpForm.TryParse(Encoding.UTF8.GetBytes(body), new PhpFormLimits(), out var form, out var problem));
        Assert.Equal(accepted ? null : "The form has more than 10000 fields.", problem);
        Assert.Equal(accepted ? fields : null, form?["properties"]?["fields"]?.Texts().Count);
    }

    [Fact]
    public void Depth_and_length_of_names_are_limited()
    {
        var limits = new PhpFormLimits { MaxDepth = 2, MaxNameLength = 20 };

        Assert.True(PhpForm.TryParse("a[b][c]=1"u8, limits, out _, out _));
        Assert.False(PhpForm.TryParse("a[b][c][d]=1"u8, limits, out _, out var tooDeep));
        Assert.Equal("The name of form field 1 has more than 2 brackets.", tooDeep);
        Assert.False(PhpForm.TryParse("x=1&aaaaaaaaaaaaaaaaaaaaa=1"u8, limits, out _, out var tooLong));
        Assert.Equal("The name of form field 2 is longer than 20 bytes.", tooLong);
    }

    [Fact]
    public void Texts_are_those_of_a_field_of_a_list_and_of_what_is_nested()
    {
        var form = Parse("one=1&list[]=1&list[]=2&deep[0][id]=1&deep[0][name]=x&deep[1]=2&empty=");

        Assert.Equal(["1"], form["one"]!.Texts());
        Assert.Equal(["1", "2"], form["list"]!.Texts());
        Assert.Equal(["1", "x", "2"], form["deep"]!.Texts());
        Assert.Equal([""], form["empty"]!.Texts());
        Assert.Null(form["absent"]);
        Assert.Null(form.Text("list"));
    }

    [Fact]
    public void Any_text_survives_the_way_through_a_form() =>
        Gen.Select(Gen.String, Gen.String.AlphaNumeric).Where(pair => pair.Item1.EnumerateRunes().All(rune => rune.Value != 0xFFFD)).Sample((value, name) =>
        {
            var form = Parse($"x[{name}]={Uri.EscapeDataString(value)}");
            return form["x"]!.Texts()[0] == value;
        });

    [Fact]
    public void Any_bytes_are_decoded_or_refused_and_nothing_is_thrown() =>
        Gen.Int[0, 10].Select(i => "%&=[]+aD0\u00d0\u00ff"[i]).Select(c => (byte)c).Array[0, 40].Sample(body =>
            PhpForm.TryParse(body, new PhpFormLimits { MaxFields = 5, MaxDepth = 2, MaxNameLength = 12 }, out var form, out var problem) == (form is not null)
            && (problem is null) == (form is not null));

    private static PhpForm Parse(string body)
    {
        Assert.True(PhpForm.TryParse(Encoding.UTF8.GetBytes(body), new PhpFormLimits(), out var form, out var problem), problem);
        return form;
    }

    private static string Describe(PhpForm form) => string.Join(' ', form.Children.SelectMany(child => Lines(child.Key, child.Value)));

    private static IEnumerable<string> Lines(string name, PhpForm place) =>
        place.Value is not null ? [$"{name}={place.Value}"] : place.Children.SelectMany(child => Lines($"{name}[{child.Key}]", child.Value));
}
