using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>Takes the body of a form apart. This runs for every robot call, so it copies nothing that it does not have to and throws nothing.</summary>
internal ref struct PhpFormReader(PhpFormLimits limits)
{
    private const string BadEscape = "has a broken percent escape";
    private const string BadUtf8 = "is not valid UTF-8";

    /// <summary>Reads all fields into the form. Returns the problem, or <see langword="null"/>.</summary>
    public readonly string? Read(ReadOnlySpan<byte> body, PhpForm root)
    {
        // What is decoded is never longer than what was sent.
        var bytes = ArrayPool<byte>.Shared.Rent(body.Length);
        var chars = ArrayPool<char>.Shared.Rent(limits.MaxNameLength);
        try
        {
            var number = 0;
            foreach (var range in body.Split((byte)'&'))
            {
                if (body[range] is { IsEmpty: false } field && ReadField(field, ++number, root, bytes, chars) is { } problem)
                {
                    return problem;
                }
            }

            return null;
        }
        finally
        {
            // Tokens must not be found in a buffer that someone else rents.
            bytes.AsSpan(0, body.Length).Clear();
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private readonly string? ReadField(ReadOnlySpan<byte> field, int number, PhpForm root, Span<byte> bytes, Span<char> chars)
    {
        if (number > limits.MaxFields)
        {
            return $"The form has more than {limits.MaxFields} fields.";
        }

        var equals = field.IndexOf((byte)'=');
        var rawName = equals < 0 ? field : field[..equals];
        if (rawName.Length > limits.MaxNameLength)
        {
            return $"The name of form field {number} is longer than {limits.MaxNameLength} bytes.";
        }

        if (!TryUnescape(rawName, bytes, out var nameBytes))
        {
            return $"The name of form field {number} {BadEscape}.";
        }

        if (Utf8.ToUtf16(nameBytes, chars, out _, out var nameLength, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return $"The name of form field {number} {BadUtf8}.";
        }

        ReadOnlySpan<char> name = chars[..nameLength];
        if (!TryFind(root, name, out var place))
        {
            return $"The name of form field {number} has more than {limits.MaxDepth} brackets.";
        }

        if (!TryUnescape(equals < 0 ? [] : field[(equals + 1)..], bytes, out var value))
        {
            return $"The value of {Display(name)} {BadEscape}.";
        }

        if (!Utf8.IsValid(value))
        {
            return $"The value of {Display(name)} {BadUtf8}.";
        }

        place?.Set(Encoding.UTF8.GetString(value));
        return null;
    }

    /// <summary>Finds the place that a name such as <c>auth[user_id]</c> means; none for a name that PHP would drop, one without anything before the first bracket.</summary>
    private readonly bool TryFind(PhpForm root, ReadOnlySpan<char> name, out PhpForm? place)
    {
        place = null;
        name = name.TrimStart(' ');
        var bracket = name.IndexOf('[');
        if (name.IsEmpty || bracket == 0)
        {
            return true;
        }

        // A bracket that is never closed is part of the name.
        if (bracket < 0 || !name[bracket..].Contains(']'))
        {
            place = root.Child(name);
            return true;
        }

        place = root.Child(name[..bracket]);
        var rest = name[bracket..];
        for (var depth = 1; rest is ['[', ..] && rest.IndexOf(']') is var end and > 0; depth++)
        {
            if (depth > limits.MaxDepth)
            {
                return false;
            }

            place = place.Child(rest[1..end]);
            rest = rest[(end + 1)..];
        }

        return true;
    }

    private static bool TryUnescape(ReadOnlySpan<byte> encoded, Span<byte> buffer, out ReadOnlySpan<byte> decoded)
    {
        var special = encoded.IndexOfAny((byte)'%', (byte)'+');
        if (special < 0)
        {
            decoded = encoded;
            return true;
        }

        var length = 0;
        while (special >= 0)
        {
            encoded[..special].CopyTo(buffer[length..]);
            length += special;
            if (encoded[special] == '+')
            {
                buffer[length++] = (byte)' ';
                encoded = encoded[(special + 1)..];
            }
            else if (special + 2 < encoded.Length && HexDigit(encoded[special + 1]) is >= 0 and var high && HexDigit(encoded[special + 2]) is >= 0 and var low)
            {
                buffer[length++] = (byte)((high << 4) | low);
                encoded = encoded[(special + 3)..];
            }
            else
            {
                decoded = default;
                return false;
            }

            // Escapes come in runs: a text that is not Latin has nothing else.
            special = encoded is [(byte)'%' or (byte)'+', ..] ? 0 : encoded.IndexOfAny((byte)'%', (byte)'+');
        }

        encoded.CopyTo(buffer[length..]);
        decoded = buffer[..(length + encoded.Length)];
        return true;
    }

    private static int HexDigit(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    /// <summary>A name for a problem's sentence and a log's line: short, and without characters that could forge another line.</summary>
    private static string Display(ReadOnlySpan<char> name)
    {
        Span<char> shown = stackalloc char[80];
        var length = Math.Min(name.Length, shown.Length);
        for (var i = 0; i < length; i++)
        {
            shown[i] = name[i] is > ' ' and < '\x7f' ? name[i] : '?';
        }

        return new string(shown[..length]);
    }
}
