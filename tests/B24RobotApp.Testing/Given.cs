using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Testing;

/// <summary>Valid things with recognisable values; a test states only what matters to it.</summary>
public static class Given
{
    /// <summary>A working day's morning.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 3, 16, 9, 0, 0, TimeSpan.Zero);

    /// <summary>A portal's member id; another number is another portal.</summary>
    public static MemberId Member(int number = 1) => MemberId.Parse($"{number:x32}");

    public static TokenOwner Owner(int member = 1, long user = 1) => new(Member(member), user);

    public static PortalTokens Tokens(string access = "access-1", string? refresh = "refresh-1", DateTimeOffset? expiresAt = null) => new()
    {
        Access = new AccessToken(access),
        Refresh = refresh is null ? null : new RefreshToken(refresh),
        ExpiresAt = expiresAt ?? Now.AddHours(1),
    };

    public static NewInstallation Installation(
        int member = 1, string? address = null, string? applicationToken = "application-token-1", string? clientId = null, long installer = 1,
        PortalTokens? tokens = null) => new()
        {
            MemberId = Member(member),
            Address = new Uri(address ?? $"https://portal{member}.bitrix24.com/"),
            OAuthServer = new Uri("https://oauth.bitrix.info/"),
            InstallerUserId = installer,
            Language = "en",
            Tokens = tokens ?? Tokens(),
            ApplicationToken = applicationToken is null ? null : new ApplicationToken(applicationToken),
            ClientId = clientId,
        };

    public static ApplicationCredentials Credentials(string clientId = "local.1", string secret = "client-secret-1") =>
        new(clientId, new ClientSecret(secret));

    public static WebhookUrl Webhook(string address = "https://esb.bitrix24.com/rest/1/webhooksecret1/") =>
        WebhookUrl.TryParse(address, allowHttp: true, out var url, out var problem) ? url : throw new ArgumentException(problem, nameof(address));

    public static EsbConnection Connection(
        string code = "main", WebhookUrl? webhook = null, PortalId? owner = null, params IReadOnlyList<string> portals) => new()
        {
            Code = code,
            Name = "Head office",
            Webhooks = [webhook ?? Webhook()],
            Profile = "default",
            Portals = portals,
            Owner = owner,
        };

    /// <summary>A robot's call for a deal. Without an event token it has one of its own.</summary>
    public static NewTransfer Transfer(
        PortalId? portal = null, long deal = 7, string? eventToken = null, string connection = "main", DateTimeOffset? receivedAt = null,
        bool verified = true, string properties = "{}")
    {
        var id = TransferId.New(receivedAt ?? Now);
        return new NewTransfer
        {
            Id = id,
            Portal = portal ?? new PortalId(1),
            RobotCode = "send_to_esb",
            EventToken = eventToken ?? $"workflow-{id}|A1|event-token",
            WorkflowId = $"workflow-{id}",
            EntityTypeId = 2,
            ItemId = deal,
            UserId = 1,
            Connection = connection,
            Properties = properties,
            Waits = true,
            CalledAt = receivedAt ?? Now,
            ReceivedAt = receivedAt ?? Now,
            GiveUpAt = (receivedAt ?? Now).AddHours(72),
            Verified = verified,
        };
    }

    public static TransferOutcome Outcome(OutcomeStatus status = OutcomeStatus.Created, long? esbDealId = 701, string errorCode = "", string errorMessage = "") => new()
    {
        Status = status,
        EsbDealId = esbDealId,
        EsbDealUrl = esbDealId is null ? null : $"https://esb.bitrix24.com/crm/deal/details/{esbDealId}/",
        ErrorCode = errorCode,
        ErrorMessage = errorMessage,
        ProductsSent = 2,
        At = Now,
    };

    public static TransferAttempt Attempt(int number = 1, string step = "done", string? failure = null, string? errorCode = null) => new()
    {
        Number = number,
        StartedAt = Now,
        EndedAt = Now.AddSeconds(2),
        Step = step,
        Failure = failure,
        ErrorCode = errorCode,
    };

    public static LinkKey LinkKey(long sourceId = 7, LinkedEntity entity = LinkedEntity.Deal, int member = 1, string connection = "main") =>
        new(Member(member), connection, entity, sourceId);

    public static Link Link(long sourceId = 7, long esbId = 701, LinkedEntity entity = LinkedEntity.Deal, string? hash = "hash-1") =>
        new(LinkKey(sourceId, entity), esbId, hash);
}
