using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace B24RobotApp.Bitrix24.Files;

/// <summary>The name that a <c>Content-Disposition</c> gives a file, in whatever spelling, as a name that is safe to be handed on: no path, no control characters, not too long.</summary>
public static class FileNames
{
    /// <summary>Longer names are cut before their extension; portals keep 255 bytes and more, but people and file systems count otherwise.</summary>
    public const int LongestName = 120;

    private const int LongestExtension = 16;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the header's value.</summary>
    /// <param name="contentDisposition">As received, bytes above 127 as Latin-1 characters; <see langword="null"/> for none.</param>
    /// <returns>A safe name; <c>""</c> if there is none.</returns>
    public static string Read(string? contentDisposition)
    {
        if (contentDisposition is null)
        {
            return "";
        }

        // RFC 5987's spelling counts before the plain one, which is for old clients (RFC 6266).
        var name = ExtendedValue(Parameter(contentDisposition, "filename*")) ?? PlainValue(Parameter(contentDisposition, "filename"));
        return Safe(name ?? "");
    }

    /// <summary>Takes from a name what could lead elsewhere or deceive a reader.</summary>
    public static string Safe(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var safe = new StringBuilder(last.Length);
        foreach (var rune in last.EnumerateRunes())
        {
            // Format characters turn "exe.pdf" around (U+202E); surrogates without a partner come out as U+FFFD.
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                continue;
            }

            safe.Append(rune.Value is ':' or '*' or '?' or '"' or '<' or '>' or '|' ? "_" : rune.ToString());
        }

        return Shorten(safe.ToString().Trim().TrimEnd('.', ' ').TrimStart('.'));
    }

    private static string Shorten(string name)
    {
        if (name.Length <= LongestName)
        {
            return name;
        }

        var dot = name.LastIndexOf('.');
        var extension = dot > 0 && name.Length - dot <= LongestExtension ? name[dot..] : "";
        var end = LongestName - extension.Length;
        return name[..(char.IsHighSurrogate(name[end - 1]) ? end - 1 : end)] + extension;
    }

    /// <summary>A parameter's raw value; quoted ones without their quotes and backslashes.</summary>
    private static string? Parameter(string header, string name)
    {
        var at = header.IndexOf(';', StringComparison.Ordinal);
        while (at >= 0 && at < header.Length)
        {
            var equals = header.IndexOf('=', at);
            if (equals < 0)
            {
                return null;
            }

            var found = header[(at + 1)..equals].Trim().Equals(name, StringComparison.OrdinalIgnoreCase);
            var value = Value(header, equals + 1, out at);
            if (found)
            {
                return value;
            }
        }

        return null;
    }

    private static string Value(string header, int from, out int end)
    {
        while (from < header.Length && header[from] == ' ')
        {
            from++;
        }

        if (from == header.Length || header[from] != '"')
        {
            end = header.IndexOf(';', from);
            return header[from..(end < 0 ? header.Length : end)].Trim();
        }

        var value = new StringBuilder();
        var at = from + 1;
        for (; at < header.Length && header[at] != '"'; at++)
        {
            // Only quotes and backslashes are escaped; other backslashes are a careless sender's path.
            at += header[at] == '\\' && at + 1 < header.Length && header[at + 1] is '"' or '\\' ? 1 : 0;
            value.Append(at < header.Length ? header[at] : "");
        }

        end = at < header.Length ? header.IndexOf(';', at) : -1;
        return value.ToString();
    }

    /// <summary><c>charset'language'percent-encoded</c>; <see langword="null"/> if it is not that.</summary>
    private static string? ExtendedValue(string? value)
    {
        if (value?.Split('\'', 3) is not [var charset, _, var encoded])
        {
            return null;
        }

        try
        {
            return charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? StrictUtf8.GetString(PercentDecoded(encoded))
                : charset.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1.GetString(PercentDecoded(encoded))
                : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string? PlainValue(string? value)
    {
        if (value is null)
        {
            return null;
        }

        // =?UTF-8?B?...?= (RFC 2047) is read by the framework.
        if (value.StartsWith("=?", StringComparison.Ordinal)
            && ContentDispositionHeaderValue.TryParse($"attachment; filename=\"{value}\"", out var parsed) && parsed.FileName is { } decoded)
        {
            return decoded.Trim('"');
        }

        try
        {
            // Portals write UTF-8 as it is, or percent-encoded, where neither is foreseen.
            if (value.Any(letter => letter > 127) && value.All(letter => letter <= 255))
            {
                return StrictUtf8.GetString(Encoding.Latin1.GetBytes(value));
            }

            return value.Contains("%D", StringComparison.OrdinalIgnoreCase) ? StrictUtf8.GetString(PercentDecoded(value)) : value;
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }

    private static byte[] PercentDecoded(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
            }
        }

        return [.. bytes];
    }
}
