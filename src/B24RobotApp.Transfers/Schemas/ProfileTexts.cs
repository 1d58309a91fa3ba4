using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas.Suggestions;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>What is said about profiles: findings of a validation, which tell what to do, and reasons of suggestions.</summary>
public sealed class ProfileTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    /// <summary>What a transfer says of the same.</summary>
    public TransferTexts OfTransfer { get; } = new(language);

    public string SourceFieldUnknown(string field) => Pick(
        $"На портале-источнике у сделки нет поля «{field}». Исправьте имя поля в правиле или уберите правило.",
        $"The source portal's deal has no field «{field}». Correct the name in the rule, or remove the rule.");

    public string SourceFieldReadOnly(string field) => Pick(
        $"Поле «{field}» портала-источника нельзя изменять. Уберите правило обратной записи или выберите другое поле.",
        $"The source portal's field «{field}» cannot be written. Remove the rule that writes back, or choose another field.");

    public string SourceStageUnknown(string stage) => Pick(
        $"На портале-источнике нет стадии «{stage}». Исправьте её код в values.",
        $"The source portal has no stage «{stage}». Correct its code in values.");

    public string WriteBackNeedsValues(string from, string to) => Pick(
        $"Значения поля ЕСБ «{from}» ничего не значат в поле источника «{to}». Перечислите их соответствия в values.",
        $"The values of the ESB's field «{from}» mean nothing in the source's field «{to}». Name their counterparts in values.");

    public string OneOfSeveral(string from, string to) => Pick(
        $"Поле «{from}» множественное, а «{to}» на ЕСБ — нет: из нескольких значений останется одно. Если нужны все, сделайте поле на ЕСБ множественным.",
        $"The field «{from}» holds several values, the ESB's «{to}» only one: the others are lost. If all are needed, make the ESB's field multiple.");

    public string ValueWithoutCounterpart(string from, string label, string value, string to, string kind) => Pick(
        $"Для значения «{label}» поля «{from}» нет соответствия в поле «{to}» на ЕСБ. Добавьте вариант на ЕСБ или запись в таблицу: b24robot profile table add {ShellText.Quote(kind)} {ShellText.Quote(value)} ЗНАЧЕНИЕ_ЕСБ.",
        $"The value «{label}» of the field «{from}» has no counterpart in the ESB's field «{to}». Add the choice on the ESB, or an entry to the table: b24robot profile table add {ShellText.Quote(kind)} {ShellText.Quote(value)} ESB_VALUE.");

    public string ConstantUnknown(string value, string field, string choices) => Pick(
        $"У поля «{field}» на ЕСБ нет значения «{value}». Выберите одно из: {choices}.",
        $"The ESB's field «{field}» has no value «{value}». Choose one of {choices}.");

    public string CurrencyWithoutRate(string source, string esb) => Pick(
        $"Суммы в {source} уйдут на ЕСБ как {esb} с тем же числом: курса нет. Добавьте в профиль rates «{source}>{esb}», если это разные валюты.",
        $"Amounts in {source} become {esb} on the ESB with the same number: there is no rate. Add «{source}>{esb}» to the profile's rates if the currencies differ.");

    public string RequiredWithoutSource(string field) => Pick(
        $"Поле «{field}» на ЕСБ обязательное, а правила для него нет. Добавьте правило, иначе ЕСБ может отклонять сделки.",
        $"The ESB's field «{field}» is required, and no rule fills it. Add a rule, or the ESB may refuse deals.");

    /// <summary>What people call a field, in the language of the texts if the portal told it.</summary>
    public string LabelOf(SchemaField field) => field.Label(Pick("ru", "en"));

    public string Reason(SuggestionReason reason) => reason switch
    {
        SuggestionReason.SameSystemField => Pick("одно и то же системное поле", "the same system field"),
        SuggestionReason.SameXmlId => Pick("одинаковый внешний код (XML_ID)", "the same code (XML_ID)"),
        SuggestionReason.SameRussianLabel => Pick("одинаковое русское название", "the same Russian label"),
        SuggestionReason.SameEnglishLabel => Pick("одинаковое английское название", "the same English label"),
        SuggestionReason.SameLabel => Pick("одинаковое название", "the same label"),
        SuggestionReason.SameName => Pick("одинаковый код поля", "the same field name"),
        SuggestionReason.SameCode => Pick("одинаковый код значения", "the same code of the value"),
        SuggestionReason.SameText => Pick("одинаковый текст значения", "the same text of the value"),
        _ => Pick("одинаковый смысл стадии", "the stages mean the same"),
    };

    private string Pick(string russian, string english) => _russian ? russian : english;
}
