using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>
/// Links to files: <c>url</c> for a browser that is signed in, <c>urlMachine</c> for programs. The latter carries the access
/// token, or the webhook's secret in its path, and a token that the portal signed.
/// </summary>
internal sealed class FileLinks
{
    public const string Method = "crm.controller.item.getfile";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public JsonObject Describe(RestCall call, CrmItem item, CrmField field, long fileId)
    {
        var query = $"entityTypeId={item.Type.Id}&id={item.Id}&fieldName={field.Name}&fileId={fileId}";
        var root = call.Portal.BaseUrl;
        var token = "token=" + Uri.EscapeDataString(Sign(query));
        var machine = call.Webhook is { } webhook
            ? new Uri(webhook.Url, $"crm.controller.item.getFile.json?{token}")
            : new Uri(root, $"rest/crm.controller.item.getFile.json?auth={Uri.EscapeDataString(call.Credential)}&{token}");
        return new JsonObject
        {
            ["id"] = fileId,
            ["url"] = new Uri(root, $"bitrix/services/main/ajax.php?action=crm.controller.item.getFile&SITE_ID=s1&{query}").AbsoluteUri,
            ["urlMachine"] = machine.AbsoluteUri,
        };
    }

    /// <summary>The parameters that a link's token stands for; <see langword="null"/> if this portal did not sign it.</summary>
    public JsonObject? Read(string? token)
    {
        var dot = token?.LastIndexOf('.') ?? -1;
        if (dot < 0 || !token!.StartsWith("crm|", StringComparison.Ordinal))
        {
            return null;
        }
        var payload = token[4..dot];
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(token[(dot + 1)..]), Encoding.ASCII.GetBytes(Seal(payload)))
            ? PhpQuery.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(payload)))
            : null;
    }

    private string Sign(string query)
    {
        var payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(query));
        return $"crm|{payload}.{Seal(payload)}";
    }

    private string Seal(string payload) => Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(payload)));
}
