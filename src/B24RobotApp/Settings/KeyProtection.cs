using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Settings;

/// <summary>Protects the key ring with the certificates of the settings: the first one closes what is written from now on, all of them open what is there.</summary>
internal static class KeyProtection
{
    public static void AddKeyProtection(this IServiceCollection services, IConfiguration configuration)
    {
        var certificates = new List<X509Certificate2>();
        foreach (var section in configuration.GetSection($"{AppOptions.SectionName}:{nameof(AppOptions.KeyCertificates)}").GetChildren())
        {
            // What is wrong with one is said when settings are checked.
            if (section.Get<KeyCertificateOptions>() is { } options && options.TryRead(out var certificate) is null)
            {
                certificates.Add(certificate!); // Read without a problem.
            }
        }

        if (certificates.Count > 0)
        {
            services.AddDataProtection().ProtectKeysWithCertificate(certificates[0]).UnprotectKeysWithAnyCertificate([.. certificates]);
        }
    }
}
