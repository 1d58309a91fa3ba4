using System.Globalization;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Audits;

/// <summary>What an audit says to people: what is so, and what may be done about it.</summary>
public sealed class AuditTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    /// <summary>A finding in a sentence or two.</summary>
    public string Describe(AuditFinding finding)
    {
        var (source, esb) = (Number(finding.SourceId), Number(finding.EsbDealId));
        var item = finding.Item == CrmKind.Deal.Name ? source : $"{finding.Item} {source}";
        return finding.Kind switch
        {
            AuditKind.Missing => Pick(
                $"Сделка {item} передана как {esb}, но на ЕСБ такой сделки больше нет. Отправьте её ещё раз, если она нужна.",
                $"Deal {item} was carried as {esb}, which is not on the ESB any more. Send it again if it is wanted there."),
            AuditKind.Doubled => Pick(
                $"На ЕСБ сделка {item} есть ещё раз: {esb}. Сравните их и удалите лишнюю на ЕСБ.",
                $"Deal {item} stands on the ESB a second time, as {esb}. Compare the two and delete the superfluous one there."),
            AuditKind.AmountDiffers => Pick(
                $"Сумма сделки {item} — {finding.SourceAmount}, на ЕСБ в сделке {esb} — {finding.EsbAmount}. Отправьте сделку ещё раз, если верна сумма отправителя.",
                $"Deal {item} amounts to {finding.SourceAmount}, deal {esb} on the ESB to {finding.EsbAmount}. Send it again if the sender's amount is right."),
            AuditKind.SourceGone => Pick(
                $"Сделка {esb} на ЕСБ пришла из сделки {item}, которой у отправителя больше нет. Закройте её на ЕСБ, если она не нужна.",
                $"Deal {esb} on the ESB came from deal {item}, which is gone at the source. Close it on the ESB if it is not wanted."),
            AuditKind.NotLinked => Pick(
                $"На ЕСБ есть сделка {esb} из сделки {item}, о которой приложение не знает. Ничего не нужно: следующая передача найдёт её.",
                $"The ESB holds deal {esb}, which came from deal {item} and which the app does not know. Nothing to do: the next transfer finds it."),
            _ => Pick(
                $"У сделки {esb} на ЕСБ изменён источник (ORIGINATOR_ID): она пришла из сделки {item}. Верните прежнее значение, иначе после потери базы приложения сделка появится второй раз.",
                $"The origin (ORIGINATOR_ID) of deal {esb} on the ESB was changed; it came from deal {item}. Put it back, or the deal would appear a second time if the app's database were lost."),
        };
    }

    private string Pick(string russian, string english) => _russian ? russian : english;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
