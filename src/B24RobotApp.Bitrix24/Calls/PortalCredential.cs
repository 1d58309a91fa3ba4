using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>What a request to a portal is sent with: an incoming webhook or the tokens of a user. Calls with the same credential may share a batch.</summary>
public abstract class PortalCredential
{
    /// <summary>Tells credentials apart, within the process; not secret.</summary>
    public abstract string Key { get; }

    /// <summary>The portal's address as known now, such as <c>https://acme.bitrix24.com/</c>. Limits are counted per host.</summary>
    public abstract Uri Portal { get; }

    /// <summary>What to send a request with right now.</summary>
    /// <exception cref="Errors.Bitrix24Exception">There is no usable token.</exception>
    public abstract ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken);

    /// <summary>The portal answered <c>expired_token</c>: gets a new token, at most once for all who ask at the same time.</summary>
    /// <param name="rejected">What the refused request was sent with.</param>
    /// <param name="cancellationToken">Ends waiting; a refresh under way goes on, since its new tokens must not get lost.</param>
    /// <returns><see langword="false"/> if this credential cannot be renewed.</returns>
    public abstract Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken);

    /// <summary>The portal answered with a redirect to another host. Returns whether that host is accepted as the portal's new address; then it is remembered.</summary>
    public abstract ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken);
}

/// <summary>The address and token of one request.</summary>
/// <param name="RestEndpoint">Ends in <c>/</c>; the method's name is appended. For a webhook it is secret.</param>
/// <param name="Token">Goes into the body as <c>auth</c>; <see langword="null"/> with a webhook.</param>
public sealed record RequestAuthorization(Uri RestEndpoint, AccessToken? Token)
{
    /// <summary>Says nothing, since the address may be a webhook's.</summary>
    public override string ToString() => "***";

    /// <summary>Takes the token or the webhook's secret out of a text that the portal wrote.</summary>
    internal string Conceal(string text)
    {
        // A webhook's secret is the last part of its path.
        var secret = Token?.Reveal() ?? RestEndpoint.Segments[^1].Trim('/');
        return secret.Length == 0 ? text : text.Replace(secret, ToString(), StringComparison.Ordinal);
    }
}
