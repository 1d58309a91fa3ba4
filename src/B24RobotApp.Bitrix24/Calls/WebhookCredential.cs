using System.Security.Cryptography;
using System.Text;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Calls by an incoming webhook. It has no token that could expire: what the portal says against it is final.</summary>
/// <param name="url">The webhook.</param>
/// <param name="moveAsync">
/// Whether the portal's new address is accepted; it is to be remembered then. Without it no other address is.
/// </param>
public sealed class WebhookCredential(WebhookUrl url, Func<Uri, CancellationToken, ValueTask<bool>>? moveAsync = null) : PortalCredential
{
    private volatile Uri _portal = url.Portal;

    /// <summary>A hash: two webhooks of one user on one portal are different credentials with limits of their own.</summary>
    public override string Key { get; } = $"webhook:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.Reveal())).AsSpan(0, 16))}";

    /// <inheritdoc/>
    public override Uri Portal => _portal;

    /// <inheritdoc/>
    public override ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new RequestAuthorization(new Uri(_portal, new Uri(url.Reveal()).AbsolutePath), null));

    /// <inheritdoc/>
    public override Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    public override async ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken)
    {
        if (newPortal != _portal && (moveAsync is null || !await moveAsync(newPortal, cancellationToken)))
        {
            return false;
        }

        _portal = newPortal;
        return true;
    }
}
