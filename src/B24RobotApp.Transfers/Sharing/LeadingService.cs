using Microsoft.Extensions.Hosting;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>Background work that one server does at a time; the others stand by.</summary>
public abstract class LeadingService(IWorkShare share) : BackgroundService
{
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var lead = await share.LeadAsync(stoppingToken);
                using var ends = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lead.Lost);
                await LeadAsync(ends.Token);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // Stopping while another one leads.
            }
        }
    }

    /// <summary>The work, from its beginning each time: another server may have done it meanwhile.</summary>
    /// <param name="stoppingToken">The server stops, or leads no more. Returns then; what is left stands in the store.</param>
    protected abstract Task LeadAsync(CancellationToken stoppingToken);
}
