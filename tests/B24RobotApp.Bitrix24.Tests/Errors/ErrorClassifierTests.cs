using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Bitrix24.Tests.Errors;

/// <summary>The tables of the protocol, row by row: what the portal and the authorization server may say, and what follows for a write.</summary>
public sealed class ErrorClassifierTests
{
    public static TheoryData<int, string?, string?, FailureKind, Cure> Table => new()
    {
        // A portal that moved to an address which is not accepted.
        { 301, null, null, FailureKind.Refused, Cure.None },
        { 302, null, null, FailureKind.Refused, Cure.None },
        { 307, null, null, FailureKind.Refused, Cure.None },
        { 308, null, null, FailureKind.Refused, Cure.None },
        // Tokens and webhooks.
        { 401, "expired_token", "The access token provided has expired", FailureKind.Disconnected, Cure.RenewToken },
        { 401, "invalid_token", null, FailureKind.Disconnected, Cure.RenewToken },
        { 401, "NO_AUTH_FOUND", "Wrong authorization data", FailureKind.Disconnected, Cure.RenewToken },
        { 401, "authorization_error", null, FailureKind.Disconnected, Cure.None },
        { 401, "APPLICATION_NOT_FOUND", null, FailureKind.Disconnected, Cure.None },
        { 403, "application_not_found", null, FailureKind.Disconnected, Cure.None },
        { 401, "CONNECTION_ERROR", null, FailureKind.NotExecuted, Cure.None },
        { 401, "METHOD_CONFIRM_WAITING", null, FailureKind.Refused, Cure.None },
        { 403, "METHOD_CONFIRM_DENIED", null, FailureKind.Refused, Cure.None },
        { 402, "PAYMENT_REQUIRED", null, FailureKind.Disconnected, Cure.None },
        { 403, "PAYMENT_REQUIRED", null, FailureKind.Disconnected, Cure.None },
        { 200, "PAYMENT_REQUIRED", null, FailureKind.Disconnected, Cure.None },
        { 403, "ACCESS_DENIED", "REST API is available only on commercial plans", FailureKind.Disconnected, Cure.None },
        { 403, "insufficient_scope", null, FailureKind.Refused, Cure.None },
        { 401, "insufficient_scope", null, FailureKind.Refused, Cure.None },
        { 403, "INVALID_CREDENTIALS", null, FailureKind.Disconnected, Cure.None },
        { 401, "INVALID_CREDENTIALS", null, FailureKind.Disconnected, Cure.None },
        { 403, "user_access_error", null, FailureKind.Refused, Cure.None },
        { 403, "ACCESS_DENIED", "Access denied.", FailureKind.Refused, Cure.None },
        { 400, "ACCESS_DENIED", null, FailureKind.Refused, Cure.None },
        { 403, "allowed_only_intranet_user", null, FailureKind.Refused, Cure.None },
        // Calls.
        { 404, "ERROR_METHOD_NOT_FOUND", null, FailureKind.Refused, Cure.None },
        { 405, "ERROR_BATCH_METHOD_NOT_ALLOWED", null, FailureKind.Refused, Cure.None },
        { 400, "ERROR_BATCH_LENGTH_EXCEEDED", null, FailureKind.Refused, Cure.None },
        { 400, "NOT_FOUND", null, FailureKind.Refused, Cure.None },
        { 400, "OWNER_NOT_FOUND", null, FailureKind.Refused, Cure.None },
        { 400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", null, FailureKind.Refused, Cure.None },
        { 400, "CRM_FIELD_ERROR_REQUIRED", "commercial plans is a required field", FailureKind.Refused, Cure.None },
        { 500, "CRM_FIELD_ERROR_ANYTHING_NEW", null, FailureKind.Refused, Cure.None },
        { 400, "INVALID_ARG_VALUE", null, FailureKind.Refused, Cure.None },
        { 400, "ERROR_ARGUMENT", null, FailureKind.Refused, Cure.None },
        { 400, "ERROR_CORE", null, FailureKind.Refused, Cure.None },
        { 400, "100", "Could not find value for parameter {fields}", FailureKind.Refused, Cure.None },
        { 400, "0", null, FailureKind.Refused, Cure.None },
        { 400, "", "No fields to update.", FailureKind.Refused, Cure.None },
        { 200, "ERROR_CORE", "Unable to set placement handler", FailureKind.Refused, Cure.None },
        { 200, "", null, FailureKind.Refused, Cure.None },
        { 400, "404", "Workflow instance not found", FailureKind.Refused, Cure.None },
        { 400, "423", "Workflow instance is locked", FailureKind.NotExecuted, Cure.None },
        { 400, "INVALID_REQUEST", "Https required", FailureKind.Refused, Cure.None },
        // Limits and outages.
        { 429, "OPERATION_TIME_LIMIT", null, FailureKind.NotExecuted, Cure.PauseMethod },
        { 200, "OPERATION_TIME_LIMIT", "in result_error of a batch", FailureKind.NotExecuted, Cure.PauseMethod },
        { 503, "QUERY_LIMIT_EXCEEDED", "Too many requests", FailureKind.NotExecuted, Cure.BackOff },
        { 429, null, "a gateway's page", FailureKind.NotExecuted, Cure.BackOff },
        { 503, "OVERLOAD_LIMIT", null, FailureKind.NotExecuted, Cure.None },
        { 500, "PORTAL_DELETED", null, FailureKind.Disconnected, Cure.None },
        { 403, "PORTAL_DELETED", null, FailureKind.Disconnected, Cure.None },
        { 500, "INTERNAL_SERVER_ERROR", null, FailureKind.OutcomeUnknown, Cure.None },
        { 500, "ERROR_UNEXPECTED_ANSWER", null, FailureKind.OutcomeUnknown, Cure.None },
        { 500, "SOMETHING_NEW", null, FailureKind.OutcomeUnknown, Cure.None },
        { 500, "0", null, FailureKind.OutcomeUnknown, Cure.None },
        { 500, "", null, FailureKind.OutcomeUnknown, Cure.None },
        { 500, null, null, FailureKind.OutcomeUnknown, Cure.None },
        { 502, null, null, FailureKind.OutcomeUnknown, Cure.None },
        { 503, null, null, FailureKind.OutcomeUnknown, Cure.None },
        { 504, null, null, FailureKind.OutcomeUnknown, Cure.None },
        { 408, null, null, FailureKind.OutcomeUnknown, Cure.None },
        { 0, null, null, FailureKind.OutcomeUnknown, Cure.None },
        { 200, null, "not JSON, or cut", FailureKind.OutcomeUnknown, Cure.None },
        { 403, null, "a firewall's page", FailureKind.Refused, Cure.None },
        { 404, null, "nothing there", FailureKind.Refused, Cure.None },
        // The authorization server.
        { 400, "invalid_grant", null, FailureKind.Disconnected, Cure.None },
        { 400, "bad_verification_code", null, FailureKind.Disconnected, Cure.None },
        { 400, "invalid_request", null, FailureKind.Refused, Cure.None },
        { 400, "invalid_scope", null, FailureKind.Refused, Cure.None },
        { 400, "insufficient_scope", null, FailureKind.Refused, Cure.None },
        { 401, "invalid_client", null, FailureKind.Disconnected, Cure.None },
        { 401, "wrong_client", null, FailureKind.Disconnected, Cure.None },
        { 400, "PAYMENT_REQUIRED", null, FailureKind.Disconnected, Cure.None },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_answer_means_one_thing_in_whatever_case_it_is_written(int status, string? code, string? description, FailureKind kind, Cure cure)
    {
        var expected = new Verdict(kind, cure);

        Assert.Equal(expected, ErrorClassifier.Classify(new FailureFacts(status, code, description, Writes: true)));
        Assert.Equal(expected, ErrorClassifier.Classify(new FailureFacts(status, code?.ToUpperInvariant(), description, Writes: true)));
        Assert.Equal(expected, ErrorClassifier.Classify(new FailureFacts(status, code?.ToLowerInvariant(), description, Writes: true)));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_read_is_never_of_unknown_outcome_since_it_can_simply_be_repeated(int status, string? code, string? description, FailureKind kind, Cure cure)
    {
        var verdict = ErrorClassifier.Classify(new FailureFacts(status, code, description, Writes: false));

        Assert.Equal(new Verdict(kind == FailureKind.OutcomeUnknown ? FailureKind.NotExecuted : kind, cure), verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_never_left_us_was_not_executed(bool writes) =>
        Assert.Equal(new Verdict(FailureKind.NotExecuted), ErrorClassifier.Classify(new FailureFacts(0, null, null, writes, Sent: false)));
}
