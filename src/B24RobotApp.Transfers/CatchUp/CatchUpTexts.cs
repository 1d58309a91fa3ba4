using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>What people are told of lost calls, Russian and English.</summary>
public sealed class CatchUpTexts(string language)
{
    private readonly bool _russian = TransferTexts.IsRussian(language);

    /// <summary>What a sign says.</summary>
    public string Of(CatchUpReason reason) => reason.Sign switch
    {
        CatchUpSign.WorkflowWaits => Pick("Процесс этой стадии ждёт, а вызов робота не пришёл", "A workflow of this stage waits, and its robot's call has not come"),
        CatchUpSign.CameFromAnotherStage => Pick("Пришла с другой стадии, значит, не импортирована", "It came from another stage, so it was not imported"),
        CatchUpSign.RobotCallsForAll => Pick($"Прежде робот вызывал отсюда для всех или почти всех ({reason.Detail})", $"Before, the robot called from here for all or nearly all ({reason.Detail})"),
        CatchUpSign.CreatedOnStage => Pick("Создана прямо на этой стадии или импортирована: REST этого не различает", "Created right on this stage or imported: REST does not tell which"),
        CatchUpSign.OlderThanItsHistory => Pick($"По своей дате создания ({reason.Detail}) старше своей истории: так выглядит импорт", $"By its creation date ({reason.Detail}) older than its history: that is how imports look"),
        CatchUpSign.NoWorkflowWaits => Pick("Стоит на стадии, но процесс её не ждёт: робот, скорее всего, не вызывал", "It stands on the stage, but no workflow waits for it: most likely the robot did not call"),
        CatchUpSign.MovedOn => Pick($"С тех пор ушла со стадии ({reason.Detail})", $"It has left the stage since ({reason.Detail})"),
        CatchUpSign.OnEsb => Pick($"Уже есть на ЕСБ под номером {reason.Detail}", $"It is on the ESB already, as {reason.Detail}"),
        CatchUpSign.SentSince => Pick($"С тех пор уже отправлялась (состояние: {reason.Detail})", $"It was sent since (state: {reason.Detail})"),
        CatchUpSign.WasListening => Pick("По часам приложения оно в этот момент работало; часы портала могут расходиться с ними", "By the app's own clock it was running then; the portal's clock may differ"),
        CatchUpSign.RobotNotSeenLately => Pick($"Робот отсюда давно не вызывал (последний раз {reason.Detail})", $"The robot has not called from here for long (the last time {reason.Detail})"),
        CatchUpSign.RobotCallsForSome => Pick($"Прежде робот вызывал отсюда не для всех ({reason.Detail}): возможно, у него есть условие", $"Before, the robot called from here for some only ({reason.Detail}): it may have a condition"),
        CatchUpSign.SettingsOfOneItem => Pick($"Настройки робота известны по одному вызову и могли относиться к той сделке: {reason.Detail}", $"The robot's settings are known from one call only and may have been of that deal: {reason.Detail}"),
        CatchUpSign.SettingsLeftOut => Pick($"У каждой сделки эти настройки робота свои; здесь они неизвестны и не передаются: {reason.Detail}", $"These settings of the robot differ from deal to deal; here they are not known and left out: {reason.Detail}"),
        _ => reason.Sign.ToString(),
    };

    public string Verdict(CatchUpVerdict verdict) => verdict switch
    {
        CatchUpVerdict.Likely => Pick("вызов, скорее всего, потерян", "the call was most likely lost"),
        CatchUpVerdict.Doubtful => Pick("возможно, вызов потерян", "the call may have been lost"),
        _ => Pick("вызова, скорее всего, не было", "most likely there was no call"),
    };

    /// <summary>What can be done about a workflow that cannot be answered.</summary>
    public string WaysOut(StuckWorkflow workflow) => workflow switch
    {
        { IsBehindAnswer: true } => Pick(
            "Робот «Отправить в ЕСБ» получил ответ, а вызов робота «Дождаться ЕСБ», похоже, потерян: другие сделки этой стадии ждут им, эта нет. Если после него стоит пауза или робот другого приложения, процесс может ждать и этого. "
            + "Передвиньте сделку на другую стадию либо завершите процесс: роботы после этого не выполнятся. Задайте в роботе время ожидания.",
            "The robot \"Send to ESB\" has its answer, and the call of the robot \"Wait for the ESB\" seems to be lost: other deals of this stage wait by it, this one does not. Where a pause or another app's robot stands there, the workflow may wait for that. "
            + "Move the deal to another stage, or end the workflow: the robots behind this one do not run then. Set a time-out in the robot."),
        { EndsAt: { } at } => Pick(
            $"Ответить этому процессу нельзя. Он продолжится сам, когда истечёт время ожидания робота: {at:yyyy-MM-dd HH:mm} UTC.",
            $"This workflow cannot be answered. It goes on by itself when the robot's time-out is over: {at:yyyy-MM-dd HH:mm} UTC."),
        _ => Pick(
            "Ответить этому процессу нельзя, и сам он не закончится. Передвиньте сделку на другую стадию (её роботы запустятся, эти прекратятся) либо завершите процесс: роботы после этого не выполнятся. Задайте в роботе время ожидания.",
            "This workflow cannot be answered and does not end by itself. Move the deal to another stage (that one's robots run, these end), or end the workflow: the robots behind this one do not run then. Set a time-out in the robot."),
    };

    /// <summary>What an ended workflow's log says.</summary>
    public string Ended() => Pick(
        "Завершён администратором: вызов робота не дошёл до приложения.",
        "Ended by an administrator: the robot's call did not reach the app.");

    /// <summary>The workflow is none of those that were found, or has gone on.</summary>
    public string NotStuck() => Pick(
        "Этот процесс больше не ждёт потерянного вызова. Обновите список.",
        "This workflow does not wait for a lost call any more. Refresh the list.");

    private string Pick(string russian, string english) => _russian ? russian : english;
}
