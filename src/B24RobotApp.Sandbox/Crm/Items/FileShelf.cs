using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>The files of a portal. A field keeps their ids.</summary>
internal sealed class FileShelf
{
    private readonly Dictionary<long, CrmFile> _files = [];
    private long _lastId = 400;

    public CrmFile? Find(long id) => _files.GetValueOrDefault(id);

    public void Remove(long id) => _files.Remove(id);

    public CrmFile Add(string name, byte[] content, DateTimeOffset now)
    {
        var file = new CrmFile(++_lastId, name, content, now);
        _files.Add(file.Id, file);
        return file;
    }

    /// <summary>Takes <c>["name.pdf","base64"]</c>, or the content alone; <see langword="null"/> where there is none.</summary>
    public CrmFile? Upload(JsonNode? sent, DateTimeOffset now)
    {
        var parts = sent.AsList();
        var (name, text) = parts is [{ } first, { } second, ..] ? (first.AsText(), second.AsText()) : (null, (parts?[0] ?? sent).AsText());
        var content = Decode(text ?? "");
        return content.Length == 0 ? null : Add(name is { Length: > 0 } ? name : $"file{_lastId + 1}", content, now);
    }

    /// <summary>PHP's lenient <c>base64_decode</c>: what is no digit of it is passed over.</summary>
    private static byte[] Decode(string text)
    {
        var digits = new StringBuilder(text.Length);
        foreach (var sign in text)
        {
            if (char.IsAsciiLetterOrDigit(sign) || sign is '+' or '/')
            {
                digits.Append(sign);
            }
        }

        // A single digit at the end carries no whole byte.
        var rest = digits.Length % 4;
        digits.Length -= rest == 1 ? 1 : 0;
        digits.Append('=', rest is 2 or 3 ? 4 - rest : 0);
        return Convert.FromBase64String(digits.ToString());
    }
}
