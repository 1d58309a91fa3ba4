using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Mapping.Templates;
using B24RobotApp.Transfers.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed partial class TransferTextsTests
{
    /// <summary>Texts that tell of a success, and parts of other texts.</summary>
    private static readonly string[] NoAdvice = ["Created", "Updated", "Skipped", "Expected", "NotificationOf", "ItemCreated", "ItemUpdated", "ItemSkipped", "ItemNotification", "Failed", "Word", "FilesSkipped", "FileNamed", "FileNumbered", "CaughtUp",
        "WaitReached", "WaitTimedOut", "WaitLeft", "WaitEnded", "CameFromEsb", "StageLogTitle"];

    public static TheoryData<string, string> Texts { get; } =
        [.. Methods().SelectMany(method => new[] { "ru", "en" }.Select(language => new TheoryDataRow<string, string>(method.Name, language)))];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Each_text_is_of_its_language_and_says_all_it_was_told(string name, string language)
    {
        var method = typeof(TransferTexts).GetMethod(name)!;
        var arguments = method.GetParameters().Select((parameter, i) => Argument(parameter.ParameterType, i)).ToArray();

        var text = (string)method.Invoke(new TransferTexts(language), arguments)!;

        Assert.Equal(language == "ru", Cyrillic().IsMatch(text));
        if (name is not ("Expected" or "Word"))
        {
            Assert.All(arguments, argument => Assert.Contains(Said(argument, language), text, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Each_text_of_a_failure_says_what_to_do(string name, string language)
    {
        if (NoAdvice.Contains(name))
        {
            return;
        }

        var method = typeof(TransferTexts).GetMethod(name)!;
        var text = (string)method.Invoke(
            new TransferTexts(language), [.. method.GetParameters().Select((parameter, i) => Argument(parameter.ParameterType, i))])!;

        Assert.Matches(language == "ru" ? Russian() : English(), text);
    }

    [Theory]
    [InlineData("ru", true)]
    [InlineData("ua", true)]
    [InlineData("kz", true)]
    [InlineData("en", false)]
    [InlineData("de", false)]
    [InlineData("", false)]
    public void Languages_without_texts_of_their_own_get_the_nearer_one(string language, bool russian) =>
        Assert.Equal(russian, Cyrillic().IsMatch(new TransferTexts(language).TooLate()));

    private static MethodInfo[] Methods() =>
        typeof(TransferTexts).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static object Argument(Type type, int index) =>
        type == typeof(string) ? $"<argument {index}>"
        : type == typeof(long) ? 4711L + index
        : type == typeof(int) ? 17 + index
        : type == typeof(bool) ? true
        : type == typeof(ProfileProblem) ? new ProfileProblem("$.rules[3]", "плохо", "bad") { Line = 12 }
        : type == typeof(TemplateProblem) ? new TemplateProblem(TemplateLimit.Unreadable, "line 1")
        : ExpectedValue.Date;

    private static string Said(object argument, string language) => argument switch
    {
        ProfileProblem problem => problem.In(language),
        TemplateProblem problem => problem.Detail,
        _ => argument.ToString()!,
    };

    [Theory]
    [InlineData("ru")]
    [InlineData("en")]
    public void Each_limit_of_templates_has_a_text_of_its_own(string language)
    {
        var texts = Enum.GetValues<TemplateLimit>().Where(limit => limit is not (TemplateLimit.Unreadable or TemplateLimit.Failed))
            .Select(limit => new TransferTexts(language).TemplateBroken("title", new TemplateProblem(limit, "4"))).ToList();

        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.All(texts, text => Assert.Equal(language == "ru", Cyrillic().IsMatch(text)));
    }

    [GeneratedRegex("[а-яё]", RegexOptions.IgnoreCase)]
    private static partial Regex Cyrillic();

    [GeneratedRegex("Исправьте|Выберите|Отправьте|повторите|Откройте|Удалите|Проверьте|Уберите|создайте|Создайте|Добавьте|Укажите|Задайте|Сообщите|Повторите|Передайте|Поставьте|Дайте|Обновите")]
    private static partial Regex Russian();

    [GeneratedRegex("Correct|Choose|Send|send again|Open|Remove|Check|create|Create|Add|Name another|Set|Tell|Enter|Place|Look|Give|Run|Load")]
    private static partial Regex English();
}
