using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Methods;

/// <summary>The events that can be bound, by the scope they need; the empty scope needs none and is an application's alone.</summary>
internal static class KnownEvents
{
    private static readonly string[] OfApplications = ["ONAPPINSTALL", "ONAPPUNINSTALL", "ONAPPUPDATE", "ONAPPPAYMENT", "ONAPPTEST", "ONAPPMETHODCONFIRM"];

    private static readonly string[] OfCrm =
    [
        .. For("LEAD"), .. For("DEAL"), "ONCRMDEALMOVETOCATEGORY", .. For("CONTACT"), .. For("COMPANY"), .. For("QUOTE"), .. For("ACTIVITY"),
        .. For("REQUISITE"), .. For("DYNAMICITEM"), .. For("TIMELINECOMMENT"), .. For("PRODUCT"),
        "ONCRMDEALUSERFIELDADD", "ONCRMDEALUSERFIELDUPDATE", "ONCRMDEALUSERFIELDDELETE",
    ];

    /// <summary>What the portal knows now: each kind of its own items has events of its own, such as <c>ONCRMDYNAMICITEMADD_147</c>.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Of(SandboxPortal portal) => new Dictionary<string, IReadOnlyList<string>>
    {
        [""] = OfApplications,
        ["user"] = ["ONUSERADD"],
        ["crm"] =
        [
            .. OfCrm,
            .. portal.Crm.Data.Stores.Where(store => store.Type.EventCode == "DYNAMICITEM")
                .SelectMany(store => For("DYNAMICITEM").Select(name => $"{name}_{store.Type.Id}")),
        ],
    };

    /// <summary>What the card of an outgoing webhook offers; a change of pipeline is not among it.</summary>
    public static IEnumerable<string> ForWebhooks(SandboxPortal portal) =>
        Of(portal).Where(scope => scope.Key.Length > 0).OrderBy(scope => scope.Key, StringComparer.Ordinal).SelectMany(scope => scope.Value)
            .Where(name => name != "ONCRMDEALMOVETOCATEGORY");

    private static string[] For(string entity) => [$"ONCRM{entity}ADD", $"ONCRM{entity}UPDATE", $"ONCRM{entity}DELETE"];
}
