using B24RobotApp.Monitoring;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Alerts;

/// <summary>Says what needs a person: once when it begins, and once more when it is well again, whatever restarts lie between.</summary>
internal sealed partial class AlertBook(AlertStore store, AlertMessages messages, IOptions<AlertOptions> options, ILogger<AlertBook> logger)
{
    private static readonly AlertTexts Texts = new("en");

    private Dictionary<string, Alert>? _open;
    private bool _isUnsaved;

    /// <summary>Compares how the work stands with what was said of it, and says what is new.</summary>
    public async Task JudgeAsync(WorkReport report, CancellationToken cancellationToken)
    {
        _open ??= (await store.ListAsync(cancellationToken)).ToDictionary(alert => alert.Subject, StringComparer.Ordinal);
        Begin(_open, report);
        End(_open, report);
        foreach (var alert in _open.Values.ToList())
        {
            await TellAsync(_open, alert, report, cancellationToken);
        }

        await SaveAsync(_open, cancellationToken);
    }

    /// <summary>Reads anew what was said: another server may have said something since.</summary>
    public void Forget() => (_open, _isUnsaved) = (null, false);

    private void Begin(Dictionary<string, Alert> open, WorkReport report)
    {
        foreach (var found in AlertRules.Find(report, options.Value))
        {
            if (!open.TryGetValue(found.Subject, out var known))
            {
                Put(open, found);
                Log.Began(logger, Texts.Began(found));
            }
            else if (known.EndedAt is not null)
            {
                // It was not said yet that it was well, and it is not.
                Put(open, known with { EndedAt = null });
            }
        }
    }

    private void End(Dictionary<string, Alert> open, WorkReport report)
    {
        foreach (var alert in open.Values.Where(alert => alert.EndedAt is null && AlertRules.IsWell(alert, report, options.Value)).ToList())
        {
            Put(open, alert with { EndedAt = report.At });
            Log.Ended(logger, Texts.Ended(alert));
        }
    }

    private async Task TellAsync(Dictionary<string, Alert> open, Alert alert, WorkReport report, CancellationToken cancellationToken)
    {
        // A portal that does not answer is left alone, and told when it does.
        var answers = alert.Portal is { } id && !report.SourceOutages.ContainsKey(id);
        if (alert.EndedAt is null)
        {
            var host = alert.HostTold || await messages.TellHostAsync(alert, cancellationToken);
            var portal = alert.PortalTold || !alert.ConcernsPortal || (answers && await messages.TellPortalAsync(alert, cancellationToken));
            if (host != alert.HostTold || portal != alert.PortalTold)
            {
                Put(open, alert with { HostTold = host, PortalTold = portal });
            }

            return;
        }

        // Who never heard of the problem need not hear that it is over. From here on "told" means the opposite: who still knows only that it began.
        var hostKnows = alert.HostTold && !await messages.TellHostAsync(alert, cancellationToken);
        var portalKnows = alert.PortalTold && alert.ConcernsPortal && !(answers && await messages.TellPortalAsync(alert, cancellationToken));
        if (hostKnows || portalKnows)
        {
            Put(open, alert with { HostTold = hostKnows, PortalTold = portalKnows });
        }
        else
        {
            open.Remove(alert.Subject);
            _isUnsaved = true;
        }
    }

    private void Put(Dictionary<string, Alert> open, Alert alert)
    {
        _isUnsaved |= !open.TryGetValue(alert.Subject, out var known) || known != alert;
        open[alert.Subject] = alert;
    }

    private async Task SaveAsync(Dictionary<string, Alert> open, CancellationToken cancellationToken)
    {
        if (!_isUnsaved)
        {
            return;
        }

        try
        {
            await store.SaveAsync(open.Values, cancellationToken);
            _isUnsaved = false;
        }
        catch (StorageUnavailableException)
        {
            // That is one of the alerts, and it was said; what is known here is written when the database takes it again.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3941, LogLevel.Warning, "Somebody is needed: {Text}")]
        public static partial void Began(ILogger logger, string text);

        [LoggerMessage(3942, LogLevel.Information, "Nobody is needed any more: {Text}")]
        public static partial void Ended(ILogger logger, string text);
    }
}
