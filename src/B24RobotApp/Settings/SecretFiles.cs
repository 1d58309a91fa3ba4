using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>
/// Secrets that stand in files instead of the environment, where every process of the user could read them: a setting <c>X</c> may be given as <c>X_FILE</c> or <c>XFile</c>, the path of a file that holds it,
/// and each file in systemd's <c>$CREDENTIALS_DIRECTORY</c> is the setting of its name (<c>App__MetricsToken</c>).
/// </summary>
internal static class SecretFiles
{
    private const int Longest = 64 * 1024;

    private const string CredentialFolder = "secrets_";

    private static readonly string[] Endings = ["_FILE", "File"];

    private static readonly HashSet<string> Secrets = new(StringComparer.OrdinalIgnoreCase)
    {
        "ClientSecret", "ConnectionString", "MetricsToken", "OutgoingWebhookToken", "Password", "Proxy", "WebhookUrl", "WebhookUrls",
    };

    /// <summary>Adds what stands in files to the settings.</summary>
    /// <exception cref="OptionsValidationException">A file cannot be read, or a secret is given twice. What the file holds is not said.</exception>
    public static void AddSecretFiles(this IConfigurationManager configuration)
    {
        var problems = new List<string>();
        AddCredentials(configuration, problems);
        var found = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, file) in configuration.AsEnumerable().Where(setting => setting.Value is not null))
        {
            if (FindSecret(key) is not { } secret)
            {
                continue;
            }

            if (!string.IsNullOrEmpty(configuration[secret]) || found.ContainsKey(secret))
            {
                problems.Add($"{secret} is given twice, by itself and by {key}; keep one of them.");
            }
            else if (TryRead(file!, out var text, out var problem)) // Settings without a value are left out above.
            {
                found[secret] = text;
            }
            else
            {
                problems.Add($"{key} {problem}");
            }
        }

        if (problems.Count > 0)
        {
            throw new OptionsValidationException("Secrets", typeof(SecretFiles), problems);
        }

        configuration.AddInMemoryCollection(found);
    }

    // A folder of secrets that systemd is told of as "secrets:/etc/b24robot/secrets" becomes files of which each has that name and an underscore in front.
    private static void AddCredentials(IConfigurationManager configuration, List<string> problems)
    {
        var directory = configuration["CREDENTIALS_DIRECTORY"];
        if (string.IsNullOrEmpty(directory) || !Directory.Exists(directory))
        {
            return;
        }

        var found = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in Directory.EnumerateFiles(directory))
        {
            var name = Path.GetFileName(file);
            name = name.StartsWith(CredentialFolder, StringComparison.Ordinal) ? name[CredentialFolder.Length..] : name;
            if (!name.Contains("__", StringComparison.Ordinal))
            {
                // One that another setting names by its path.
                continue;
            }

            if (TryRead(file, out var text, out var problem))
            {
                found[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = text;
            }
            else
            {
                problems.Add($"CREDENTIALS_DIRECTORY {problem}");
            }
        }

        configuration.AddInMemoryCollection(found);
    }

    /// <summary>The setting whose value stands in the file that this one names; <see langword="null"/> if it does not name a file with a secret.</summary>
    public static string? FindSecret(string key)
    {
        foreach (var ending in Endings)
        {
            if (key.EndsWith(ending, StringComparison.OrdinalIgnoreCase) && IsSecret(key[..^ending.Length].Split(':')))
            {
                return key[..^ending.Length];
            }
        }

        return null;
    }

    // Several webhooks are numbered: Esb:Connections:0:WebhookUrls:1.
    private static bool IsSecret(string[] path) => path.Length > 1 && Secrets.Contains(int.TryParse(path[^1], out _) ? path[^2] : path[^1]);

    private static bool TryRead(string file, out string text, out string problem)
    {
        (text, problem) = ("", "");
        try
        {
            if (new FileInfo(file).Length > Longest)
            {
                problem = $"names {file}, which is too long for a secret.";
                return false;
            }

            // Editors and echo end a file with a new line.
            text = File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = $"names a file that cannot be read: {exception.Message}";
            return false;
        }

        if (text.Length == 0)
        {
            problem = $"names {file}, which is empty.";
            return false;
        }

        return true;
    }
}
