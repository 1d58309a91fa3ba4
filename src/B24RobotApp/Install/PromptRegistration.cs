using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Install;

/// <summary>The registration while someone looks at a page: what does not come through within a few seconds goes on in the background.</summary>
internal sealed class PromptRegistration(Registration registration, RegistrationWorker worker, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task ReconcileAsync(Portal portal, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await registration.ReconcileAsync(portal.Id, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Slow; the worker has it.
        }
        finally
        {
            // It repeats what failed, and gets ready the ESBs that the portal may use.
            worker.Ask(portal);
        }
    }
}
