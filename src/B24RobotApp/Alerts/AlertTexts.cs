using System.Globalization;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Alerts;

/// <summary>What an alert says to people, and what they can do.</summary>
internal sealed class AlertTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    /// <summary>It has begun.</summary>
    public string Began(Alert alert) => alert.Kind switch
    {
        AlertKind.PortalDisconnected => Pick(
            $"Портал {alert.Host} больше не подключён ({alert.Detail}), его сделки ждут. Администратору портала нужно открыть приложение.",
            $"{alert.Host} is not connected any more ({alert.Detail}), and its deals wait. An administrator of the portal has to open the app."),
        AlertKind.WebhookRefused => Pick(
            $"ЕСБ {alert.Host} не принимает вебхук подключения «{alert.Connection}» ({alert.Detail}): сделки не приходят. Создайте там новый входящий вебхук и впишите его адрес в подключение.",
            $"The ESB {alert.Host} refuses the webhook of the connection «{alert.Connection}» ({alert.Detail}): deals do not arrive. Make a new incoming webhook there and enter its address in the connection."),
        AlertKind.QueueOverdue => Pick(
            $"Сделки портала {alert.Host} ждут отправки с {Time(alert.Since)} (UTC). Откройте приложение: вкладка состояния говорит, кто не отвечает.",
            $"Deals of {alert.Host} have been waiting to be sent since {Time(alert.Since)} (UTC). Open the app: its tab of how the app stands says who does not answer."),
        AlertKind.DiskLow => Pick(
            $"На диске каталога данных осталось {alert.Detail} МБ. Освободите место: когда оно кончится, вызовы роботов будут теряться.",
            $"The disk of the data directory has {alert.Detail} MB left. Make room: when it is full, robots' calls are lost."),
        _ => Pick(
            "База не принимает записи: вызовы роботов теряются. Причина — в журнале сервера.",
            "The database takes no writes: robots' calls are lost. The server's log says why."),
    };

    /// <summary>It is well again.</summary>
    public string Ended(Alert alert) => alert.Kind switch
    {
        AlertKind.PortalDisconnected => Pick($"Портал {alert.Host} снова подключён, его сделки пошли дальше.", $"{alert.Host} is connected again; its deals go on."),
        AlertKind.WebhookRefused => Pick(
            $"ЕСБ {alert.Host} снова принимает сделки подключения «{alert.Connection}». Неудавшиеся за это время можно отправить ещё раз в приложении.",
            $"The ESB {alert.Host} takes deals of the connection «{alert.Connection}» again. Those that failed meanwhile can be sent again in the app."),
        AlertKind.QueueOverdue => Pick($"Сделки портала {alert.Host} больше не задерживаются.", $"Deals of {alert.Host} are not held up any more."),
        AlertKind.DiskLow => Pick("На диске каталога данных снова достаточно места.", "The disk of the data directory has room again."),
        _ => Pick("База снова принимает записи. Пропущенные вызовы ищет b24robot catch-up.", "The database takes writes again. Calls that were missed are found by b24robot catch-up."),
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private string Pick(string russian, string english) => _russian ? russian : english;
}
