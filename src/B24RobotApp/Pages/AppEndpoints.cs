using B24RobotApp.Install;

namespace B24RobotApp.Pages;

/// <summary>The main page in the portal's frame. Opening it is also how a portal that was disconnected comes back.</summary>
internal static class AppEndpoints
{
    public static void MapApp(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/app", ShowAsync).DisableAntiforgery().ShortCircuit();

        // A sign-in returns here too, and never comes this far: the authentication handler answers it.
        routes.MapMethods("/app", [HttpMethods.Get, HttpMethods.Head], ShowHarmless);
        routes.MapGet("/app-manifest", (ManifestText manifest) => Results.Text(manifest.Write(), "text/plain; charset=utf-8"));
    }

    private static IResult ShowHarmless(HttpRequest request)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        return new Page(texts, texts["title"]).Paragraph(texts["harmless"]).ToWindow();
    }

    internal static async Task<IResult> ShowAsync(HttpRequest request, FramePages frames, PromptRegistration registration, CancellationToken cancellationToken)
    {
        var frame = await frames.OpenAsync(request, cancellationToken);
        if (!frame.IsOpen)
        {
            return frame.Refusal;
        }

        if (frame.IsAdministrator)
        {
            // A portal forgets robots and placements when the app's card is saved.
            await registration.ReconcileAsync(frame.Portal, cancellationToken);
        }

        return new UiPage(frame.Texts, "main").ToFrame(frame.Portal.Address);
    }
}
