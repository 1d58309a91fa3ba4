using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Who calls: a user through an application's token or through an incoming webhook.</summary>
internal sealed record Caller(SandboxUser User, AppInstallation? App, IncomingWebhook? Webhook, IReadOnlySet<string> Scopes, string Credential)
{
    /// <summary>Execution time is counted for the application or for the webhook.</summary>
    public string Entity => App?.ClientId ?? $"webhook {Webhook!.Id}";

    /// <summary>Never the credential.</summary>
    public override string ToString() => App is null ? $"webhook {Webhook!.Id} of user {User.Id}" : $"app {App.ClientId} as user {User.Id}";
}
