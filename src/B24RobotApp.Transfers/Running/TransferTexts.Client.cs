namespace B24RobotApp.Transfers.Running;

/// <summary>Texts about clients, product rows and kinds of items.</summary>
public sealed partial class TransferTexts
{
    public string SumDiffers(string source, string esb) => Pick(
        $"Сделка передана, но сумма на ЕСБ другая: {esb} вместо {source}. Проверьте цены, скидки и налоги товаров на ЕСБ.",
        $"The deal arrived, but its sum on the ESB is another: {esb} instead of {source}. Check prices, discounts and taxes of the rows there.");

    public string ClientNotUpdated(string code, string description) => Pick(
        $"Сделка передана, но ЕСБ не дал обновить клиента: {description} ({code}). Проверьте права вебхука на компании и контакты.",
        $"The deal arrived, but the ESB did not let the client be updated: {description} ({code}). Check the webhook's rights on companies and contacts.");

    public string RequisitesNotWritten(string code, string description) => Pick(
        $"Сделка передана, но реквизиты клиента не записаны: {description} ({code}). Проверьте права вебхука и шаблоны реквизитов на ЕСБ.",
        $"The deal arrived, but the client's requisites were not written: {description} ({code}). Check the webhook's rights and the ESB's requisite templates.");

    public string KindNotSent() => Pick(
        "Этот робот передаёт сделки, лиды, предложения, счета и элементы смарт-процессов. Удалите его из автоматизации других разделов CRM.",
        "This robot carries deals, leads, quotes, invoices and items of smart processes. Remove it from the automation of other parts of the CRM.");

    public string ProfileOfOtherKind(string profile, string from, string kind) => Pick(
        $"Профиль «{profile}» описывает «{from}», а робот стоит в разделе «{kind}». Выберите в настройках робота профиль с \"from\": \"{kind}\".",
        $"The profile «{profile}» is made for «{from}», but the robot stands on «{kind}». Choose a profile with \"from\": \"{kind}\" in the robot's settings.");

    public string OriginFieldMissing(string field, string kind) => Pick(
        $"На ЕСБ нет поля {field}, по которому приложение узнаёт свои элементы «{kind}». Создайте его (строка, не множественное) или включите CreateMissingFields у подключения.",
        $"The ESB has no field {field}, by which the app knows its own items «{kind}» again. Create it (string, not multiple), or set the connection's CreateMissingFields.");

    public string ItemCreated(string url, string transferId) => Pick(
        $"Элемент создан на ЕСБ: {url}\nПередача {transferId}",
        $"Item created on the ESB: {url}\nTransfer {transferId}");

    public string ItemUpdated(string url, string transferId) => Pick(
        $"Элемент обновлён на ЕСБ: {url}\nПередача {transferId}",
        $"Item updated on the ESB: {url}\nTransfer {transferId}");

    public string ItemSkipped(string url, string transferId) => Pick(
        $"Элемент уже есть на ЕСБ и не изменён: {url}\nПередача {transferId}",
        $"The item is already on the ESB and was left as it is: {url}\nTransfer {transferId}");

    public string ItemNotification(string title, string text) => Pick($"Элемент «{title}». {text}", $"Item «{title}». {text}");
}
