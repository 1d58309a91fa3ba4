using System.Security.Cryptography;
using System.Text;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Calls a portal through an incoming webhook. It needs no token and cannot be renewed. Source: local-integrations/local-webhooks.md.</summary>
/// <param name="webhook">Its address.</param>
/// <param name="accept">Whether an address to which the portal redirects is accepted as its new one.</param>
public sealed class WebhookCredential(WebhookUrl webhook, Func<Uri, bool> accept) : PortalCredential
{
    private readonly string _path = new Uri(webhook.Reveal()).AbsolutePath;
    private Uri _portal = webhook.Portal;

    /// <inheritdoc/>
    public override string Key { get; } = "webhook:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(webhook.Reveal())));

    /// <inheritdoc/>
    public override Uri Portal => _portal;

    /// <inheritdoc/>
    public override ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new RequestAuthorization(new Uri(_portal, _path), null));

    /// <inheritdoc/>
    public override Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    public override ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken)
    {
        if (!accept(newPortal))
        {
            return ValueTask.FromResult(false);
        }

        _portal = newPortal;
        return ValueTask.FromResult(true);
    }
}
