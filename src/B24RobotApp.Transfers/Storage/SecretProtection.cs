using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Encrypts what is secret before it is stored. A purpose per kind: what was encrypted as a token does not open as a webhook.</summary>
public sealed class SecretProtection(IDataProtectionProvider provider)
{
    public SecretPurpose Tokens { get; } = new(provider.CreateProtector("tokens"));

    public SecretPurpose Webhooks { get; } = new(provider.CreateProtector("webhooks"));

    public SecretPurpose Credentials { get; } = new(provider.CreateProtector("credentials"));
}

/// <summary>Encrypts secrets of one kind.</summary>
public sealed class SecretPurpose(IDataProtector protector)
{
    public string Protect(string text) => protector.Protect(text);

    /// <exception cref="StorageException">The key that the secret was encrypted with is not there.</exception>
    public string Unprotect(string ciphertext)
    {
        try
        {
            return protector.Unprotect(ciphertext);
        }
        catch (CryptographicException exception)
        {
            throw new StorageException(
                "A stored secret cannot be decrypted: the key ring (the folder keys of the data directory) does not belong to this database, or its certificate is not given. Restore the two together.", exception);
        }
    }
}
