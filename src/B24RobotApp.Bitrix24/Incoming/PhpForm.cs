using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>How much a form may hold. Portals send a few dozen fields; whoever sends more than this is no portal.</summary>
public sealed record PhpFormLimits
{
    /// <summary>Fields in all; 10,000 by default.</summary>
    public int MaxFields { get; init; } = 10_000;

    /// <summary>Brackets in one name; 8 by default.</summary>
    public int MaxDepth { get; init; } = 8;

    /// <summary>Bytes of one name, as sent; 512 by default.</summary>
    public int MaxNameLength { get; init; } = 512;
}

/// <summary>
/// A form as PHP's <c>http_build_query</c> writes it: names with brackets make maps, <c>a[]</c> appends, the last of equal names wins. Decoded over the raw bytes and strictly, since a framework's reader
/// would replace broken UTF-8 and lose what a person wrote. An instance is the form itself or a place in it, and does not change once it is decoded.
/// </summary>
public sealed class PhpForm
{
    private Dictionary<string, PhpForm>? _children;
    private long _nextIndex;

    internal PhpForm()
    {
    }

    /// <summary>The text of a field; <see langword="null"/> if this is a map.</summary>
    public string? Value { get; private set; }

    /// <summary>The entries of a map or list, in the order of their first appearance; none for a field.</summary>
    public IEnumerable<KeyValuePair<string, PhpForm>> Children => _children ?? [];

    /// <summary>An entry; <see langword="null"/> if it is absent.</summary>
    public PhpForm? this[string name] => _children?.GetValueOrDefault(name);

    /// <summary>The text of an entry; <see langword="null"/> if it is absent or a map.</summary>
    public string? Text(string name) => this[name]?.Value;

    /// <summary>All texts at this place: the one of a field, or those of a list and of what is nested in it, in order.</summary>
    public IReadOnlyList<string> Texts()
    {
        if (Value is not null)
        {
            return [Value];
        }

        var texts = new List<string>(_children?.Count ?? 0);
        Collect(this, texts);
        return texts;
    }

    /// <summary>Decodes a body.</summary>
    /// <param name="body">As it came, <c>application/x-www-form-urlencoded</c>.</param>
    /// <param name="limits">What is still accepted.</param>
    /// <param name="form">The decoded form.</param>
    /// <param name="problem">What is wrong with it: one English sentence that names the field but none of the values, since these may be secret.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> body, PhpFormLimits limits, [NotNullWhen(true)] out PhpForm? form, [NotNullWhen(false)] out string? problem)
    {
        var root = new PhpForm();
        var reader = new PhpFormReader(limits);
        problem = reader.Read(body, root);
        form = problem is null ? root : null;
        return problem is null;
    }

    /// <summary>The place below this one; a map takes the place of a text of the same name, as in PHP.</summary>
    /// <param name="name">Its name; an empty one appends behind the highest index.</param>
    internal PhpForm Child(ReadOnlySpan<char> name)
    {
        Value = null;
        _children ??= new Dictionary<string, PhpForm>(StringComparer.Ordinal);
        var index = -1L;
        if (name.IsEmpty)
        {
            index = _nextIndex;
            name = index.ToString(CultureInfo.InvariantCulture);
        }

        // Names repeat (auth, properties, ...): a text is made of a name once only.
        var lookup = _children.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(name, out var child))
        {
            return child;
        }

        lookup[name] = child = new PhpForm();
        if (index < 0 && char.IsAsciiDigit(name[0]) && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            index = number;
        }

        _nextIndex = Math.Max(_nextIndex, index + 1);
        return child;
    }

    /// <summary>Sets a text; it takes the place of a map of the same name, as in PHP.</summary>
    internal void Set(string value)
    {
        Value = value;
        _children = null;
        _nextIndex = 0;
    }

    // The depth of a form is limited, and so is this recursion.
    private static void Collect(PhpForm place, List<string> texts)
    {
        if (place.Value is not null)
        {
            texts.Add(place.Value);
            return;
        }

        foreach (var (_, child) in place.Children)
        {
            Collect(child, texts);
        }
    }
}
