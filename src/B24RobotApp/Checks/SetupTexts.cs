using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Checks;

/// <summary>What the check before the work says to the administrator of a portal.</summary>
internal sealed class SetupTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    public string HasScopes() => Pick("Права приложения выданы", "The app has its permissions");

    public string LacksScopes(string scopes) => Pick(
        $"Приложению не хватает прав: {scopes}. Откройте его карточку (Разработчикам → Интеграции), отметьте их, сохраните и откройте эту страницу снова.",
        $"The app lacks the permissions {scopes}. Open its card (Developer resources → Integrations), tick them, save, and open this page again.");

    public string RobotStands() => Pick("Робот «Отправить в ЕСБ» есть в дизайнере роботов", "The robot «Send to ESB» is in the automation designer");

    public string RobotMissing() => Pick(
        "Робота ещё нет в дизайнере. Подождите минуту и проверьте снова; если не появится, сохраните карточку приложения ещё раз и откройте эту страницу.",
        "The robot is not in the designer yet. Wait a minute and check again; if it does not come, save the app's card once more and open this page.");

    public string NoAutomation() => Pick(
        "На тарифе этого портала нет роботов. Перейдите на тариф с автоматизацией или отправляйте сделки вручную с вкладки «ЕСБ» в карточке сделки.",
        "This portal's plan has no automation rules. Change to a plan that has them, or send deals by hand from the tab «ESB» in a deal's card.");

    public string PortalRefused(string description, string code) => Pick(
        $"Портал не ответил на проверку: {description} ({code}). Закройте страницу, откройте приложение из портала ещё раз и повторите.",
        $"The portal did not take part in the check: {description} ({code}). Close this page, open the app from the portal again, and repeat.");

    public string AddressAnswers(string host) => Pick($"Сервер приложения отвечает по адресу {host}", $"The app's server answers at {host}");

    public string AddressIsLocal(string host) => Pick(
        $"Адрес приложения {host} — внутри частной сети. Облачный портал до него не достучится; подходит только для коробки рядом и для проб.",
        $"The app's address {host} lies in a private network. A cloud portal cannot reach it; it is good for a box portal nearby and for trying out.");

    public string AddressAnswersOtherwise(string host, int status) => Pick(
        $"Адрес {host} отвечает кодом {status}. Пусть тот, кто обслуживает приложение, проверит прокси перед сервером.",
        $"The address {host} answers {status}. Have whoever hosts the app look at the proxy before the server.");

    public string AddressIsSilent(string host) => Pick(
        $"Сервер не видит сам себя по адресу {host}. Так бывает за прокси; если роботы не дойдут, пусть тот, кто обслуживает приложение, проверит App:PublicUrl.",
        $"The server does not see itself at {host}. That happens behind a proxy; if robot calls do not come through, have whoever hosts the app check App:PublicUrl.");

    private string Pick(string russian, string english) => _russian ? russian : english;
}
