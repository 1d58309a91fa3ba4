using System.Globalization;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Api;

/// <summary>What the API says to the person at the page.</summary>
internal sealed class ApiTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    public string ConnectionOfHost() => Pick(
        "Это подключение задал тот, кто обслуживает приложение; менять его можно только в настройках сервера. Добавьте своё подключение.",
        "This connection comes from the host's settings and is changed there only. Add one of your own.");

    public string NoConnection() => Pick(
        "Такого подключения к ЕСБ нет. Выберите другое или добавьте его на странице приложения.",
        "There is no such ESB connection. Choose another, or add one on the app's page.");

    public string CodeTaken() => Pick("Этот код уже занят. Повторите.", "This code is taken. Try again.");

    public string NameTooLong(int longest) => Pick(
        $"Название длиннее {longest.ToString(CultureInfo.InvariantCulture)} знаков. Сократите его.",
        $"The name is longer than {longest.ToString(CultureInfo.InvariantCulture)} characters. Shorten it.");

    public string TooManyWebhooks(int most) => Pick(
        $"Вебхуков больше {most.ToString(CultureInfo.InvariantCulture)}. Оставьте те, которых хватает.",
        $"There are more than {most.ToString(CultureInfo.InvariantCulture)} webhooks. Leave as many as are needed.");

    public string WebhookMissing() => Pick("Вставьте адрес входящего вебхука ЕСБ.", "Paste the address of the ESB's incoming webhook.");

    public string WebhookUnreadable() => Pick(
        "Это не адрес входящего вебхука. Скопируйте его из карточки вебхука на ЕСБ целиком: https://портал/rest/номер/секрет/",
        "This is no address of an incoming webhook. Copy it from the webhook's card on the ESB, all of it: https://portal/rest/number/secret/");

    public string WebhooksOfSeveral() => Pick("Вебхуки принадлежат разным порталам. Оставьте вебхуки одного ЕСБ.", "The webhooks are of several portals. Leave those of one ESB.");

    public string WebhookOfThisPortal() => Pick(
        "Это вебхук этого же портала. Создайте вебхук на портале ЕСБ и вставьте его адрес.",
        "This is a webhook of this very portal. Create one on the ESB portal and paste its address.");

    public string TestTitle(string title) => Pick($"Проверка связи: {title}", $"Connection test: {title}");

    public string TestStillThere() => Pick(
        "Прошлая пробная сделка ещё не удалена или ещё в пути. Удалите её с ЕСБ и отправьте новую.",
        "The last test deal is still under way or still on the ESB. Delete it there and send another.");

    public string NoSuchDeal(long id) => Pick(
        $"Сделки {id} нет, или у вас нет к ней доступа. Выберите другую.",
        $"There is no deal {id}, or you may not read it. Choose another.");

    public string TestNotDeleted(string problem) => Pick(
        $"ЕСБ не даёт удалить сделку: {problem} Откройте её по ссылке и удалите вручную.",
        $"The ESB does not let the deal be deleted: {problem} Open it by its link and delete it there.");

    public string TestDealFirst() => Pick(
        "Сначала удалите тестовую сделку на вкладке «Настройка»: без подключения её отсюда уже не удалить.",
        "Delete the test deal first, on the tab \"Setup\": without the connection it cannot be deleted from here any more.");

    public string WebhookTwice() => Pick(
        "Этот вебхук в подключении уже есть. Создайте на ЕСБ ещё один и вставьте его адрес.", "The connection has this webhook already. Create another on the ESB and paste its address.");

    public string LastWebhook() => Pick(
        "Это единственный вебхук подключения. Добавьте сначала другой, замените этот или удалите подключение.",
        "This is the connection's only webhook. Add another one first, replace this one, or delete the connection.");

    public string WebhooksChanged() => Pick(
        "Вебхуки этого подключения тем временем изменились. Обновите страницу и повторите.", "The webhooks of this connection have changed meanwhile. Reload the page and try again.");

    public string EntryIncomplete() => Pick(
        "Записи нужны таблица (stages, sources, dealTypes, users, currencies, measures, products, lists:ПОЛЕ, statuses:СПРАВОЧНИК), значение этого портала и значение ЕСБ.",
        "An entry needs a table (stages, sources, dealTypes, users, currencies, measures, products, lists:FIELD, statuses:DIRECTORY), this portal's value and the ESB's.");

    public string TokenTooLong(int most) => Pick(
        $"Токен исходящего вебхука не длиннее {most} символов. Скопируйте его из карточки вебхука на ЕСБ.", $"An outgoing webhook's token has at most {most} characters. Copy it from the webhook's card on the ESB.");

    public string ProfileCodeTaken() => Pick("Этот код профиля занят. Выберите другой.", "This profile code is taken. Choose another one.");

    public string ProfileCodeUnreadable() => Pick(
        "Код профиля — до 50 латинских букв, цифр, точек, дефисов и подчёркиваний.", "A profile's code is up to 50 Latin letters, digits, dots, hyphens and underscores.");

    public string ProfileUnknown() => Pick(
        "Такого профиля нет. Выберите профиль из списка.", "There is no such mapping profile. Choose one of the list.");

    private string Pick(string russian, string english) => _russian ? russian : english;
}
