using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Encrypts what is secret before it is stored. A purpose per kind: what was encrypted as a token does not open as a webhook.</summary>
public sealed class SecretProtection(IDataProtectionProvider provider)
{
    public SecretPurpose Tokens { get; } = new(provider.CreateProtector("tokens"));

    public SecretPurpose Webhooks { get; } = new(provider.CreateProtector("webhooks"));

    /// <summary>Of calls that wait outside the database.</summary>
    public SecretPurpose Calls { get; } = new(provider.CreateProtector("calls"));

    public SecretPurpose Credentials { get; } = new(provider.CreateProtector("credentials"));
}

/// <summary>Encrypts secrets of one kind.</summary>
public sealed class SecretPurpose(IDataProtector protector)
{
    /// <summary>What the framework begins its ciphertexts with; the key's id follows. Source: its documentation of subkeys and headers.</summary>
    private static readonly byte[] Magic = [0x09, 0xF0, 0xC9, 0xF0];

    /// <summary>The key that a secret is closed with; <see langword="null"/> if it does not say.</summary>
    public static Guid? KeyOf(string ciphertext)
    {
        var bytes = Base64Url.DecodeFromChars(ciphertext);
        return bytes.AsSpan().StartsWith(Magic) && bytes.Length >= Magic.Length + 16 ? new Guid(bytes.AsSpan(Magic.Length, 16)) : null;
    }

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
                "A stored secret cannot be decrypted: the key ring (the folder keys of the data directory; with PostgreSQL a table) does not belong to this database, or its certificate is not given. Restore the two together.", exception);
        }
    }
}
