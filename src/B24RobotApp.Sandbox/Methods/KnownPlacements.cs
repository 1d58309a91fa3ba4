namespace B24RobotApp.Sandbox.Methods;

/// <summary>The places for widgets, by the scope they need.</summary>
internal static class KnownPlacements
{
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ByScope { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["placement"] = ["LEFT_MENU", "USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR", "PAGE_BACKGROUND_WORKER", "REST_APP_URI"],
        ["crm"] =
        [
            .. For("DEAL"), .. For("LEAD"), .. For("CONTACT"), .. For("COMPANY"), .. For("QUOTE"), .. For("SMART_INVOICE"),
            "CRM_DEAL_ROBOT_DESIGNER_TOOLBAR", "CRM_LEAD_ROBOT_DESIGNER_TOOLBAR", "CRM_FUNNELS_TOOLBAR", "CRM_ANALYTICS_MENU",
        ],
        ["im"] = ["IM_NAVIGATION", "IM_CONTEXT_MENU", "IM_SIDEBAR", "IM_TEXTAREA"],
        ["task"] = ["TASK_VIEW_TAB", "TASK_VIEW_SIDEBAR", "TASK_LIST_CONTEXT_MENU"],
    };

    /// <summary>
    /// The events that a place tells its widget of, by the documentation; a card's tab and a robot's settings have none. To bind another
    /// one has no effect and no answer.
    /// </summary>
    public static IReadOnlyList<string> EventsOf(string placement) => placement switch
    {
        "PAGE_BACKGROUND_WORKER" =>
        [
            "BackgroundCallCard::initialized", "BackgroundCallCard::addCommentButtonClick", "BackgroundCallCard::muteButtonClick",
            "BackgroundCallCard::holdButtonClick", "BackgroundCallCard::closeButtonClick", "BackgroundCallCard::transferButtonClick",
            "BackgroundCallCard::cancelTransferButtonClick", "BackgroundCallCard::completeTransferButtonClick",
            "BackgroundCallCard::hangupButtonClick", "BackgroundCallCard::nextButtonClick", "BackgroundCallCard::skipButtonClick",
            "BackgroundCallCard::answerButtonClick", "BackgroundCallCard::entityChanged", "BackgroundCallCard::qualityMeterClick",
            "BackgroundCallCard::dialpadButtonClick", "BackgroundCallCard::makeCallButtonClick", "BackgroundCallCard::notifyAdminButtonClick",
        ],
        _ => [],
    };

    private static string[] For(string entity) =>
    [
        $"CRM_{entity}_LIST_MENU", $"CRM_{entity}_LIST_TOOLBAR", $"CRM_{entity}_DETAIL_TAB", $"CRM_{entity}_DETAIL_TOOLBAR",
        $"CRM_{entity}_DETAIL_ACTIVITY", $"CRM_{entity}_ACTIVITY_TIMELINE_MENU",
    ];
}
