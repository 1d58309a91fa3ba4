using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>How much a form may hold. Portals send a few dozen fields; whoever sends more than this is no portal.</summary>
public sealed record PhpFormLimits
{
    /// <summary>Fields in all.</summary>
    public int MaxFields { get; init; } = 10_000;

    /// <summary>Brackets in one name.</summary>
    public int MaxDepth { get; init; } = 8;

    /// <summary>Bytes of one name, as sent.</summary>
    public int MaxNameLength { get; init; } = 512;
}

/// <summary>
/// A form as PHP's <c>http_build_query</c> writes it: names with brackets make maps, <c>a[]</c> appends, the last of equal names wins. Decoded over the raw bytes and strictly, since a framework's reader
/// would replace broken UTF-8 and lose what a person wrote.
/// </summary>
public sealed class PhpForm
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, PhpForm> _children = new(StringComparer.Ordinal);
    private int _nextIndex;

    private PhpForm()
    {
    }

    /// <summary>The text of a field; <see langword="null"/> if this is a map.</summary>
    public string? Value { get; private set; }

    /// <summary>The entries of a map or list, in the order of their first appearance.</summary>
    public IEnumerable<KeyValuePair<string, PhpForm>> Children => _children;

    /// <summary>An entry; <see langword="null"/> if it is absent.</summary>
    public PhpForm? this[string name] => _children.GetValueOrDefault(name);

    /// <summary>The text of an entry; <see langword="null"/> if it is absent or a map.</summary>
    public string? Text(string name) => this[name]?.Value;

    /// <summary>All texts at this place: the one of a field, or those of a list.</summary>
    public IReadOnlyList<string> Texts() =>
        Value is not null ? [Value] : [.. _children.Values.Where(child => child.Value is not null).Select(child => child.Value!)];

    /// <summary>Decodes a body.</summary>
    /// <param name="body">As it came, <c>application/x-www-form-urlencoded</c>.</param>
    /// <param name="limits">What is still accepted.</param>
    /// <param name="form">The decoded form.</param>
    /// <param name="problem">What is wrong with it, one English sentence without any of its values.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body, PhpFormLimits limits, [NotNullWhen(true)] out PhpForm? form, [NotNullWhen(false)] out string? problem)
    {
        form = null;
        var root = new PhpForm();
        var fields = 0;
        foreach (var range in body.Split((byte)'&'))
        {
            var field = body[range];
            if (field.IsEmpty)
            {
                continue;
            }

            if (++fields > limits.MaxFields)
            {
                problem = $"The form has more than {limits.MaxFields} fields.";
                return false;
            }

            var equals = field.IndexOf((byte)'=');
            var name = equals < 0 ? field : field[..equals];
            if (name.Length > limits.MaxNameLength)
            {
                problem = $"The name of a form field is longer than {limits.MaxNameLength} bytes.";
                return false;
            }

            if (!TryDecode(name, out var decodedName) || !TryDecode(equals < 0 ? [] : field[(equals + 1)..], out var value))
            {
                problem = "The form is not valid percent-encoded UTF-8.";
                return false;
            }

            if (!root.TryAdd(decodedName, value, limits.MaxDepth))
            {
                problem = $"The name of a form field has more than {limits.MaxDepth} brackets.";
                return false;
            }
        }

        form = root;
        problem = null;
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, encoded.Length));
        try
        {
            var length = 0;
            for (var i = 0; i < encoded.Length; i++)
            {
                var octet = encoded[i];
                if (octet == '%')
                {
                    if (i + 2 >= encoded.Length || !byte.TryParse(encoded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octet))
                    {
                        return false;
                    }

                    i += 2;
                }
                else if (octet == '+')
                {
                    octet = (byte)' ';
                }

                buffer[length++] = octet;
            }

            text = StrictUtf8.GetString(buffer, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TryAdd(string name, string value, int maxDepth)
    {
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket <= 0)
        {
            Child(name).Value = value;
            return true;
        }

        var place = Child(name[..bracket]);
        for (var depth = 1; bracket >= 0 && bracket < name.Length && name[bracket] == '['; depth++)
        {
            if (depth > maxDepth)
            {
                return false;
            }

            var end = name.IndexOf(']', bracket);
            if (end < 0)
            {
                break;
            }

            place = place.Child(name[(bracket + 1)..end]);
            bracket = end + 1;
        }

        place.Value = value;
        return true;
    }

    private PhpForm Child(string name)
    {
        var key = name.Length > 0 ? name : _nextIndex.ToString(CultureInfo.InvariantCulture);
        if (!_children.TryGetValue(key, out var child))
        {
            _children.Add(key, child = new PhpForm());
            if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index >= _nextIndex)
            {
                _nextIndex = index + 1;
            }
        }

        // A map takes the place of a text of the same name, as in PHP.
        Value = null;
        return child;
    }
}
