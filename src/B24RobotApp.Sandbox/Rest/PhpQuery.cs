using System.Text;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Reads form and query text the way PHP's <c>parse_str</c> does. All leaves are strings.</summary>
public static class PhpQuery
{
    /// <summary>PHP's <c>max_input_vars</c>: variables beyond it are cut off without a word.</summary>
    public const int MaxInputVariables = 1000;

    /// <summary>PHP's <c>max_input_nesting_level</c>: deeper variables are dropped.</summary>
    private const int MaxNesting = 64;

    public static JsonObject Parse(string text, int maxVariables = MaxInputVariables)
    {
        var root = new PhpArray();
        var count = 0;
        foreach (var range in text.AsSpan().Split('&'))
        {
            var pair = text.AsSpan()[range];
            if (pair.IsEmpty)
            {
                continue;
            }
            if (++count > maxVariables)
            {
                break;
            }

            var equals = pair.IndexOf('=');
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            Register(root, name, value);
        }

        return root.ToMap();
    }

    /// <summary>PHP's <c>urldecode</c>: a plus is a blank, a broken percent sign stays as it is.</summary>
    internal static string Decode(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('%', '+') < 0)
        {
            return text.ToString();
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '+')
            {
                bytes[length++] = (byte)' ';
            }
            else if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes[length++] = Convert.FromHexString(text.Slice(i + 1, 2))[0];
                i += 2;
            }
            else
            {
                var take = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                length += Encoding.UTF8.GetBytes(text.Slice(i, take), bytes.AsSpan(length));
                i += take - 1;
            }
        }
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static void Register(PhpArray root, string name, string value)
    {
        name = name.TrimStart(' ');
        var bracket = name.IndexOf('[');
        var head = (bracket < 0 ? name : name[..bracket]).Replace(' ', '_').Replace('.', '_');
        if (head.Length == 0)
        {
            return;
        }

        var path = new List<string?> { head };
        var at = bracket;
        while (at >= 0 && at < name.Length && name[at] == '[')
        {
            var close = name.IndexOf(']', at + 1);
            if (close < 0)
            {
                // PHP turns a bracket that is never closed into an underscore of the plain name.
                if (path.Count == 1)
                {
                    path[0] = head + "_" + name[(at + 1)..];
                }
                break;
            }
            var key = name[(at + 1)..close];
            path.Add(key.Length == 0 ? null : key);
            at = close + 1;
        }

        if (path.Count <= MaxNesting)
        {
            root.Set(path, value);
        }
    }
}
