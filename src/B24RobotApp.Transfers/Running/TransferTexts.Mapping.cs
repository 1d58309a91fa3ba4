using B24RobotApp.Transfers.Mapping.Templates;

namespace B24RobotApp.Transfers.Running;

/// <content>What the mapping says.</content>
public sealed partial class TransferTexts
{
    /// <summary>A flag as a word.</summary>
    public string Word(bool flag) => flag ? Pick("Да", "Yes") : Pick("Нет", "No");

    /// <summary>Table and value stand in it as the command takes them: by that a new entry finds the transfers that waited for it.</summary>
    public string TableMissing(string table, string value, string label, string field, string portal, string connection) => Pick(
        $"Для значения «{label}» нет соответствия в поле «{field}» на ЕСБ. Добавьте его в таблицу, и сделка уйдёт ещё раз: b24robot profile table add --portal {portal} --connection {connection} {ShellText.Quote(table)} {ShellText.Quote(value)} ЗНАЧЕНИЕ_ЕСБ --resend",
        $"The value «{label}» has no counterpart in the ESB's field «{field}». Add it to the table, and the deal is sent again: b24robot profile table add --portal {portal} --connection {connection} {ShellText.Quote(table)} {ShellText.Quote(value)} ESB_VALUE --resend");

    public string TypePair(string from, string fromType, string to, string toType) => Pick(
        $"Значения поля «{from}» ({fromType}) не подходят полю «{to}» на ЕСБ ({toType}). Выберите в профиле другое поле или создайте на ЕСБ поле того же типа.",
        $"The values of the field «{from}» ({fromType}) do not fit the ESB's field «{to}» ({toType}). Choose another field in the profile, or create one of the same type on the ESB.");

    public string ConversionImpossible(string field, string value, string conversion) => Pick(
        $"Из значения «{value}» поля «{field}» нельзя получить «{conversion}». Исправьте преобразование (convert) в профиле.",
        $"The value «{value}» of the field «{field}» has no «{conversion}». Correct the conversion (convert) in the profile.");

    public string ItemOfOtherKind(string field, string title, string to) => Pick(
        $"«{title}» из поля «{field}» — элемент другого вида, чем хранит поле «{to}» на ЕСБ. Выберите в профиле другое поле или поставьте в правиле noMatch: skip.",
        $"«{title}» of the field «{field}» is of another kind than the ESB's field «{to}» holds. Choose another field in the profile, or set noMatch: skip in the rule.");

    public string NameUnreadable(string field, string id, string to) => Pick(
        $"Портал не сообщает, как называется «{id}» из поля «{field}», и поле «{to}» на ЕСБ заполнить нечем: он удалён, или у приложения нет прав. Проверьте права приложения (user_basic, crm) или поставьте в правиле convert: id либо noMatch: skip.",
        $"The portal does not tell what «{id}» of the field «{field}» is called, so nothing can stand in the ESB's field «{to}»: it was deleted, or the app lacks the right. Check the app's permissions (user_basic, crm), or set convert: id or noMatch: skip in the rule.");

    public string ItemNotSent(string field, string title, string to) => Pick(
        $"«{title}» из поля «{field}» ещё не передавался на ЕСБ, и поле «{to}» заполнить нечем. Передайте его сначала или поставьте в правиле noMatch: skip.",
        $"«{title}» of the field «{field}» has not been sent to the ESB, so nothing can stand in the field «{to}». Send it first, or set noMatch: skip in the rule.");

    public string TemplateBroken(string field, TemplateProblem problem) => Pick(
        $"Шаблон для поля «{field}» не выполнен: {Template(problem)} Исправьте его в профиле.",
        $"The template for the field «{field}» did not work: {Template(problem)} Correct it in the profile.");

    /// <summary>What is wrong with a template.</summary>
    internal string Template(TemplateProblem problem) => problem.Limit switch
    {
        TemplateLimit.TooLong => Pick($"он длиннее {problem.Detail} знаков.", $"it is longer than {problem.Detail} characters."),
        TemplateLimit.TooManyTags => Pick($"в нём больше {problem.Detail} тегов или слишком много скобок.", $"it has more than {problem.Detail} tags, or too many brackets."),
        TemplateLimit.Range => Pick("перебор чисел (1..9) в шаблонах профиля недоступен.", "ranges of numbers (1..9) are not available in templates of profiles."),
        TemplateLimit.Unknown => Pick($"в шаблонах профиля нет «{problem.Detail}».", $"templates of profiles have no «{problem.Detail}»."),
        TemplateLimit.ResultTooLong => Pick("получается слишком длинный текст (больше 65 536 знаков).", "what it makes is too long (above 65,536 characters)."),
        TemplateLimit.TooMuchWork => Pick("он выполняется слишком долго.", "it takes too many steps."),
        _ => $"{problem.Detail}.".Replace("..", ".", StringComparison.Ordinal),
    };

    public string PropertyUnknown(string property) => Pick(
        $"У робота нет свойства «{property}». Исправьте правило профиля.",
        $"The robot has no property «{property}». Correct the profile's rule.");

    public string WouldGoBack(string esb) => Pick(
        $"Сделка уже прошла через портал {esb} и обратно туда не отправляется. Уберите робота с этой стадии или добавьте условие.",
        $"The deal has already come through the portal {esb} and is not sent back there. Remove the robot from this stage, or add a condition.");
}
