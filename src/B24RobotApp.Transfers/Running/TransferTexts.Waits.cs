namespace B24RobotApp.Transfers.Running;

/// <summary>What the robot that waits for the ESB says.</summary>
public sealed partial class TransferTexts
{
    public string UntilUnknown(string value) => Pick(
        $"Свойство «until» должно быть won, lost, closed, stage_changed, amount_changed или stage, а не «{value}». Исправьте его в настройках робота.",
        $"The property «until» must be won, lost, closed, stage_changed, amount_changed or stage, not «{value}». Correct it in the robot's settings.");

    public string StageMissing() => Pick(
        "Робот ждёт стадию, но она не указана. Укажите код стадии ЕСБ в настройках робота.",
        "The robot waits for a stage, but none is named. Enter the ESB's stage code in the robot's settings.");

    public string DealIdUnreadable(string value) => Pick(
        $"«{value}» не является ID сделки на ЕСБ. Укажите число или оставьте поле пустым: тогда ожидается сделка последней передачи.",
        $"«{value}» is not an ID of a deal on the ESB. Enter a number, or leave it empty for the deal of the last transfer.");

    public string NeverSent() => Pick(
        "Эта сделка не передавалась через выбранное подключение, ждать нечего. Поставьте робота «Отправить в ЕСБ» перед этим или укажите сделку ЕСБ.",
        "This deal was never sent over the chosen connection, so there is nothing to wait for. Place the robot «Send to ESB» before this one, or name the ESB's deal.");

    public string LastTransferFailed(string code, string message) => Pick(
        $"Последняя передача этой сделки не удалась ({code}), ждать нечего. {message} Отправьте сделку снова, когда причина устранена.",
        $"The last transfer of this deal failed ({code}), so there is nothing to wait for. {message} Send the deal again when that is mended.");

    public string WaitingForGone(long id) => Pick(
        $"Сделки {id} на ЕСБ больше нет: её удалили или объединили с другой, или владелец вебхука больше её не видит. Проверьте её на ЕСБ.",
        $"The deal {id} is not on the ESB any more: it was deleted or merged into another one, or the webhook's user does not see it. Look for it on the ESB.");

    public string WaitingForHidden(long id, string code) => Pick(
        $"Сделка {id} на ЕСБ есть, но владелец вебхука не имеет права её читать ({code}). Дайте ему это право.",
        $"The deal {id} is on the ESB, but the webhook's user may not read it ({code}). Give him that right.");

    public string WaitRefused(string method, string code, string description) => Pick(
        $"ЕСБ отклонил запрос {method}: {description} ({code}). Проверьте права вебхука.",
        $"The ESB refused {method}: {description} ({code}). Check the webhook's rights.");

    public string WaitDisconnected(string code, string description) => Pick(
        $"ЕСБ больше не принимает вебхук этого подключения: {description} ({code}). Создайте на ЕСБ новый входящий вебхук и укажите его в подключении.",
        $"The ESB no longer accepts this connection's webhook: {description} ({code}). Create a new incoming webhook on the ESB and enter it in the connection.");

    public string WaitUninstalled() => Pick(
        "Приложение было удалено с портала, пока робот ждал. Поставьте робота снова, если результат ещё нужен.",
        "The app was deleted from the portal while the robot waited. Run the robot again if its result is still needed.");

    public string WaitEnded(string reason) => Pick(
        reason.Length > 0 ? $"Ожидание завершено вручную: {reason}" : "Ожидание завершено вручную в приложении.",
        reason.Length > 0 ? $"The wait was ended by hand: {reason}" : "The wait was ended by hand in the app.");

    public string WaitNotOpen() => Pick(
        "Это ожидание уже завершено. Обновите список.",
        "This wait is over already. Load the list again.");

    public string WaitTimedOut() => Pick("Время ожидания робота истекло.", "The robot's time-out was over.");

    public string WaitLeft() => Pick(
        "Процесс больше не ждёт: сделку перенесли на другую стадию или удалили.",
        "The workflow does not wait any more: the deal was moved to another stage or deleted.");

    public string WaitReached(string stage, string amount) => Pick(
        $"Дождались ЕСБ: стадия «{stage}», сумма {amount}",
        $"Waited for the ESB: stage «{stage}», amount {amount}");

    public string CameFromEsb(string url) => Pick(
        $"Изменения пришли с самого ЕСБ, отправлять нечего: {url}",
        $"The changes came from the ESB itself, so there is nothing to send: {url}");

    public string StageLogTitle(string esb) => Pick($"{esb}: стадия изменилась", $"{esb}: the stage has changed");

    public static string StageLogText(string before, string after) => before.Length > 0 ? $"{before} → {after}" : after;
}
