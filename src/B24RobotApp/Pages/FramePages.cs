using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Pages;

/// <summary>A frame of a portal that was opened, and by whom; or what is said instead.</summary>
internal sealed record OpenedFrame(PageTexts Texts, Portal? Portal, bool IsAdministrator, IResult? Refusal)
{
    [MemberNotNullWhen(true, nameof(Portal))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsOpen => Portal is not null;
}

/// <summary>Lets a portal's frame in: its form is read, and its token checked at the authorization server. What the form and the address claim is believed only then.</summary>
internal sealed partial class FramePages(FormReader forms, Installer installer, PortalAccess access, TimeProvider clock, ILogger<FramePages> logger)
{
    public async Task<OpenedFrame> OpenAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        var posted = await forms.ReadAsync(request, cancellationToken);
        if (posted.Form is null)
        {
            return new OpenedFrame(texts, null, false, Results.Problem(posted.Problem, statusCode: posted.Status));
        }

        if (!FramePost.TryParse(name => request.Query[name], posted.Form, clock.GetUtcNow(), out var post, out var problem))
        {
            return Refuse(request, texts, LogText.Of(request.Query["DOMAIN"]), problem, problem, StatusCodes.Status400BadRequest);
        }

        var result = await installer.OpenAsync(post.ToClaim(), cancellationToken);
        return result.Portal is { } portal
            ? new OpenedFrame(texts, portal, result.IsAdministrator, null)
            : Refuse(request, texts, LogText.Of(post.Domain), result.Problem ?? "", texts[result.Problem!], StatusCodes.Status403Forbidden);
    }

    private OpenedFrame Refuse(HttpRequest request, PageTexts texts, string portal, string problem, string words, int status)
    {
        Log.Refused(logger, request.Path, portal, problem);
        return new OpenedFrame(texts, null, false, new Page(texts, texts["app.failed"]).Paragraph(words, "bad").ToRefusal(access.FrameSourcesOf(request.Query["DOMAIN"]), status));
    }

    private static partial class Log
    {
        [LoggerMessage(3701, LogLevel.Warning, "The page {Page} is refused to {Portal}: {Problem}")]
        public static partial void Refused(ILogger logger, string page, string portal, string problem);
    }
}
