using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.Suggestions;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Schemas;

public sealed partial class ProfileTextsTests
{
    public static TheoryData<string, string> Findings { get; } =
    [
        .. typeof(ProfileTexts).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.ReturnType == typeof(string) && method.GetParameters().All(parameter => parameter.ParameterType == typeof(string)))
            .SelectMany(method => new[] { "ru", "en" }.Select(language => new TheoryDataRow<string, string>(method.Name, language))),
    ];

    [Theory]
    [MemberData(nameof(Findings))]
    public void Each_finding_is_told_in_its_language_names_what_it_is_about_and_says_what_to_do(string name, string language)
    {
        var method = typeof(ProfileTexts).GetMethod(name)!;
        var arguments = method.GetParameters().Select((_, i) => $"<argument {i}>").ToArray<object>();

        var text = (string)method.Invoke(new ProfileTexts(language), arguments)!;

        Assert.All(arguments, argument => Assert.Contains((string)argument, text, StringComparison.Ordinal));
        Assert.Matches(language == "ru" ? Russian() : English(), text);
    }

    [Fact]
    public void Each_reason_has_words_of_its_own_in_both_languages()
    {
        var reasons = Enum.GetValues<SuggestionReason>();

        Assert.Equal(reasons.Length, reasons.Select(new ProfileTexts("ru").Reason).Distinct().Count());
        Assert.Equal(reasons.Length, reasons.Select(new ProfileTexts("en").Reason).Distinct().Count());
    }

    [GeneratedRegex("Исправьте|Выберите|Добавьте|сделайте|Уберите|Перечислите")]
    private static partial Regex Russian();

    [GeneratedRegex("Correct|Choose|Add|make|Remove|Name their counterparts")]
    private static partial Regex English();
}
