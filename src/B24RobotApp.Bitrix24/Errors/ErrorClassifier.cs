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
    public static Verdict Classify(FailureFacts facts) => facts switch
    {
        { Sent: false } => new(FailureKind.NotExecuted),
        { Code: null } => ClassifyByStatus(facts),
        _ => ClassifyByCode(facts, facts.Code.Trim().ToUpperInvariant()),
    };

    private static Verdict ClassifyByCode(FailureFacts facts, string code) => code switch
    {
        "EXPIRED_TOKEN" or "INVALID_TOKEN" or "NO_AUTH_FOUND" => new(FailureKind.Disconnected, Cure.RenewToken),
        "QUERY_LIMIT_EXCEEDED" => new(FailureKind.NotExecuted, Cure.BackOff),
        "OPERATION_TIME_LIMIT" => new(FailureKind.NotExecuted, Cure.PauseMethod),
        "CONNECTION_ERROR" or "OVERLOAD_LIMIT" => new(FailureKind.NotExecuted),
        // A locked workflow: it was not touched and will be free seconds later.
        "423" => new(FailureKind.NotExecuted),
        "AUTHORIZATION_ERROR" or "APPLICATION_NOT_FOUND" or "PAYMENT_REQUIRED" or "PORTAL_DELETED" or "INVALID_CREDENTIALS"
            or "INVALID_GRANT" or "BAD_VERIFICATION_CODE" or "INVALID_CLIENT" or "WRONG_CLIENT" => new(FailureKind.Disconnected),
        // Two things under one code: rights of a user, and a plan that ended. Only the text tells.
        "ACCESS_DENIED" => facts.Description?.Contains("commercial plan", StringComparison.OrdinalIgnoreCase) == true
            ? new(FailureKind.Disconnected)
            : new(FailureKind.Refused),
        "INTERNAL_SERVER_ERROR" or "ERROR_UNEXPECTED_ANSWER" => Unknown(facts),
        _ => IsRefusal(code) || facts.Status < 500 ? new(FailureKind.Refused) : Unknown(facts),
    };

    /// <summary>The body was not one of Bitrix24's: a gateway's page, a body that was cut, no answer at all.</summary>
    private static Verdict ClassifyByStatus(FailureFacts facts) => facts.Status switch
    {
        // A new address that was not accepted: nobody ran the call, and a person has to look.
        >= 300 and < 400 => new(FailureKind.Refused),
        // A gateway in front of the portal counts requests too.
        429 => new(FailureKind.NotExecuted, Cure.BackOff),
        // The gateway did not get the request in time, or so it says.
        408 => Unknown(facts),
        >= 400 and < 500 => new(FailureKind.Refused),
        _ => Unknown(facts),
    };

    /// <summary>Codes that are a no whatever the status; any other code with a 5xx may have been thrown halfway through.</summary>
    private static bool IsRefusal(string code) =>
        code is "INSUFFICIENT_SCOPE" or "USER_ACCESS_ERROR" or "ALLOWED_ONLY_INTRANET_USER" or "ERROR_METHOD_NOT_FOUND"
            or "METHOD_CONFIRM_WAITING" or "METHOD_CONFIRM_DENIED" or "ERROR_BATCH_METHOD_NOT_ALLOWED" or "ERROR_BATCH_LENGTH_EXCEEDED"
            or "NOT_FOUND" or "OWNER_NOT_FOUND" or "INVALID_ARG_VALUE" or "ERROR_ARGUMENT" or "INVALID_REQUEST" or "INVALID_SCOPE"
        || code.StartsWith("CRM_FIELD_ERROR_", StringComparison.Ordinal);

    // A read can simply be repeated; what became of a write has to be looked up first.
    private static Verdict Unknown(FailureFacts facts) =>
        new(facts.Writes ? FailureKind.OutcomeUnknown : FailureKind.NotExecuted);
}
