namespace B24RobotApp.Sandbox.OAuth;

/// <summary>What the authorization server answers instead of tokens.</summary>
internal sealed record OAuthError(int Status, string Code, string Description)
{
    public static readonly OAuthError InvalidRequest = new(400, "invalid_request", "Invalid request");
    public static readonly OAuthError InvalidClient = new(401, "invalid_client", "The client credentials are invalid");
    public static readonly OAuthError InvalidGrant = new(400, "invalid_grant", "Invalid grant");
    public static readonly OAuthError InvalidToken = new(401, "invalid_token", "The access token provided is invalid");
    public static readonly OAuthError ExpiredToken = new(401, "expired_token", "The access token provided has expired");
    public static readonly OAuthError PaymentRequired = new(402, "PAYMENT_REQUIRED", "Payment required");
    public static readonly OAuthError MethodNotFound = new(404, "ERROR_METHOD_NOT_FOUND", "Method not found!");
}
