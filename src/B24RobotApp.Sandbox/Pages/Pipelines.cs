using System.Globalization;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The deal pipelines by the number that stands in a page's address.</summary>
internal static class Pipelines
{
    /// <exception cref="PageProblem">There is no such pipeline.</exception>
    public static (int Id, string Name) Find(PageRequest request, string id)
    {
        var found = request.Portal.Run(() => request.Portal.Crm.Pipelines).FirstOrDefault(pipeline => pipeline.Id.ToString(CultureInfo.InvariantCulture) == id);
        return found.Name is null ? throw new PageProblem(request.Texts["pipeline.unknown"]) : found;
    }

    /// <summary>Links to the same page of each pipeline.</summary>
    /// <param name="request">The page.</param>
    /// <param name="path">The page's address before the pipeline's number.</param>
    /// <param name="shown">The pipeline that is shown.</param>
    public static IEnumerable<Html> Tabs(PageRequest request, string path, int shown) => request.Portal.Run(() => request.Portal.Crm.Pipelines)
        .Select(pipeline => Html.Of($"""<a href="{path}{pipeline.Id}/"{Html.If(pipeline.Id == shown, " aria-current=\"page\"")}>{pipeline.Name}</a>"""));
}
