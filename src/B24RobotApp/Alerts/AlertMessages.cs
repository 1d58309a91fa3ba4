using System.Text.Json;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Alerts;

/// <summary>Brings alerts to people: to the host by a post, to a portal's administrator by a notification of the portal.</summary>
internal sealed partial class AlertMessages(SourcePortals sources, PortalStore portals, IOptions<AlertOptions> options, TimeProvider clock, ILogger<AlertMessages> logger) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly AlertTexts English = new("en");
    private static readonly AlertTexts Russian = new("ru");

    // The address is the host's own and may lie in its own network. Redirects would carry its secret elsewhere.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private bool _isSilent;

    /// <summary>Tells the host.</summary>
    /// <returns>Whether it was taken, or nobody is to be told.</returns>
    public async Task<bool> TellHostAsync(Alert alert, CancellationToken cancellationToken)
    {
        if (options.Value.WebhookUrl.Length == 0)
        {
            return true;
        }

        var message = new Message(
            alert.EndedAt is null ? "problem" : "solved",
            JsonNamingPolicy.SnakeCaseLower.ConvertName(alert.Kind.ToString()),
            alert.Host,
            alert.Connection,
            alert.Since,
            alert.EndedAt,
            alert.EndedAt is null ? English.Began(alert) : English.Ended(alert),
            alert.EndedAt is null ? Russian.Began(alert) : Russian.Ended(alert));
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var content = JsonContent.Create(message, options: JsonSerializerOptions.Web);
            using var response = await _http.PostAsync(new Uri(options.Value.WebhookUrl), content, either.Token);
            return Note(response.IsSuccessStatusCode, $"HTTP {(int)response.StatusCode}");
        }
        catch (HttpRequestException exception)
        {
            return Note(false, exception.HttpRequestError.ToString());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Note(false, "no answer");
        }
    }

    /// <summary>Tells the administrator who has installed the app on the portal.</summary>
    /// <returns>Whether he knows, or cannot be told; <see langword="false"/>: a later try may succeed.</returns>
    public async Task<bool> TellPortalAsync(Alert alert, CancellationToken cancellationToken)
    {
        if (alert.Portal is not { } id || await portals.FindAsync(id, cancellationToken) is not { State: PortalState.Connected } portal)
        {
            return true;
        }

        var texts = new AlertTexts(portal.Language);
        var text = alert.EndedAt is null ? texts.Began(alert) : texts.Ended(alert);
        try
        {
            // The tag makes the good news replace the bad.
            await sources.CallAsync(portal, null, Notifications.System(portal.InstallerUserId, BbCode.Plain(text), $"b24robot|alert|{alert.Subject}"));
            return true;
        }
        catch (Bitrix24Exception exception)
        {
            Log.PortalNotTold(logger, portal.Address.Authority, exception.Code);
            return exception.Kind is FailureKind.Refused or FailureKind.Disconnected;
        }
    }

    public void Dispose() => _http.Dispose();

    // The address stays out of the log: it may hold a secret.
    private bool Note(bool taken, string answer)
    {
        if (!taken && !_isSilent)
        {
            Log.HostNotTold(logger, answer);
        }

        _isSilent = !taken;
        return taken;
    }

    private sealed record Message(string Event, string Kind, string Portal, string Connection, DateTimeOffset Since, DateTimeOffset? EndedAt, string Text, string TextRu);

    private static partial class Log
    {
        [LoggerMessage(3931, LogLevel.Warning, "The address in Alerts:WebhookUrl does not take alerts ({Answer}); it is tried again until it does")]
        public static partial void HostNotTold(ILogger logger, string answer);

        [LoggerMessage(3932, LogLevel.Information, "{Portal} did not take the notification of an alert: {Code}")]
        public static partial void PortalNotTold(ILogger logger, string portal, string code);
    }
}
