using System.Security.Cryptography;
using System.Text;

namespace B24RobotApp.Bitrix24.Values;

/// <summary>A text that must not reach a log, a URL that is logged or an exception. Its <c>ToString</c> is <c>***</c>.</summary>
public abstract class Secret : IEquatable<Secret>
{
    private readonly string _text;

    private protected Secret(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        _text = text;
    }

    /// <summary>The text itself. Every place that needs it can be found by this name.</summary>
    public string Reveal() => _text;

    /// <summary>Compares in constant time, so that the time taken tells nothing about the secret.</summary>
    public bool Equals(Secret? other) =>
        other is not null && other.GetType() == GetType()
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(_text), Encoding.UTF8.GetBytes(other._text));

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public sealed override string ToString() => "***";
}

/// <summary>An access token: lives an hour, bound to user, app and portal.</summary>
public sealed class AccessToken(string text) : Secret(text);

/// <summary>A refresh token: lives 180 days and is replaced at every refresh.</summary>
public sealed class RefreshToken(string text) : Secret(text);

/// <summary>The fixed value that an app's portal puts into every event and robot call.</summary>
public sealed class ApplicationToken(string text) : Secret(text);

/// <summary>The secret half of a local application's credentials. It goes to the authorization server only.</summary>
public sealed class ClientSecret(string text) : Secret(text);

/// <summary>A local application's credentials on one portal, shown there after the card is saved.</summary>
/// <param name="ClientId">Such as <c>local.5f3e2a1b4c5d6e.12345678</c>; not secret.</param>
/// <param name="Secret">The key beside it.</param>
public sealed record ApplicationCredentials(string ClientId, ClientSecret Secret);
