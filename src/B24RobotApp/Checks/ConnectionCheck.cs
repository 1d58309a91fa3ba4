using B24RobotApp.Bitrix24.Apps;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Checks;

/// <summary>Whether an ESB can be reached through its webhooks, and whether these may do what a transfer needs. Nothing is written there. Source: local-integrations/local-webhooks.md.</summary>
internal sealed class ConnectionCheck(PortalClients clients)
{
    /// <summary>Methods without which a transfer cannot run; whether their user may add deals shows only when one is added.</summary>
    private static readonly string[] Methods =
        ["crm.item.list", "crm.item.add", "crm.item.update", "crm.item.productrow.set", "crm.duplicate.findbycomm", "crm.status.list", "user.get"];

    public async Task CheckAsync(EsbConnection connection, CheckReport report, CancellationToken cancellationToken)
    {
        for (var i = 0; i < connection.Webhooks.Count; i++)
        {
            var subject = $"connection {connection.Code}{(connection.Webhooks.Count > 1 ? $", webhook {i + 1}" : "")} ({connection.Portal.Authority})";
            await CheckAsync(connection, connection.Webhooks[i], subject, report, cancellationToken);
        }
    }

    private async Task CheckAsync(EsbConnection connection, WebhookUrl webhook, string subject, CheckReport report, CancellationToken cancellationToken)
    {
        var client = clients.For(new WebhookCredential(webhook, (_, _) => ValueTask.FromResult(false)));
        try
        {
            var profile = PortalProfile.Read(await client.CallAsync(PortalProfile.Get(), cancellationToken));
            if (profile.Id != webhook.UserId)
            {
                report.Bad(subject, $"the webhook belongs to user {profile.Id}, but its address names user {webhook.UserId}. Copy the address again.");
                return;
            }

            report.Good(subject, $"reachable, the secret is valid, it acts as user {profile.Id}{(profile.IsAdministrator ? ", an administrator" : "")}");
            CheckScopes(Permissions.ReadScopes(await client.CallAsync(Permissions.ListScopes(), cancellationToken)), subject, report);
            await CheckMethodsAsync(client, subject, report, cancellationToken);
            await CheckCrmAsync(connection, client, subject, report, cancellationToken);
        }
        catch (Bitrix24Exception exception)
        {
            report.Bad(subject, Describe(exception));
        }
    }

    private static void CheckScopes(IReadOnlySet<string> scopes, string subject, CheckReport report)
    {
        if (!scopes.Contains("crm"))
        {
            report.Bad(subject, "the webhook lacks the permission CRM (crm). Tick it in the webhook's card on the ESB.");
        }

        if (!scopes.Contains("user_basic") && !scopes.Contains("user"))
        {
            report.Bad(subject, "the webhook lacks the permission Users (user_basic), so that nobody can be found by e-mail. Tick it in the webhook's card on the ESB.");
        }
    }

    private static async Task CheckMethodsAsync(PortalClient client, string subject, CheckReport report, CancellationToken cancellationToken)
    {
        var outcomes = await client.CallGroupAsync(new CallGroup([.. Methods.Select(Permissions.CheckMethod)]), cancellationToken);
        var missing = Methods.Where((_, index) => outcomes[index].Result is not { } result || Permissions.ReadMethod(result) is not { Exists: true, IsAvailable: true }).ToList();
        if (missing.Count > 0)
        {
            report.Bad(subject, $"these methods are not available to the webhook: {string.Join(", ", missing)}. Check its permissions and the ESB's plan.");
        }
    }

    private static async Task CheckCrmAsync(
        EsbConnection connection, PortalClient client, string subject, CheckReport report, CancellationToken cancellationToken)
    {
        var outcomes = await client.CallGroupAsync(
            new CallGroup([Categories.List(CrmEntityTypes.Deal), CrmItems.Fields(CrmEntityTypes.Deal)]), cancellationToken);
        if (outcomes.FirstOrDefault(outcome => outcome.Failure is not null)?.Failure is { } failure)
        {
            report.Bad(subject, $"deals cannot be read: {failure.Description} ({failure.Code}). Give the webhook's user access to the CRM.");
            return;
        }

        var pipelines = Categories.Read(outcomes[0].GetOrThrow());
        var fields = CrmItems.ReadFields(outcomes[1].GetOrThrow()).Select(field => field.UpperName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        report.Good(subject, $"deals are readable; pipelines: {string.Join(", ", pipelines.Select(pipeline => $"{pipeline.Name} ({pipeline.Id})"))}");
        var missing = Provenance.Fields.Select(field => field.Name).Where(name => !fields.Contains(name)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        var list = string.Join(", ", missing);
        if (connection.CreateMissingFields)
        {
            report.Note(subject, $"the deal has no fields {list} yet; the app creates them");
        }
        else
        {
            report.Note(subject, $"the deal has no fields {list}, so people on the ESB do not see where a deal came from. Create them, or set CreateMissingFields for the connection.");
        }
    }

    private static string Describe(Bitrix24Exception exception) => exception.Kind switch
    {
        FailureKind.NotExecuted or FailureKind.OutcomeUnknown =>
            $"cannot be reached: {exception.Description} ({exception.Code}). Check the address, the network, and Bitrix24:TrustedNetworks if the ESB is in a private one.",
        FailureKind.Disconnected =>
            $"the webhook is not accepted: {exception.Description} ({exception.Code}). Create a new incoming webhook on the ESB and enter its address.",
        _ => $"{exception.Method} is refused: {exception.Description} ({exception.Code}). Check the webhook's permissions and its user's rights.",
    };
}
