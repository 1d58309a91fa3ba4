using System.Text;
using B24RobotApp.Sandbox.Demo;
using Npgsql;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>All that must stand in no log, no output and no file in plain text.</summary>
internal static class Secrets
{
    /// <summary>Looks for every token and secret of the sandbox in the app's output and in all files of its data directory.</summary>
    /// <returns>What kind of secret stands where; empty if all is well.</returns>
    public static IReadOnlyList<string> FindIn(Stage stage)
    {
        var texts = new List<(string Where, byte[] Content)> { ("output", Encoding.UTF8.GetBytes(string.Join('\n', stage.App.Output))) };
        foreach (var file in Directory.EnumerateFiles(stage.DataDirectory, "*", SearchOption.AllDirectories))
        {
            texts.Add((Path.GetRelativePath(stage.DataDirectory, file), File.ReadAllBytes(file)));
        }

        return
        [
            .. from secret in Of(stage)
               let bytes = Encoding.UTF8.GetBytes(secret.Text)
               from text in texts
               where text.Content.AsSpan().IndexOf(bytes) >= 0
               select $"{secret.Kind} in {text.Where}",
        ];
    }

    /// <summary>Every secret that the sandbox has given away.</summary>
    public static IEnumerable<(string Kind, string Text)> Of(Stage stage)
    {
        foreach (var tokens in stage.Sandbox.OAuthServer.Issued)
        {
            yield return ("an access token", tokens.AccessToken);
            yield return ("a refresh token", tokens.RefreshToken);
            yield return ("a client secret", tokens.App.ClientSecret);
            yield return ("an application token", tokens.App.ApplicationToken);
        }

        if (stage.Settings.TryGetValue("Storage__ConnectionString", out var database))
        {
            yield return ("the database's password", new NpgsqlConnectionStringBuilder(database).Password!); // Every one has its own.
        }

        foreach (var webhook in stage.Sandbox.Portals.Values.SelectMany(portal => portal.Webhooks))
        {
            yield return ("a webhook's secret", webhook.Secret);
        }

        // Also those that were replaced since.
        foreach (var delivery in stage.Sandbox.Portals.Values.SelectMany(portal => portal.Deliveries.History))
        {
            yield return ("an application token", delivery.Form["auth"]!["application_token"]!.ToString());
        }
    }
}
