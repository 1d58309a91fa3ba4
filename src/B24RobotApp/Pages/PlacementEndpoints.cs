namespace B24RobotApp.Pages;

/// <summary>The app's pages in other places of the portal: the tab in a deal's card, the robot's settings in the designer. They are shells; what they show comes by the API.</summary>
internal static class PlacementEndpoints
{
    private static readonly string[] Pages = ["deal-tab", "robot-settings"];

    public static void MapPlacements(this IEndpointRouteBuilder routes)
    {
        foreach (var page in Pages)
        {
            routes.MapPost($"/placements/{page}", (HttpRequest request, FramePages frames, CancellationToken cancellationToken) => ShowAsync(page, request, frames, cancellationToken))
                .DisableAntiforgery().ShortCircuit();
        }
    }

    private static async Task<IResult> ShowAsync(string name, HttpRequest request, FramePages frames, CancellationToken cancellationToken)
    {
        var frame = await frames.OpenAsync(request, cancellationToken);
        return frame.IsOpen ? new UiPage(frame.Texts, name).ToFrame(frame.Portal.Address) : frame.Refusal;
    }
}
