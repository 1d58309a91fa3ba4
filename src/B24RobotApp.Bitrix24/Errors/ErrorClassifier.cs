namespace B24RobotApp.Bitrix24.Errors;

/// <summary>What was seen of a request that brought no result.</summary>
/// <param name="Status">HTTP status; 0 if no answer came.</param>
/// <param name="Code">The <c>error</c> of the body; <see langword="null"/> if the body was not one of Bitrix24's.</param>
/// <param name="Description">The <c>error_description</c>.</param>
/// <param name="Writes">Whether the call changes something on the portal.</param>
/// <param name="Sent">Whether the request may have reached the portal; <see langword="false"/> for a refused connection or an unknown host.</param>
public sealed record FailureFacts(int Status, string? Code, string? Description, bool Writes, bool Sent = true);

/// <summary>What the client itself can do about a failure, so that its caller never hears of it.</summary>
public enum Cure
{
    /// <summary>Nothing; the caller decides by the <see cref="FailureKind"/>.</summary>
    None,

    /// <summary>Get a new token and repeat once.</summary>
    RenewToken,

    /// <summary>Wait and repeat; the portal counts too many requests.</summary>
    BackOff,

    /// <summary>Leave this method alone until its execution time is given back.</summary>
    PauseMethod,
}

/// <summary>What a failure means.</summary>
/// <param name="Kind">What is known about the call.</param>
/// <param name="Cure">What the client can do.</param>
public readonly record struct Verdict(FailureKind Kind, Cure Cure = Cure.None);

/// <summary>
/// From what was seen to what it means. Codes decide before statuses, without regard to case, since statuses differ between documentation, versions and modules.
/// Source: _includes/system-errors.md, settings/oauth/error-codes.md.
/// </summary>
public static class ErrorClassifier
{
    /// <summary>Classifies a failed REST call.</summary>
    public static Verdict Classify(FailureFacts facts)
    {
        if (!facts.Sent)
        {
            return new(FailureKind.NotExecuted);
        }

        // A plan that ended is spelled ACCESS_DENIED by some modules; only the text tells.
        if (facts.Description?.Contains("commercial plan", StringComparison.OrdinalIgnoreCase) == true)
        {
            return new(FailureKind.Disconnected);
        }

        return facts.Code?.ToUpperInvariant() switch
        {
            "EXPIRED_TOKEN" or "INVALID_TOKEN" or "NO_AUTH_FOUND" => new(FailureKind.Disconnected, Cure.RenewToken),
            "QUERY_LIMIT_EXCEEDED" => new(FailureKind.NotExecuted, Cure.BackOff),
            "OPERATION_TIME_LIMIT" => new(FailureKind.NotExecuted, Cure.PauseMethod),
            "CONNECTION_ERROR" or "OVERLOAD_LIMIT" => new(FailureKind.NotExecuted),
            "AUTHORIZATION_ERROR" or "APPLICATION_NOT_FOUND" or "PAYMENT_REQUIRED" or "PORTAL_DELETED" or "INVALID_CREDENTIALS"
                or "INVALID_GRANT" or "INVALID_CLIENT" or "WRONG_CLIENT" => new(FailureKind.Disconnected),
            "INTERNAL_SERVER_ERROR" or "ERROR_UNEXPECTED_ANSWER" => Unknown(facts),
            null => facts.Status is >= 400 and < 500 ? new(FailureKind.Refused) : Unknown(facts),
            // A code of 423 is a locked workflow: it was not executed and will be, seconds later.
            "423" => new(FailureKind.NotExecuted),
            _ => facts.Status >= 500 && facts.Code.Length == 0 ? Unknown(facts) : new(FailureKind.Refused),
        };
    }

    // A read can simply be repeated; what became of a write has to be looked up first.
    private static Verdict Unknown(FailureFacts facts) =>
        new(facts.Writes ? FailureKind.OutcomeUnknown : FailureKind.NotExecuted);
}
