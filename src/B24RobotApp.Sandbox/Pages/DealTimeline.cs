using System.Globalization;
using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>A deal's timeline: comments and the entries of applications, newest first.</summary>
internal static class DealTimeline
{
    public static Html Show(PageRequest request, CrmItem deal)
    {
        var (portal, texts) = (request.Portal, request.Texts);
        var entries = portal.Run(() => portal.Crm.Comments(deal.Id).Select(comment => (comment.Created, comment.AuthorId, Title: "", comment.Text))
            .Concat(portal.Crm.LogMessages(deal.Id).Select(message => (message.Created, message.AuthorId, message.Title, message.Text)))
            .OrderByDescending(entry => entry.Created).ToList());
        return Html.Of($"""
            <form class="box inline" method="post" action="{request.Stay($"/crm/deal/details/{deal.Id}/comment")}">
            <label class="grow">{texts["comment"]}<textarea name="comment" rows="2" required></textarea></label>
            <button>{texts["comment.add"]}</button>
            </form>
            <section id="timeline" data-live>{entries.Select(entry => Entry(request, entry))}{Html.If(entries.Count == 0, $"<p class=\"quiet\">{texts["nothing"]}</p>")}</section>
            """);
    }

    private static Html Entry(PageRequest request, (DateTimeOffset Created, long AuthorId, string Title, string Text) entry) => Html.Of($"""
        <article class="box entry">
        <p class="quiet">{entry.Created.ToOffset(request.Portal.ServerOffset).ToString("dd.MM.yyyy HH:mm:ss", CultureInfo.InvariantCulture)} · {(request.Portal.FindUser(entry.AuthorId) is { } author ? $"{author.Name} {author.LastName}" : "")}</p>
        {Html.If(entry.Title.Length > 0, $"<h3>{entry.Title}</h3>")}
        <div class="text">{RichText.Show(entry.Text)}</div>
        </article>
        """);
}
