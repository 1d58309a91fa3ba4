using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Pages;

/// <summary>The part of a page that asks for the app's keys, or says that they are known.</summary>
internal static class CredentialsForm
{
    public static void AddTo(Page page, PageTexts texts, Portal portal)
    {
        page.Heading(texts["credentials.heading"]);
        if (portal.HasCredentials)
        {
            page.Paragraph(texts["credentials.known"], "good");
            return;
        }

        page.Paragraph(texts["credentials.explain"])
            .Add($"""
            <form id="credentials">
            <label>client_id <input name="clientId" autocomplete="off" required value="{Page.Encode(portal.ClientId)}"></label>
            <label>client_secret <input name="clientSecret" type="password" autocomplete="off" required></label>
            <button>{Page.Encode(texts["credentials.save"])}</button>
            <p id="credentials-result" role="status"></p>
            </form>
            """);
    }
}
