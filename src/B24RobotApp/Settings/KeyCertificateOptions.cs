using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace B24RobotApp.Settings;

/// <summary>A certificate that protects the key ring, with its private key.</summary>
internal sealed class KeyCertificateOptions
{
    private const string PemMark = "-----BEGIN";

    /// <summary>A PEM file with certificate and key, or a PKCS #12 file.</summary>
    public string File { get; set; } = "";

    /// <summary>What opens it; empty: nothing is needed.</summary>
    public string Password { get; set; } = "";

    /// <summary>Reads it.</summary>
    /// <returns>What is wrong with it, for the operator; <see langword="null"/> if it can be used.</returns>
    public string? TryRead(out X509Certificate2? certificate)
    {
        certificate = null;
        try
        {
            var isPem = System.IO.File.ReadAllText(File).Contains(PemMark, StringComparison.Ordinal);
            certificate = !isPem ? X509CertificateLoader.LoadPkcs12FromFile(File, Password)
                : Password.Length > 0 ? X509Certificate2.CreateFromEncryptedPemFile(File, Password)
                : X509Certificate2.CreateFromPemFile(File);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            return $"({File}) cannot be read as a certificate with its key: {exception.Message}";
        }

        using var key = certificate.GetRSAPrivateKey();
        return key is null ? $"({File}) has no RSA key; the key ring cannot be protected with any other." : null;
    }
}
