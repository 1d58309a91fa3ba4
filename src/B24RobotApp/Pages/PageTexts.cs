namespace B24RobotApp.Pages;

/// <summary>The texts of the pages, Russian and English side by side.</summary>
internal sealed class PageTexts(string? language)
{
    private static readonly Dictionary<string, (string Russian, string English)> Texts = new(StringComparer.Ordinal)
    {
        ["title"] = ("Отправить в ЕСБ", "Send to ESB"),
        ["loading"] = ("Загрузка…", "Loading…"),
        ["harmless"] = ("Эту страницу открывает портал Битрикс24. Откройте приложение в левом меню портала.", "This page is opened by a Bitrix24 portal. Open the app from the portal's left menu."),
        ["install.heading"] = ("Установка приложения «Отправить в ЕСБ»", "Installing «Send to ESB»"),
        ["install.token"] = ("Портал не передал токен. Закройте страницу и откройте приложение из портала ещё раз.", "The portal sent no token. Close this page and open the app from the portal again."),
        ["install.refused"] = ("Этому порталу приложение не доверяет. Попросите того, кто обслуживает приложение, добавить адрес портала в Bitrix24:AllowedPortals; причина записана в журнале сервера.", "The app does not trust this portal. Ask whoever hosts the app to add the portal's address to Bitrix24:AllowedPortals; the server's log says why."),
        ["install.application"] = ("На этом портале уже работает другая карточка этого приложения. Удалите одну из них в разделе «Разработчикам» и откройте оставшуюся.", "Another card of this app is at work on this portal. Delete one of them in the developer section and open the other."),
        ["install.administrator"] = ("Установить приложение может только администратор портала. Попросите администратора открыть эту страницу.", "Only an administrator of the portal can install the app. Ask one to open this page."),
        ["install.later"] = ("Сервер авторизации Битрикс24 сейчас не отвечает. Откройте страницу ещё раз через несколько минут.", "Bitrix24's authorization server does not answer now. Open this page again in a few minutes."),
        ["credentials.wrong"] = ("Сервер авторизации не принял эти ключи. Скопируйте client_id и client_secret ещё раз, целиком.", "The authorization server does not accept these keys. Copy client_id and client_secret again, completely."),
        ["credentials.other"] = ("Эти ключи принадлежат приложению другого портала.", "These keys belong to the app of another portal."),
        ["credentials.application"] = ("Это ключи другого приложения. Скопируйте их из карточки, с которой открыта эта страница.", "These are the keys of another app. Copy them from the card that this page was opened with."),
        ["credentials.reopen"] = ("Вход устарел. Закройте страницу, откройте приложение ещё раз и повторите.", "The sign-in is out of date. Close this page, open the app again and repeat."),
        ["credentials.later"] = ("Сервер авторизации сейчас не отвечает. Повторите через несколько минут.", "The authorization server does not answer now. Repeat in a few minutes."),
        ["credentials.empty"] = ("Заполните оба поля.", "Fill in both fields."),
        ["app.transfers"] = ("Последние передачи", "Latest transfers"),
        ["app.transfers.none"] = ("Передач ещё не было. Поставьте робота «Отправить в ЕСБ» на стадию и переведите на неё сделку.", "There are no transfers yet. Put the robot «Send to ESB» on a stage and move a deal there."),
        ["app.failed"] = ("Приложение не открыто", "The app cannot be opened"),
        ["column.time"] = ("Время", "Time"),
        ["column.deal"] = ("Сделка", "Deal"),
        ["column.state"] = ("Состояние", "State"),
        ["column.esb"] = ("На ЕСБ", "On the ESB"),
        ["column.error"] = ("Что случилось", "What happened"),
        ["state.Unverified"] = ("проверяется", "being verified"),
        ["state.Queued"] = ("ожидает", "waiting"),
        ["state.Running"] = ("передаётся", "under way"),
        ["state.Parked"] = ("ждёт портал", "waits for the portal"),
        ["state.Done"] = ("передана", "sent"),
        ["state.Failed"] = ("не передана", "failed"),
        ["robot.checked"] = ("Вызов робота проверен.", "The robot's call was checked."),
        ["signin.heading"] = ("Вход", "Sign in"),
        ["signin.portal"] = ("Адрес портала, например acme.bitrix24.ru", "The portal's address, such as acme.bitrix24.com"),
        ["signin.go"] = ("Войти", "Sign in"),
        ["signin.out"] = ("Выйти", "Sign out"),
        ["signin.unknown"] = ("Приложение на этом портале не установлено, или его ключи ещё не сохранены. Откройте приложение в портале.", "The app is not installed on this portal, or its keys are not stored yet. Open the app in the portal."),
        ["signin.failed"] = ("Войти не удалось. Начните сначала; если не поможет, откройте приложение в портале.", "The sign-in failed. Start again; if that does not help, open the app in the portal."),
        ["signin.administrator"] = ("Передачи здесь видят только администраторы портала.", "Only administrators of the portal see its transfers here."),
    };

    private readonly bool _russian = LanguageOf(language) == "ru";

    public static IEnumerable<(string Key, string Russian, string English)> All => Texts.Select(text => (text.Key, text.Value.Russian, text.Value.English));

    public string Language => _russian ? "ru" : "en";

    /// <summary>Which of the app's two languages suits one of Bitrix24's; the people of <c>ua</c>, <c>kz</c> and <c>by</c> portals mostly have Russian interfaces.</summary>
    public static string LanguageOf(string? language) => language?.ToLowerInvariant() is "ru" or "ua" or "kz" or "by" ? "ru" : "en";

    public string this[string key] => _russian ? Texts[key].Russian : Texts[key].English;
}
