using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>What applications have bound to places of the portal and may show there.</summary>
internal static class Widgets
{
    public static IReadOnlyList<(AppInstallation App, PlacementBinding Binding)> At(SandboxPortal portal, string placement) => portal.Run(() =>
        (IReadOnlyList<(AppInstallation, PlacementBinding)>)[.. portal.Applications.Where(app => app is { IsInstalled: true, IsActive: true })
            .SelectMany(app => app.Placements.Where(bound => bound.Placement == placement).Select(bound => (app, bound)))]);

    /// <summary>The slider that an application registered for the settings of its robot.</summary>
    public static PlacementBinding? SettingsOf(AppInstallation app, string robot) => app.Portal.Run(() => app.Placements.FirstOrDefault(bound => bound.RobotCode == robot));

    /// <summary>The text of the reader's language, else the plain one, else the application's name.</summary>
    public static string Title((AppInstallation App, PlacementBinding Binding) widget, string language)
    {
        string[] titles = [widget.Binding.Languages[language]?["TITLE"].AsText() ?? "", widget.Binding.Title, widget.App.Card.Name];
        return titles.First(title => title.Length > 0);
    }
}
