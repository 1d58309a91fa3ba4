namespace B24RobotApp.Sandbox.Rest;

/// <summary>The permissions a portal knows of.</summary>
public static class KnownScopes
{
    public static IReadOnlySet<string> All { get; } = new HashSet<string>
    {
        "appform", "biconnector", "bizproc", "calendar", "call", "catalog", "configuration.import", "contact_center", "crm",
        "department", "disk", "documentgenerator", "entity", "event", "im", "imbot", "imconnector", "imopenlines", "intranet", "landing",
        "lists", "log", "mailservice", "messageservice", "mobile", "pay_system", "placement", "pull", "rating", "rpa", "sale",
        "sonet_group", "task", "tasks", "tasks_extended", "telephony", "timeman", "user", "user.userfield", "user_basic", "user_brief",
        "userconsent", "userfieldconfig",
    };
}
