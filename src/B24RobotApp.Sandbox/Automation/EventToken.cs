using System.Security.Cryptography;
using System.Text;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>
/// The token by which an application answers a robot's call: <c>workflow|activity|event.signature</c>. Only the portal that signed
/// it takes it.
/// </summary>
internal sealed record EventToken(string WorkflowId, string Activity, string EventId)
{
    public string Sign(byte[] key)
    {
        var content = $"{WorkflowId}|{Activity}|{EventId}";
        return $"{content}.{Signature(content, key)}";
    }

    public static EventToken? Parse(string? token, byte[] key)
    {
        if (token is null || token.LastIndexOf('.') is var dot && dot < 0)
        {
            return null;
        }
        var content = token[..dot];
        var parts = content.Split('|');
        return parts.Length == 3 && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Signature(content, key)), Encoding.UTF8.GetBytes(token[(dot + 1)..]))
            ? new EventToken(parts[0], parts[1], parts[2])
            : null;
    }

    private static string Signature(string content, byte[] key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content)));
}
