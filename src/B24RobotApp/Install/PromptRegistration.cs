using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Install;

/// <summary>The registration while someone looks at a page: what does not come through within a few seconds goes on in the background.</summary>
internal sealed class PromptRegistration(Registration registration, RegistrationWorker worker, TimeProvider clock)
{
    /// <summary>Key of the text for a registration that stands as it should.</summary>
    public const string Done = "install.robot.yes";

    private const string UnderWay = "install.robot.later";
    private const string Refused = "install.robot.no";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The key of the text that says how the registration stands.</returns>
    public async Task<string> ReconcileAsync(Portal portal, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await registration.ReconcileAsync(portal.Id, either.Token) is null ? Done : Refused;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return UnderWay;
        }
        finally
        {
            // It repeats what failed, and gets ready the ESBs that the portal may use.
            worker.Ask(portal);
        }
    }
}
