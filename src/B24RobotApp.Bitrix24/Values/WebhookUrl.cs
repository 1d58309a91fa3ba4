using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace B24RobotApp.Bitrix24.Values;

/// <summary>
/// The address of an incoming webhook, <c>https://portal/rest/user id/secret/</c>. The secret stands in the path, so the whole address is one.
/// Source: local-integrations/local-webhooks.md.
/// </summary>
public sealed class WebhookUrl : Secret
{
    private WebhookUrl(Uri portal, long userId, string secret) : base($"{portal.AbsoluteUri}rest/{userId}/{secret}/")
    {
        Portal = portal;
        UserId = userId;
    }

    /// <summary>The portal's address without a path, such as <c>https://esb.bitrix24.ru/</c>. Not secret.</summary>
    public Uri Portal { get; }

    /// <summary>The user in whose name the webhook acts.</summary>
    public long UserId { get; }

    /// <summary>
    /// Reads what a person pasted: the address itself or, as the portal's page shows it, the address of a method below it
    /// (<c>.../profile.json</c>), whose name is dropped.
    /// </summary>
    /// <param name="text">The pasted text.</param>
    /// <param name="allowHttp">Accept plain http; for the sandbox only.</param>
    /// <param name="url">The address.</param>
    /// <param name="problem">What is wrong, one English sentence without the text itself.</param>
    public static bool TryParse(
        string? text, bool allowHttp, [NotNullWhen(true)] out WebhookUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        if (!Uri.TryCreate(text?.Trim(), UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            problem = "This is not a web address. An incoming webhook looks like https://portal.bitrix24.ru/rest/1/secret/.";
            return false;
        }

        if (uri.Scheme == "http" && !allowHttp)
        {
            problem = "The webhook's address must begin with https://.";
            return false;
        }

        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            problem = "The webhook's address must not contain a user name, a query or a fragment.";
            return false;
        }

        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 3 or > 4 || parts[0] != "rest"
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var userId) || userId == 0
            || !parts[2].All(char.IsAsciiLetterOrDigit))
        {
            problem = "The address is not that of an incoming webhook: after /rest/ come a user id and a secret, as in https://portal.bitrix24.ru/rest/1/secret/.";
            return false;
        }

        url = new WebhookUrl(new Uri(uri.GetLeftPart(UriPartial.Authority) + "/"), userId, parts[2]);
        problem = null;
        return true;
    }
}
