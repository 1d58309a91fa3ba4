namespace B24RobotApp.Sandbox.Methods;

/// <summary>The events an application can bind, by the scope they need; the empty scope needs none.</summary>
internal static class KnownEvents
{
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ByScope { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        [""] = ["ONAPPINSTALL", "ONAPPUNINSTALL", "ONAPPUPDATE", "ONAPPPAYMENT", "ONAPPTEST", "ONAPPMETHODCONFIRM"],
        ["user"] = ["ONUSERADD"],
        ["crm"] =
        [
            .. For("LEAD"), .. For("DEAL"), "ONCRMDEALMOVETOCATEGORY", .. For("CONTACT"), .. For("COMPANY"), .. For("QUOTE"), .. For("ACTIVITY"),
            .. For("REQUISITE"), .. For("DYNAMICITEM"), .. For("TIMELINECOMMENT"), .. For("PRODUCT"),
            "ONCRMDEALUSERFIELDADD", "ONCRMDEALUSERFIELDUPDATE", "ONCRMDEALUSERFIELDDELETE",
        ],
    };

    private static string[] For(string entity) => [$"ONCRM{entity}ADD", $"ONCRM{entity}UPDATE", $"ONCRM{entity}DELETE"];
}
