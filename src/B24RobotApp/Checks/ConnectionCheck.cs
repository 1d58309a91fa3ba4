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

    /// <summary>Checks a connection, webhook by webhook.</summary>
    public Task CheckAsync(EsbConnection connection, CheckReport report, CancellationToken cancellationToken) => CheckAsync(connection, report, "en", cancellationToken);

    /// <summary>Checks a connection, webhook by webhook, and says in a language what was found.</summary>
    public async Task CheckAsync(EsbConnection connection, CheckReport report, string language, CancellationToken cancellationToken)
    {
        var texts = new CheckTexts(language);
        for (var i = 0; i < connection.Webhooks.Count; i++)
        {
            var subject = $"connection {connection.Code}{(connection.Webhooks.Count > 1 ? $", webhook {i + 1}" : "")} ({connection.Portal.Authority})";
            await CheckAsync(connection, connection.Webhooks[i], subject, report, texts, cancellationToken);
        }
    }

    private async Task CheckAsync(EsbConnection connection, WebhookUrl webhook, string subject, CheckReport report, CheckTexts texts, CancellationToken cancellationToken)
    {
        // Not kept: whoever tries one address after the other would leave a client of each behind.
        var client = clients.Once(new WebhookCredential(webhook, (_, _) => ValueTask.FromResult(false)));
        try
        {
            var profile = PortalProfile.Read(await client.CallAsync(PortalProfile.Get(), cancellationToken));
            if (profile.Id != webhook.UserId)
            {
                report.Bad(subject, texts.OtherUser(profile.Id, webhook.UserId));
                return;
            }

            report.Good(subject, texts.Reachable(profile.Id, profile.IsAdministrator));
            CheckScopes(Permissions.ReadScopes(await client.CallAsync(Permissions.ListScopes(), cancellationToken)), subject, report, texts);
            await CheckMethodsAsync(client, subject, report, texts, cancellationToken);
            await CheckCrmAsync(connection, client, subject, report, texts, cancellationToken);
        }
        catch (Bitrix24Exception exception)
        {
            report.Bad(subject, texts.Describe(exception));
        }
    }

    private static void CheckScopes(IReadOnlySet<string> scopes, string subject, CheckReport report, CheckTexts texts)
    {
        if (!scopes.Contains("crm"))
        {
            report.Bad(subject, texts.LacksCrm());
        }

        if (!scopes.Contains("user_basic") && !scopes.Contains("user"))
        {
            report.Bad(subject, texts.LacksUsers());
        }
    }

    private static async Task CheckMethodsAsync(PortalClient client, string subject, CheckReport report, CheckTexts texts, CancellationToken cancellationToken)
    {
        var outcomes = await client.CallGroupAsync(new CallGroup([.. Methods.Select(Permissions.CheckMethod)]), cancellationToken);
        var missing = Methods.Where((_, index) => outcomes[index].Result is not { } result || Permissions.ReadMethod(result) is not { Exists: true, IsAvailable: true }).ToList();
        if (missing.Count > 0)
        {
            report.Bad(subject, texts.LacksMethods(string.Join(", ", missing)));
        }
    }

    private static async Task CheckCrmAsync(
        EsbConnection connection, PortalClient client, string subject, CheckReport report, CheckTexts texts, CancellationToken cancellationToken)
    {
        var outcomes = await client.CallGroupAsync(
            new CallGroup([Categories.List(CrmEntityTypes.Deal), CrmItems.Fields(CrmEntityTypes.Deal)]), cancellationToken);
        if (outcomes.FirstOrDefault(outcome => outcome.Failure is not null)?.Failure is { } failure)
        {
            report.Bad(subject, texts.DealsUnreadable(failure.Description, failure.Code));
            return;
        }

        var pipelines = Categories.Read(outcomes[0].GetOrThrow());
        var fields = CrmItems.ReadFields(outcomes[1].GetOrThrow()).Select(field => field.UpperName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        report.Good(subject, texts.DealsReadable(string.Join(", ", pipelines.Select(pipeline => $"{pipeline.Name} ({pipeline.Id})"))));
        var missing = Provenance.Fields.Select(field => field.Name).Where(name => !fields.Contains(name)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        var list = string.Join(", ", missing);
        report.Note(subject, connection.CreateMissingFields ? texts.FieldsToCome(list) : texts.FieldsMissing(list));
    }
}
