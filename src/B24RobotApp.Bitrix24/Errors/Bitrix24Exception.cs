namespace B24RobotApp.Bitrix24.Errors;

/// <summary>What is known about a call that brought no result. It decides what the caller may do next.</summary>
public enum FailureKind
{
    /// <summary>The portal did not run the call and will not for a while. Safe to repeat later.</summary>
    NotExecuted,

    /// <summary>The call may or may not have run: time-out, reset or 5xx after a write was sent. Look before repeating.</summary>
    OutcomeUnknown,

    /// <summary>The portal looked at the call and said no. Repeating changes nothing; a person has to.</summary>
    Refused,

    /// <summary>The app is uninstalled, unpaid or signed out on this portal, or the webhook is gone. Nothing works until it is connected again.</summary>
    Disconnected,
}

/// <summary>A REST call to a portal or to its authorization server failed.</summary>
/// <remarks>The message holds host, method, code and the portal's description, never a token, a webhook's path or parameters.</remarks>
public sealed class Bitrix24Exception : Exception
{
    /// <summary>Describes a failure.</summary>
    /// <param name="kind">What is known about it.</param>
    /// <param name="portalHost">The host only.</param>
    /// <param name="method">The REST method, or <c>oauth/token</c>.</param>
    /// <param name="code">Bitrix24's code as sent; for a transport failure the name of the socket error.</param>
    /// <param name="description">Bitrix24's text, for people.</param>
    /// <param name="retryAt">The earliest time at which a repetition makes sense, if known.</param>
    /// <param name="inner">The transport's exception; it must not contain the request's address.</param>
    public Bitrix24Exception(
        FailureKind kind, string portalHost, string method, string code, string description,
        DateTimeOffset? retryAt = null, Exception? inner = null)
        : base(OneLine($"{method} on {portalHost}: {code} ({description})"), inner)
    {
        Kind = kind;
        PortalHost = portalHost;
        Method = method;
        Code = OneLine(code);
        Description = OneLine(description);
        RetryAt = retryAt;
    }

    /// <summary>A portal's text on its way into logs and lists: what would begin a line of its own or paint a console becomes a space.</summary>
    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)) : text;

    /// <summary>What is known about the call.</summary>
    public FailureKind Kind { get; }

    /// <summary>The portal's host name only: a webhook's path is a secret and must not reach a message.</summary>
    public string PortalHost { get; }

    /// <summary>The REST method.</summary>
    public string Method { get; }

    /// <summary>Bitrix24's code as sent, such as <c>ACCESS_DENIED</c>; may be a number or empty. For a transport failure the socket error's name.</summary>
    public string Code { get; }

    /// <summary>Bitrix24's text.</summary>
    public string Description { get; }

    /// <summary>The earliest time at which a repetition makes sense; <see langword="null"/> if nothing is known.</summary>
    public DateTimeOffset? RetryAt { get; }

    /// <summary>Compares the code as Bitrix24 means it: without regard to case.</summary>
    public bool HasCode(string code) => string.Equals(Code, code, StringComparison.OrdinalIgnoreCase);
}
