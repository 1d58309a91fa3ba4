using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Checks;

/// <summary>What the check of a connection says, to the host on the command line and to an administrator in his portal.</summary>
internal sealed class CheckTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    public string OtherUser(long actual, long named) => Pick(
        $"вебхук принадлежит пользователю {actual}, а в адресе указан {named}. Скопируйте адрес ещё раз.",
        $"the webhook belongs to user {actual}, but its address names user {named}. Copy the address again.");

    public string Reachable(long user, bool isAdministrator) => Pick(
        $"ЕСБ отвечает, вебхук действует от имени пользователя {user}{(isAdministrator ? ", администратора" : "")}",
        $"reachable, the secret is valid, it acts as user {user}{(isAdministrator ? ", an administrator" : "")}");

    public string LacksCrm() => Pick(
        "у вебхука нет права CRM (crm). Отметьте его в карточке вебхука на ЕСБ.",
        "the webhook lacks the permission CRM (crm). Tick it in the webhook's card on the ESB.");

    public string LacksUsers() => Pick(
        "у вебхука нет права «Пользователи» (user_basic), поэтому никого не найти по e-mail. Отметьте его в карточке вебхука на ЕСБ.",
        "the webhook lacks the permission Users (user_basic), so that nobody can be found by e-mail. Tick it in the webhook's card on the ESB.");

    public string LacksMethods(string methods) => Pick(
        $"вебхуку недоступны методы: {methods}. Проверьте его права и тариф ЕСБ.",
        $"these methods are not available to the webhook: {methods}. Check its permissions and the ESB's plan.");

    public string DealsUnreadable(string description, string code) => Pick(
        $"сделки не читаются: {description} ({code}). Дайте пользователю вебхука доступ к CRM.",
        $"deals cannot be read: {description} ({code}). Give the webhook's user access to the CRM.");

    public string DealsReadable(string pipelines) => Pick($"сделки читаются; воронки: {pipelines}", $"deals are readable; pipelines: {pipelines}");

    public string FieldsToCome(string fields) => Pick(
        $"в сделке ещё нет полей {fields}; приложение создаст их",
        $"the deal has no fields {fields} yet; the app creates them");

    public string FieldsMissing(string fields) => Pick(
        $"в сделке нет полей {fields}, поэтому на ЕСБ не видно, откуда сделка. Создайте их или разрешите это приложению (CreateMissingFields).",
        $"the deal has no fields {fields}, so people on the ESB do not see where a deal came from. Create them, or let the app do it (CreateMissingFields).");

    public string Describe(Bitrix24Exception exception) => exception.Kind switch
    {
        FailureKind.NotExecuted or FailureKind.OutcomeUnknown => Pick(
            $"ЕСБ недоступен: {exception.Description} ({exception.Code}). Проверьте адрес и сеть; для ЕСБ в частной сети — Bitrix24:TrustedNetworks.",
            $"cannot be reached: {exception.Description} ({exception.Code}). Check the address, the network, and Bitrix24:TrustedNetworks if the ESB is in a private one."),
        FailureKind.Disconnected => Pick(
            $"вебхук не принят: {exception.Description} ({exception.Code}). Создайте на ЕСБ новый входящий вебхук и вставьте его адрес.",
            $"the webhook is not accepted: {exception.Description} ({exception.Code}). Create a new incoming webhook on the ESB and enter its address."),
        _ => Pick(
            $"{exception.Method} отклонён: {exception.Description} ({exception.Code}). Проверьте права вебхука и его пользователя.",
            $"{exception.Method} is refused: {exception.Description} ({exception.Code}). Check the webhook's permissions and its user's rights."),
    };

    private string Pick(string russian, string english) => _russian ? russian : english;
}
