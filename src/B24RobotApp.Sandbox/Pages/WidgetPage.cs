using System.Globalization;
using B24RobotApp.Sandbox.Frames;
using B24RobotApp.Sandbox.Methods;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>A widget whose place the box does not have, alone on a page; the events that the place would tell it of are raised by hand.</summary>
internal static class WidgetPage
{
    public static PageAnswer Show(PageRequest request, string id)
    {
        var (app, binding) = request.Portal.Applications.SelectMany(app => app.Placements.Select(bound => (app, bound)))
            .FirstOrDefault(known => known.bound.Id.ToString(CultureInfo.InvariantCulture) == id);
        if (binding is null)
        {
            throw new PageProblem(request.Texts["widget.unknown"]);
        }
        var events = KnownPlacements.EventsOf(binding.Placement);
        return Layout.Page(request, binding.Placement, Html.Of($"""
            {FrameView.Render(request, app, binding, height: 400)}
            {Html.If(events.Count > 0, $"<h2>{request.Texts["events"]}</h2>")}
            <p class="events">{events.Select(name => Html.Of($"""<button type="button" data-raise="{name}">{name}</button> """))}</p>
            """));
    }
}
