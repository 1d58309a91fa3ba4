using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Running;

/// <summary>What a field of the ESB takes.</summary>
public enum ExpectedValue
{
    Number,
    WholeNumber,
    YesOrNo,
    Date,
    Time,
    Money,
    Id,
    Choice,
}

/// <summary>What a transfer says to people, in the portal's language. Each text says what happened, to what, and what to do.</summary>
public sealed partial class TransferTexts(string language)
{
    private readonly bool _russian = IsRussian(language);

    /// <summary>Whether people of a portal's language read Russian rather than English.</summary>
    public static bool IsRussian(string language) => language is "ru" or "ua" or "kz" or "by";

    public string PropertyNotYesOrNo(string property, string value) => Pick(
        $"Свойство робота «{property}» должно быть Y или N, а не «{value}». Исправьте его в настройках робота.",
        $"The robot's property «{property}» must be Y or N, not «{value}». Correct it in the robot's settings.");

    public string ModeUnknown(string value) => Pick(
        $"Робот не знает режим «{value}». Выберите в настройках робота: create, update или skip.",
        $"The robot does not know the mode «{value}». Choose create, update or skip in the robot's settings.");

    public string IfLateUnknown(string value) => Pick(
        $"Свойство «if_late» должно быть send или skip, а не «{value}». Исправьте его в настройках робота.",
        $"The property «if_late» must be send or skip, not «{value}». Correct it in the robot's settings.");

    public string FieldLineWithoutName(string line) => Pick(
        $"Строка дополнительных полей «{line}» не вида ПОЛЕ=значение. Исправьте её в настройках робота.",
        $"The line «{line}» of the additional fields is not of the form FIELD=value. Correct it in the robot's settings.");

    public string NoConnection() => Pick(
        "Для этого портала не подключён ни один ЕСБ. Откройте приложение и добавьте подключение или обратитесь к тому, кто его обслуживает.",
        "No ESB is connected for this portal. Open the app and add a connection, or ask whoever hosts the app.");

    public string ConnectionUnknown(string code) => Pick(
        $"Подключение «{code}» не существует или недоступно этому порталу. Выберите другое в настройках робота.",
        $"The connection «{code}» does not exist or may not be used by this portal. Choose another one in the robot's settings.");

    public string ProfileUnknown(string code) => Pick(
        $"Профиль сопоставления «{code}» не существует. Выберите другой в настройках робота.",
        $"The mapping profile «{code}» does not exist. Choose another one in the robot's settings.");

    public string ProfileBroken(string code, ProfileProblem problem) => Pick(
        $"Профиль сопоставления «{code}» не читается: {problem.In("ru")} Исправьте профиль и повторите передачу.",
        $"The mapping profile «{code}» is not readable: {problem.In("en")} Correct the profile and send again.");

    public string Cancelled() => Pick(
        "Передача отменена в приложении. Отправьте сделку ещё раз, если она нужна на ЕСБ.",
        "The transfer was cancelled in the app. Send the deal again if the ESB needs it.");

    public string NotFailed() => Pick(
        "Эта передача не завершилась ошибкой, повторять нечего. Проверьте её состояние в списке.",
        "This transfer has not failed, so there is nothing to send again. Check its state in the list.");

    public string NotWaiting() => Pick(
        "Отменить можно только передачу, которая ждёт. Проверьте её состояние в списке.",
        "Only a transfer that waits can be cancelled. Check its state in the list.");

    public string DealGone(long id) => Pick(
        $"Сделка {id} удалена, или у приложения нет прав её читать. Проверьте сделку и права сотрудника, установившего приложение.",
        $"The deal {id} was deleted, or the app may not read it. Check the deal and the rights of the employee who installed the app.");

    public string CameFromUs(string origin) => Pick(
        $"Сделка сама пришла через это приложение ({origin}), и назад она не отправляется. Уберите робота с этой стадии или добавьте условие.",
        $"The deal itself came through this app ({origin}) and is not sent back. Remove the robot from this stage or add a condition.");

    public string TooLate() => Pick(
        "Время ожидания робота истекло раньше, чем сделку удалось передать, а в настройках выбрано «не отправлять». Отправьте сделку заново.",
        "The robot's time was over before the deal could be sent, and its settings say not to send then. Send the deal again.");

    public string GaveUp(string code, string description) => Pick(
        $"Сделку не удалось передать за отведённое время. Последняя ошибка: {description} ({code}). Устраните её и повторите передачу.",
        $"The deal could not be sent within the time allowed. The last error was: {description} ({code}). Remove its cause and send again.");

    public string GaveUpUnknown() => Pick(
        "Сделку не удалось передать за отведённое время: ответ ЕСБ на её создание потерялся, и сделки там нет. Повторите передачу.",
        "The deal could not be sent within the time allowed: the ESB's answer to its creation was lost, and the deal is not there. Send again.");

    public string RowsIncomplete(long dealId, int arrived, int sent) => Pick(
        $"Сделка {dealId} на ЕСБ есть, но из {sent} её товаров там только {arrived}. Проверьте товары на ЕСБ и повторите передачу.",
        $"The deal {dealId} is on the ESB, but of its {sent} product rows only {arrived} are there. Check the rows on the ESB and send again.");

    public string FieldValue(string field, string value, string expected) => Pick(
        $"Значение «{value}» не подходит полю «{field}» на ЕСБ: нужно {expected}. Исправьте его в настройках робота или в профиле.",
        $"The value «{value}» does not fit the ESB's field «{field}»: {expected} is needed. Correct it in the robot's settings or the profile.");

    public string Expected(ExpectedValue expected, string choices = "") => expected switch
    {
        ExpectedValue.Number => Pick("число", "a number"),
        ExpectedValue.WholeNumber => Pick("целое число", "a whole number"),
        ExpectedValue.YesOrNo => Pick("Y или N", "Y or N"),
        ExpectedValue.Date => Pick("дата вида 31.12.2026", "a date such as 2026-12-31"),
        ExpectedValue.Time => Pick("дата и время вида 31.12.2026 18:30", "a date and time such as 2026-12-31 18:30"),
        ExpectedValue.Money => Pick("сумма с валютой вида 100.50|RUB", "an amount with its currency such as 100.50|EUR"),
        ExpectedValue.Id => Pick("ID на ЕСБ", "an ID of the ESB"),
        _ => Pick($"один из вариантов: {choices}", $"one of {choices}"),
    };

    public string FieldUnknown(string field) => Pick(
        $"На ЕСБ у сделки нет поля «{field}». Исправьте имя поля в профиле или настройках робота либо создайте поле на ЕСБ.",
        $"The ESB's deal has no field «{field}». Correct the name in the profile or the robot's settings, or create the field on the ESB.");

    public string FieldReadOnly(string field) => Pick(
        $"Поле «{field}» на ЕСБ нельзя изменять. Уберите его из профиля или настроек робота.",
        $"The field «{field}» cannot be written on the ESB. Remove it from the profile or the robot's settings.");

    public string CategoryUnknown(string category) => Pick(
        $"На ЕСБ нет воронки «{category}» или она не видна владельцу вебхука. Выберите другую воронку.",
        $"The ESB has no pipeline «{category}», or the webhook's user does not see it. Choose another pipeline.");

    public string StageUnknown(string stage) => Pick(
        $"На ЕСБ нет стадии «{stage}». Выберите другую стадию в настройках робота или в профиле.",
        $"The ESB has no stage «{stage}». Choose another stage in the robot's settings or the profile.");

    public string StageOfOtherCategory(string stage, string category) => Pick(
        $"Стадия «{stage}» на ЕСБ не относится к воронке «{category}». Выберите стадию этой воронки.",
        $"The stage «{stage}» does not belong to the pipeline «{category}» on the ESB. Choose a stage of that pipeline.");

    public string CurrencyUnknown(string currency) => Pick(
        $"Валюты {currency} на ЕСБ нет. Добавьте её в настройках CRM на ЕСБ и повторите передачу.",
        $"The ESB does not have the currency {currency}. Add it in the ESB's CRM settings and send again.");

    public string UserUnknown(string user) => Pick(
        $"На ЕСБ нет действующего сотрудника «{user}». Укажите другого ответственного.",
        $"The ESB has no active employee «{user}». Name another responsible person.");

    public string EsbRefused(string method, string code, string description) => Pick(
        $"ЕСБ отклонил запрос {method}: {description} ({code}). Проверьте права вебхука и значения полей и повторите передачу.",
        $"The ESB refused {method}: {description} ({code}). Check the webhook's rights and the field values, then send again.");

    public string RowsRefused(long dealId, string code, string description) => Pick(
        $"Сделка {dealId} на ЕСБ есть, но её товары отклонены: {description} ({code}). Исправьте товары и повторите передачу.",
        $"The deal {dealId} is on the ESB, but its product rows were refused: {description} ({code}). Correct the rows and send again.");

    public string EsbDisconnected(string code, string description) => Pick(
        $"ЕСБ больше не принимает вебхук этого подключения: {description} ({code}). Создайте на ЕСБ новый входящий вебхук, укажите его в подключении и повторите передачу.",
        $"The ESB no longer accepts this connection's webhook: {description} ({code}). Create a new incoming webhook on the ESB, enter it in the connection, then send again.");

    public string SourceRefused(string method, string code, string description) => Pick(
        $"Портал отклонил запрос {method}: {description} ({code}). Проверьте права сотрудника, установившего приложение.",
        $"The portal refused {method}: {description} ({code}). Check the rights of the employee who installed the app.");

    public string Defect() => Pick(
        "Внутренняя ошибка приложения. Сообщите номер передачи тому, кто обслуживает приложение.",
        "The app itself failed. Tell the transfer's number to whoever hosts the app.");

    public string Created(string url, string transferId) => Pick(
        $"Сделка создана на ЕСБ: {url}\nПередача {transferId}",
        $"Deal created on the ESB: {url}\nTransfer {transferId}");

    public string Updated(string url, string transferId) => Pick(
        $"Сделка обновлена на ЕСБ: {url}\nПередача {transferId}",
        $"Deal updated on the ESB: {url}\nTransfer {transferId}");

    public string Skipped(string url, string transferId) => Pick(
        $"Сделка уже есть на ЕСБ и не изменена: {url}\nПередача {transferId}",
        $"The deal is already on the ESB and was left as it is: {url}\nTransfer {transferId}");

    public string Failed(string message, string transferId) => Pick(
        $"Сделка не передана на ЕСБ. {message}\nПередача {transferId}",
        $"The deal was not sent to the ESB. {message}\nTransfer {transferId}");

    public string CaughtUp() => Pick(
        "Отправлена с опозданием: сделка пришла на стадию робота, когда приложение не работало.",
        "Sent late: the deal reached the robot's stage while the app was not running.");

    public string NotificationOf(string title, string text) => Pick($"Сделка «{title}». {text}", $"Deal «{title}». {text}");

    private string Pick(string russian, string english) => _russian ? russian : english;
}
